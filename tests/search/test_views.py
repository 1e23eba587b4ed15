from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from search.snippets import snippet
from tests.factories import ArticlePageFactory, StudyNoticeFactory, TopicFactory, publish

pytestmark = pytest.mark.django_db


def search(client, query, **parameters):
    return client.get("/search/", {"q": query, **parameters})


def main_of(response):
    return BeautifulSoup(response.content, "html.parser").main


@pytest.mark.parametrize(
    "query", ["", '"', "%", "_", "\x00", "<script>alert(1)</script>", "a" * 3000, "x " * 900, "10.1/\x00", "' OR 1=1"]
)
def test_the_page_answers_whatever_is_asked(client, section, query):
    response = search(client, query)

    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_a_result_shows_where_the_words_are(client, section):
    publish(ArticlePageFactory(parent=section, title="On walking", summary="Less fatigue & pain."))

    result = main_of(search(client, "fatigue")).find(class_="card")

    assert result.find("a")["href"] == "/ms/on-walking/"
    assert result.find("mark").get_text() == "fatigue"


def test_a_retracted_article_is_shown_with_its_notice_and_without_a_rating(client, section):
    page = publish(ArticlePageFactory(parent=section, title="Relapses"))
    StudyNoticeFactory(study=page.study)

    result = main_of(search(client, "relapses")).find(class_="card")

    assert "Retracted: do not rely on its results" in result.get_text()
    assert "of 5" not in result.get_text()


def test_nothing_found_says_so_and_offers_topics(client, section):
    publish(ArticlePageFactory(parent=section, topics=[TopicFactory(name="Microglia")]))

    words = main_of(search(client, "xyzzy")).get_text(" ", strip=True)

    assert "Nothing found for “xyzzy”" in words
    assert "Microglia" in words


def test_results_come_in_pages_that_keep_the_query(client, section):
    now = timezone.now()
    for number in range(13):
        page = ArticlePageFactory(parent=section, title=f"Relapses {number}")
        publish(page, at=now - timedelta(days=20 - number))

    first, second = search(client, "relapses"), search(client, "relapses", page=2)

    assert main_of(first).find(class_="results-heading").get_text() == "13 articles"
    assert main_of(first).find("a", rel="next")["href"] == "/search/?q=relapses&page=2"
    assert len(main_of(second).find_all(class_="card")) == 1


@pytest.mark.parametrize("page", ["2", "0", "x", "-1"])
def test_an_unknown_page_is_not_found(client, section, page):
    assert search(client, "relapses", page=page).status_code == 404


def test_results_are_not_indexed(client, section):
    assert '<meta name="robots" content="noindex">' in search(client, "x").content.decode()


def test_more_results_cost_no_more_statements(client, section, django_assert_num_queries):
    publish(ArticlePageFactory(parent=section, title="Relapses"))
    search(client, "relapses")
    with CaptureQueriesContext(connection) as one:
        search(client, "relapses")
    for number in range(5):
        publish(ArticlePageFactory(parent=section, title=f"Relapses {number}", topics=TopicFactory.create_batch(2)))

    with django_assert_num_queries(len(one)):
        search(client, "relapses")

    assert len(one) <= 8


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("Less <b>pain</b> & more", ["pain"], "Less &lt;b&gt;<mark>pain</mark>&lt;/b&gt; &amp; more"),
        ("Pain and pain", ["PAIN"], "<mark>Pain</mark> and <mark>pain</mark>"),
        ("No match", ["xyzzy"], ""),
        ("Anything", [], ""),
        ("a.c abc", ["a.c"], "<mark>a.c</mark> abc"),
    ],
)
def test_a_snippet_marks_the_words_and_escapes_the_rest(text, words, shown):
    assert snippet(text, words) == shown


def test_a_long_text_is_cut_around_the_first_match():
    text = "before " * 60 + "needle " + "after " * 60

    cut = snippet(text, ["needle"])

    assert cut.startswith("… ")
    assert cut.endswith(" …")
    assert "<mark>needle</mark>" in cut
    assert len(cut) < 300
