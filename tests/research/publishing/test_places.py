"""Where public articles stand, and who may read them, after pages were moved in the tree."""

import pytest
from django.urls import reverse
from wagtail.models import Page, PageViewRestriction

from research.audit import check_seals
from research.models import ArticlePage, PublishedArticle, TopicIndexPage
from tests.factories import ArticlePageFactory, InfoPageFactory, TopicIndexPageFactory, publish

pytestmark = pytest.mark.django_db

SECTIONS = "abc"


@pytest.fixture
def three(reviewer):
    """Three sections with an article each."""
    for slug in SECTIONS:
        parent = TopicIndexPageFactory(title=slug, slug=slug)
        publish(ArticlePageFactory(parent=parent, title=f"In {slug}", slug="one"), reviewer)


def page_of(slug):
    return Page.objects.get(slug=slug)


def by_the_tree(client, admin):
    page_of("c").move(page_of("a"), pos="left")


def by_the_screen(client, admin):
    client.force_login(admin)
    client.post(f"{reverse('wagtailadmin_pages:set_page_position', args=[page_of('c').pk])}?position=0")
    client.logout()
    assert page_of("c").path < page_of("a").path


def by_a_page_that_is_no_section(client, admin):
    page_of(InfoPageFactory(slug="about").slug).move(page_of("a"), pos="left")


ORDERED = [by_the_tree, by_the_screen, by_a_page_that_is_no_section]


def answers(client):
    return {slug: client.get(f"/{slug}/one/").status_code == 200 for slug in SECTIONS}


@pytest.mark.parametrize("order", ORDERED)
def test_a_section_that_is_closed_after_others_were_moved_is_the_one_that_is_closed(three, order, client, admin):
    order(client, admin)

    PageViewRestriction.objects.create(page=page_of("b"), restriction_type="login")

    assert answers(client) == {"a": True, "b": False, "c": True}
    assert "/b/one/" not in client.get("/feed/").content.decode()
    assert list(check_seals()) == []


@pytest.mark.parametrize("order", ORDERED)
def test_a_section_that_is_closed_stays_closed_and_opens_again(three, order, client, admin):
    restriction = PageViewRestriction.objects.create(page=page_of("b"), restriction_type="login")

    order(client, admin)
    assert answers(client) == {"a": True, "b": False, "c": True}

    restriction.delete()
    assert all(answers(client).values())
    assert list(check_seals()) == []


def test_one_of_two_articles_that_changed_places_is_closed(three, client, reviewer):
    two = publish(ArticlePageFactory(parent=TopicIndexPage.objects.get(slug="a"), slug="two"), reviewer)
    page_of("two").move(Page.objects.get(pk=ArticlePage.objects.get(title="In a").pk), pos="left")

    PageViewRestriction.objects.create(page=Page.objects.get(pk=two.pk), restriction_type="login")

    assert (client.get("/a/one/").status_code, client.get("/a/two/").status_code == 200) == (200, False)
    assert set(PublishedArticle.objects.filter(restricted=True).values_list("address", flat=True)) == {"/a/two/"}


def test_all_that_stands_below_a_page_is_closed_when_that_is_moved_to_a_closed_place(three, client):
    home = page_of("a").get_parent()
    closed = home.get_parent().add_child(instance=Page(title="Closed", slug="closed"))
    PageViewRestriction.objects.create(page=closed, restriction_type="login")

    home.move(closed, pos="last-child")

    assert PublishedArticle.objects.filter(restricted=True).count() == len(SECTIONS)
