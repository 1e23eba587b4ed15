"""Two readings of the same signed words, and the sheet of questions: nothing but what was signed, limits in both."""

import json

import pytest
from bs4 import BeautifulSoup

from research.content.article import content_of
from research.content.completeness import missing_parts
from research.models import PublishedArticle
from tests.factories import ArticlePageFactory, StudyNoticeFactory, edit, publish, unpublish
from tests.factories.blocks import body, more, question, text

pytestmark = pytest.mark.django_db

LIMITS = "important_considerations"
ASKED = "Would this change what I take?"


def with_section(slug, *blocks, of):
    return [(name, list(blocks) if name == slug else found) for name, found in of]


@pytest.fixture
def two_lengths(section, reviewer):
    """A public article with details in two sections, and a question."""
    stream = with_section(LIMITS, text(), more("Small"), of=body(text(), more("How they measured"), question(ASKED)))
    return publish(ArticlePageFactory(parent=section, title="Rest", slug="rest", body=stream), reviewer)


def soup(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    return BeautifulSoup(response.content, "html.parser")


def details(page):
    return {found.summary.get_text(): found.has_attr("open") for found in page.select("details.more")}


def test_the_short_reading_leaves_details_closed_and_limits_open(client, two_lengths):
    assert details(soup(client, "/ms/rest/")) == {"How they measured": False, "Small": True}


def test_the_long_reading_opens_everything_and_leads_back(client, two_lengths):
    page = soup(client, "/ms/rest/details/")

    assert details(page) == {"How they measured": True, "Small": True}
    assert [link["href"] for link in page.select(".readings a")] == ["/ms/rest/", "/ms/rest/details/"]
    assert page.select_one(".readings a[aria-current]")["href"] == "/ms/rest/details/"


def test_both_have_the_same_words_and_are_one_page_to_machines(client, two_lengths):
    short, long = soup(client, "/ms/rest/"), soup(client, "/ms/rest/details/")

    for page in (short, long):
        page.select_one(".readings").decompose()
        for minutes in page.select(".byline"):
            minutes.decompose()
    assert short.main.get_text() == long.main.get_text()
    assert short.select_one("link[rel=canonical]")["href"] == long.select_one("link[rel=canonical]")["href"]
    data = [json.loads(page.select_one("script[type='application/ld+json']").string) for page in (short, long)]
    assert data[0] == data[1]


def test_an_article_of_one_length_has_no_switch_and_its_long_address_leads_to_it(client, section, reviewer):
    publish(ArticlePageFactory(parent=section, title="Plain", slug="plain", body=body(text())), reviewer)

    assert soup(client, "/ms/plain/").select_one(".readings") is None
    assert client.get("/ms/plain/details/")["Location"] == "/ms/plain/"
    assert client.get("/ms/plain/questions/")["Location"] == "/ms/plain/"
    assert "questions/" not in client.get("/ms/plain/").content.decode()


def test_details_of_the_limits_alone_make_no_second_reading(client, section, reviewer):
    stream = with_section(LIMITS, text(), more("Small"), of=body())
    publish(ArticlePageFactory(parent=section, title="Plain", slug="plain", body=stream), reviewer)

    page = soup(client, "/ms/plain/")

    assert details(page) == {"Small": True}
    assert page.select_one(".readings") is None
    assert client.get("/ms/plain/details/")["Location"] == "/ms/plain/"


@pytest.mark.parametrize("slug", ["what_they_found", LIMITS])
def test_a_section_whose_words_are_all_closed_is_not_submitted(section, slug):
    article = ArticlePageFactory(parent=section, body=with_section(slug, more("Small"), of=body()))

    told = [part.words for part in missing_parts(content_of(article))]

    assert len([words for words in told if "outside “More detail”" in words]) == 1


def test_the_sheet_has_the_signed_questions_their_source_and_its_date(client, two_lengths):
    assert soup(client, "/ms/rest/").select_one("a[href='/ms/rest/questions/']")
    edit(two_lengths, body=body(text(), question("Not signed")))

    page = soup(client, "/ms/rest/questions/")

    assert [found.get_text() for found in page.select(".sheet-questions li > p")] == [ASKED]
    row = PublishedArticle.objects.get()
    for words in ("“Rest”", "http://testserver/ms/rest/", row.sign_off.reviewer_name, f"{row.reviewed_at:%Y}"):
        assert words in page.main.get_text()
    assert page.select_one("meta[name=robots]")["content"] == "noindex"


def test_the_sheet_tells_what_happened_to_the_study(client, two_lengths):
    StudyNoticeFactory(study=two_lengths.study, kind="retraction")

    assert "This study was retracted" in soup(client, "/ms/rest/questions/").select_one("aside.notice").get_text()


@pytest.mark.parametrize("what", ["details", "questions"])
def test_what_was_taken_down_is_gone_here_too(client, two_lengths, what):
    unpublish(two_lengths)

    assert client.get(f"/ms/rest/{what}/").status_code == 410
    assert client.get(f"/ms/unknown/{what}/").status_code == 404
