from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import parse_http_date
from wagtail.models import Page

from home.models import HomePage, InfoPage
from research.models import PublishedArticle, PublishedText, TopicIndexPage
from tests.factories import (
    ArticlePageFactory,
    InfoPageFactory,
    TopicFactory,
    TopicIndexPageFactory,
    correct,
    edit,
    publish,
    unpublish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def section(db):
    return TopicIndexPageFactory()


@pytest.fixture
def home(section):
    return HomePage.objects.get()


def soup(client, address="/"):
    response = client.get(address)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def titles(client):
    return [title.get_text() for title in soup(client).main.find_all(class_="card-title")]


def days_ago(number):
    return timezone.now() - timedelta(days=number)


def test_home_is_at_the_root_and_there_is_one():
    assert HomePage.allowed_parent_page_models() == [Page]
    assert set(HomePage.allowed_subpage_models()) == {TopicIndexPage, InfoPage}
    assert HomePage.max_count == 1


def test_info_pages_stand_under_home_and_have_no_children():
    assert InfoPage.allowed_parent_page_models() == [HomePage]
    assert InfoPage.allowed_subpage_models() == []


def test_a_front_without_articles_says_so(client, home):
    assert "Nothing has been published yet" in soup(client).main.get_text()


def test_the_newest_article_leads(client, home):
    publish(ArticlePageFactory(title="Older"), at=days_ago(3))
    publish(ArticlePageFactory(title="Newer"), at=days_ago(1))

    assert titles(client) == ["Newer", "Older"]


def test_the_article_that_was_chosen_leads(client, home):
    chosen = publish(ArticlePageFactory(title="Chosen"), at=days_ago(3))
    publish(ArticlePageFactory(title="Newer"), at=days_ago(1))
    home.lead_article = chosen
    home.save()

    assert titles(client) == ["Chosen", "Newer"]


def test_a_lead_that_was_taken_down_leads_no_more(client, home):
    chosen = publish(ArticlePageFactory(title="Chosen"), at=days_ago(3))
    publish(ArticlePageFactory(title="Newer"), at=days_ago(1))
    home.lead_article = chosen
    home.save()
    unpublish(chosen)

    assert titles(client) == ["Newer"]


def test_the_front_never_shows_a_drafts_words(client, home):
    page = publish(ArticlePageFactory(title="As signed"))
    edit(page, title="Draft words")
    ArticlePageFactory(title="Only a draft")

    assert titles(client) == ["As signed"]


def test_the_front_lists_the_busiest_topics_by_name(client, home):
    brain, axons = TopicFactory(name="Brain"), TopicFactory(name="axons")
    publish(ArticlePageFactory(topics=[brain, axons]))
    publish(ArticlePageFactory(topics=[brain]))
    TopicFactory(name="Nothing yet")

    links = soup(client).find(attrs={"aria-labelledby": "topics-heading"}).find_all("a")

    assert [(a.contents[0].strip(), a["href"]) for a in links if "/topics/" in a["href"][:-1]] == [
        ("axons", "/ms/topics/axons/"),
        ("Brain", "/ms/topics/brain/"),
    ]


def test_more_articles_cost_no_more_statements(client, home, django_assert_num_queries):
    publish(ArticlePageFactory())
    client.get("/")
    with CaptureQueriesContext(connection) as one_article:
        client.get("/")
    for _ in range(5):
        publish(ArticlePageFactory(topics=TopicFactory.create_batch(3)))

    with django_assert_num_queries(len(one_article)):
        client.get("/")

    assert len(one_article) <= 8


def test_an_info_page_prints_its_words_as_words(client, home):
    page = InfoPageFactory(title="How & why", slug="how", intro="a < b <script>alert(1)</script>", body="<p>Body.</p>")

    found = soup(client, "/how/")

    assert found.h1.get_text() == page.title
    assert "a < b <script>alert(1)</script>" in found.find(class_="stand").get_text()
    assert found.find("p", string="Body.")


def test_a_draft_of_an_info_page_is_not_found(client, home):
    InfoPageFactory(slug="privacy", live=False)

    assert client.get("/privacy/").status_code == 404


def test_an_info_page_needs_no_signature(home):
    page = InfoPageFactory(live=False)

    page.save_revision().publish()

    assert InfoPage.objects.get(pk=page.pk).live


def test_the_frame_names_the_publication_and_what_is_public(client, home):
    InfoPageFactory(title="How we rate", slug="how-we-rate")
    InfoPageFactory(title="Privacy", slug="privacy")
    InfoPageFactory(title="Hidden", slug="hidden", live=False)
    TopicIndexPageFactory(title="Migraine", slug="migraine", live=False)

    found = soup(client)

    navigation = [(a.get_text(), a["href"]) for a in found.find(class_="navigation").find_all("a")]
    footer = [(a.get_text(), a["href"]) for a in found.find("footer").nav.find_all("a")]
    assert navigation == [
        ("Multiple sclerosis", "/ms/"),
        ("Topics", "/ms/topics/"),
        ("How we rate", "/how-we-rate/"),
    ]
    assert footer == [("How we rate", "/how-we-rate/"), ("Privacy", "/privacy/")]
    assert "Myelin" in found.title.get_text()


@pytest.mark.parametrize(
    ("address", "current"),
    [("/ms/", "Multiple sclerosis"), ("/ms/topics/", "Topics"), ("/how-we-rate/", "How we rate"), ("/", None)],
)
def test_the_navigation_marks_where_the_reader_is(client, home, address, current):
    InfoPageFactory(title="How we rate", slug="how-we-rate")

    marked = soup(client, address).find(class_="navigation").find_all(attrs={"aria-current": "page"})

    assert [a.get_text() for a in marked] == ([current] if current else [])


def test_pages_work_before_there_is_a_publication(client, db):
    assert client.get("/search/").status_code == 200


def test_the_search_field_keeps_what_was_asked(client, home):
    found = soup(client, "/search/?q=%22relapse%22")

    assert found.find(id="find")["value"] == '"relapse"'


def test_an_unknown_address_is_answered_in_the_frame(client, home):
    response = client.get("/nothing-here/")

    assert response.status_code == 404
    assert "Myelin" in response.content.decode()


def test_lists_say_when_the_newest_of_what_they_show_changed(client, section):
    topic = TopicFactory(name="Microglia", slug="microglia")
    InfoPageFactory(title="Corrections", slug="corrections", lists_corrections=True)
    article = ArticlePageFactory(parent=section, topics=[topic])
    publish(article, at=days_ago(9))
    publish(ArticlePageFactory(parent=section), at=days_ago(20))
    changed = timezone.now() + timedelta(days=2)
    PublishedArticle.objects.filter(page=article).update(updated_at=changed)
    correct(article, "A word was wrong.")
    PublishedText.objects.filter(subject_type="correction").update(signed_at=changed)

    for address in ("/", "/ms/", "/ms/topics/microglia/", "/corrections/"):
        first = client.get(address)
        by_date = client.get(address, headers={"If-Modified-Since": first["Last-Modified"]})

        assert parse_http_date(first["Last-Modified"]) == int(changed.timestamp()), address
        # Of what was taken down nothing newer is left: only the bytes decide.
        assert by_date.status_code == 200
        assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_correction_in_a_section_of_another_language_says_so(client, section):
    InfoPageFactory(title="Corrections", slug="corrections", lists_corrections=True)
    article = ArticlePageFactory(parent=TopicIndexPageFactory(slug="als", title="ALS", language="de"))
    publish(article)
    correct(article, "Ein Wort war falsch.")

    listed = soup(client, "/corrections/").select_one(".corrections-list li")

    assert listed.h3.a["lang"] == listed.select_one(".prose")["lang"] == "de"


def test_the_frame_says_which_links_are_in_another_language(client, section):
    TopicIndexPageFactory(slug="als", title="Muskelatrophie", language="de")
    InfoPageFactory(title="Contact", slug="contact")

    english, german = soup(client, "/ms/"), soup(client, "/als/")

    def foreign(page):
        links = page.select(".navigation a, .footer nav a")
        return {link.get_text(): link.get("lang") for link in links if link["href"].count("/") == 2}

    assert foreign(english) == {"Multiple sclerosis": None, "Muskelatrophie": "de", "Contact": None}
    assert foreign(german) == {"Multiple sclerosis": "en-gb", "Muskelatrophie": None, "Contact": "en-gb"}
