from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from search.models import PromotedResult
from search.snippets import snippet
from tests.factories import ArticlePageFactory, StudyFactory, StudyNoticeFactory, TopicFactory, publish, unpublish

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

    assert len(one) <= 5


def test_every_choice_is_in_the_address_with_its_number(client, section):
    microglia, walking = TopicFactory(name="Microglia"), TopicFactory(name="Walking")
    publish(ArticlePageFactory(parent=section, title="Relapses one", topics=[microglia, walking]))
    publish(ArticlePageFactory(parent=section, title="Relapses two", topics=[walking]))

    page = main_of(search(client, "relapses", sort="newest"))
    facet = page.find("nav", attrs={"aria-labelledby": "facet-topic"})
    link = facet.find("a", string=lambda words: words is None) or facet.find("a")
    narrowed = main_of(search(client, "relapses", topic="microglia"))

    assert [a.find(class_="facet-value").get_text() for a in facet.find_all("a")] == ["Walking", "Microglia"]
    assert link["href"] == "/search/?q=relapses&topic=walking&sort=newest"
    assert "2 articles" in link.get_text(" ", strip=True).replace(" ,", "").replace("  ", " ")
    assert [card.h3.get_text() for card in narrowed.find_all(class_="card")] == ["Relapses one"]
    assert narrowed.find(class_="chosen").find("a")["href"] == "/search/?q=relapses"
    # The other values of a facet stay to choose from.
    assert len(narrowed.find("nav", attrs={"aria-labelledby": "facet-topic"}).find_all("a")) == 2


@pytest.mark.parametrize(
    "choice",
    ["topic=none", "kind=%25", "kind=x|y", "in=martians", "credibility=9", "year=1&year=2", "sort=up", "topic=%00"],
)
def test_an_unknown_choice_breaks_nothing(client, section, choice):
    publish(ArticlePageFactory(parent=section, title="Relapses"))

    assert client.get(f"/search/?q=relapses&{choice}").status_code == 200
    assert client.get(f"/search/?{choice}").status_code == 200


@pytest.mark.parametrize("query", ["10.1000/one", "https://doi.org/10.1000/ONE", "pmid 123456", "123456"])
def test_a_doi_or_a_pmid_leads_to_the_article(client, section, query):
    study = StudyFactory(doi="10.1000/one", pmid="123456")
    publish(ArticlePageFactory(parent=section, slug="one", study=study))

    assert search(client, query)["Location"] == "/ms/one/"


def test_a_doi_of_several_articles_lists_them_and_one_of_none_says_so(client, section):
    study = StudyFactory(doi="10.1000/one")
    for title in ("One", "Two"):
        publish(ArticlePageFactory(parent=section, title=title, study=study))

    assert {card.h3.get_text() for card in main_of(search(client, "10.1000/one")).find_all(class_="card")} == {
        "One",
        "Two",
    }
    assert "We have not covered the study" in main_of(search(client, "10.1000/none")).get_text()


def test_what_was_understood_is_said(client, section):
    publish(ArticlePageFactory(parent=section, title="Microglia"))

    said = main_of(search(client, "micorglia")).find(class_="understood").get_text(" ", strip=True)

    assert said == "No article has “micorglia”. These have microglia ."


def test_a_topic_called_so_is_offered_first(client, section):
    topic = TopicFactory(name="Microglia", synonyms="brain macrophages")
    publish(ArticlePageFactory(parent=section, topics=[topic]))

    assert main_of(search(client, "Brain macrophages")).find(class_="exact-topic").a["href"] == (
        "/ms/topics/microglia/"
    )


def test_what_editors_promote_comes_first_and_only_once(client, section):
    publish(ArticlePageFactory(parent=section, title="Relapses, the newer"))
    promoted = publish(ArticlePageFactory(parent=section, title="About another thing, not of relapses"))
    PromotedResult.objects.create(query="Relapse", article=promoted)

    page = main_of(search(client, "RELAPSES"))

    assert page.find(class_="promoted-heading").get_text() == "Chosen by the editors"
    assert [card.h3.get_text() for card in page.find_all(class_="card")] == [promoted.title, "Relapses, the newer"]


@pytest.mark.parametrize("state", ["draft", "withdrawn", "retracted"])
def test_what_is_not_to_be_offered_is_not_promoted(client, section, state):
    publish(ArticlePageFactory(parent=section, title="Relapses"))
    article = ArticlePageFactory(parent=section, title="Another thing")
    PromotedResult.objects.create(query="Relapses", article=article)
    if state != "draft":
        publish(article)
    if state == "withdrawn":
        unpublish(article)
    if state == "retracted":
        StudyNoticeFactory(study=article.study)

    assert main_of(search(client, "relapses")).find(class_="promoted-heading") is None


@pytest.mark.parametrize(
    ("text", "phrases", "shown"),
    [
        ("Less <b>pain</b> & more", [("pain",)], "Less &lt;b&gt;<mark>pain</mark>&lt;/b&gt; &amp; more"),
        ("Pain and pains, painted", [("pain",)], "<mark>Pain</mark> and <mark>pains</mark>, painted"),
        ("A therapy, two therapies", [("therapi",)], "A <mark>therapy</mark>, two <mark>therapies</mark>"),
        ("In the café", [("cafe",)], "In the <mark>café</mark>"),
        ("Spain, _pain_ and pain’s end", [("pain",)], "Spain, _<mark>pain</mark>_ and <mark>pain</mark>’s end"),
        ("No match", [("xyzzy",)], ""),
        ("Anything", [], ""),
        ("Immune cells, and cells", [("immun", "cell")], "<mark>Immune cells</mark>, and cells"),
        ("Immune cells", [("immun", "cell"), ("cell",)], "<mark>Immune cells</mark>"),
        ("Of cells, immune", [("immun", "cell"), ("cell",)], "Of <mark>cells</mark>, immune"),
    ],
)
def test_a_snippet_marks_the_words_and_escapes_the_rest(text, phrases, shown):
    assert snippet(text, phrases) == shown


def test_a_long_text_is_cut_around_the_first_match():
    text = "before " * 60 + "needle " + "after " * 60

    cut = snippet(text, [("needl",)])

    assert cut.startswith("… ")
    assert cut.endswith(" …")
    assert "<mark>needle</mark>" in cut
    assert len(cut) < 300
