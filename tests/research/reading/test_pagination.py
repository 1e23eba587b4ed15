from datetime import timedelta

import pytest
from django.http import Http404
from django.utils import timezone

from research.reading.pagination import page_of_list, pages_view
from tests.factories import ArticlePageFactory, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def five(section):
    """Five public articles, newest last."""
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return [publish(ArticlePageFactory(parent=section), at=today - timedelta(days=9 - n)) for n in range(5)]


@pytest.fixture
def ask(rf, section):
    def ask_for(query="", total=None):
        request = rf.get(f"/ms/{query}")
        return page_of_list(request, timezone.now(), section_id=section.pk, total=total, per_page=2)

    return ask_for


def test_the_newest_come_first(ask, five):
    listed, pages = ask()

    assert [row.page_id for row in listed] == [five[4].pk, five[3].pk]
    assert (pages.number, pages.count, pages.total) == (1, 3, 5)


def test_the_last_page_holds_the_rest(ask, five):
    listed, pages = ask("?page=3")

    assert [row.page_id for row in listed] == [five[0].pk]
    assert (pages.previous_url, pages.next_url) == ("/ms/?page=2", "")


@pytest.mark.parametrize("number", ["0", "-1", "4", "999999", "9999999999", "one", "", "1.0", "²", "١", "1 "])
def test_a_page_that_is_not_there_is_not_found(ask, five, number):
    with pytest.raises(Http404):
        ask(f"?page={number}")


def test_the_first_page_is_there_even_when_it_is_empty(ask, db):
    listed, pages = ask()

    assert listed == []
    assert (pages.count, pages.total) == (1, 0)


def test_links_keep_the_rest_of_the_address(ask, five):
    _, pages = ask("?q=a%26b&page=2")

    assert pages.next_url == "/ms/?q=a%26b&page=3"
    assert pages.previous_url == "/ms/?q=a%26b"


def test_a_page_costs_one_statement(ask, five, django_assert_num_queries):
    with django_assert_num_queries(1):
        ask(total=5)


def test_a_long_list_shows_its_ends_and_the_pages_near(rf):
    pages = pages_view(rf.get("/ms/"), 10, 200, 10)

    assert [link.title for link in pages.links] == ["1", "8", "9", "10", "11", "12", "20"]
    assert [link.title for link in pages.links if link.current] == ["10"]
