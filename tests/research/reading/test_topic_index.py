from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from home.models import HomePage
from research.models import ArticlePage, Topic, TopicIndexPage
from tests.factories import (
    ArticlePageFactory,
    StudyNoticeFactory,
    TopicFactory,
    TopicIndexPageFactory,
    publish,
    sign_text_of,
    unpublish,
)

pytestmark = pytest.mark.django_db

LISTS = ["/ms/", "/ms/topics/microglia/", "/"]


@pytest.fixture
def topic(db):
    return TopicFactory(name="Microglia", synonyms="brain macrophages")


def main_of(response):
    return BeautifulSoup(response.content, "html.parser").main


def titles(client, address):
    return [title.get_text() for title in main_of(client.get(address)).find_all(class_="card-title")]


def test_sections_stand_under_home_and_hold_articles():
    assert TopicIndexPage.allowed_parent_page_models() == [HomePage]
    assert TopicIndexPage.allowed_subpage_models() == [ArticlePage]


def draft(section, topic):
    ArticlePageFactory(parent=section, title="Hidden", topics=[topic])


def private(section, topic):
    page = publish(ArticlePageFactory(parent=section, title="Hidden", topics=[topic]))
    page.view_restrictions.create(restriction_type="login")


def expired(section, topic):
    gone = timezone.now() - timedelta(days=1)
    page = ArticlePageFactory(parent=section, title="Hidden", topics=[topic], expire_at=gone)
    publish(page, at=gone - timedelta(days=1))


def withdrawn(section, topic):
    unpublish(publish(ArticlePageFactory(parent=section, title="Hidden", topics=[topic])))


def retracted(section, topic):
    page = publish(ArticlePageFactory(parent=section, title="Hidden", topics=[topic]))
    StudyNoticeFactory(study=page.study)


def long_overdue(section, topic):
    publish(ArticlePageFactory(parent=section, title="Hidden", topics=[topic]), at=timezone.now() - timedelta(days=600))


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    "hidden", [draft, private, expired, withdrawn, retracted, long_overdue], ids=lambda case: case.__name__
)
def test_a_list_offers_only_what_may_be_offered(client, section, topic, hidden, address):
    publish(ArticlePageFactory(parent=section, title="Shown", topics=[topic]))
    hidden(section, topic)

    assert titles(client, address) == ["Shown"]


@pytest.mark.parametrize("hidden", [draft, private, expired, retracted], ids=lambda case: case.__name__)
def test_a_topic_without_anything_to_read_is_not_in_the_a_to_z(client, section, topic, hidden):
    hidden(section, topic)

    assert "Microglia" not in main_of(client.get("/ms/topics/")).get_text()


def test_topics_stand_under_their_letters_with_counts(client, section):
    names = ["axons", "Brain", "Astrocytes"]
    made = {name: TopicFactory(name=name) for name in names}
    for topics in (["axons", "Brain"], ["axons", "Astrocytes"]):
        publish(ArticlePageFactory(parent=section, topics=[made[name] for name in topics]))

    letters = main_of(client.get("/ms/topics/")).find_all(class_="letter")

    found = {
        letter.h2.get_text(): [
            (li.a.get_text(), li.a["href"], li.find(class_="count").contents[0]) for li in letter.find_all("li")
        ]
        for letter in letters
    }
    assert found == {
        "A": [("Astrocytes", "/ms/topics/astrocytes/", "1"), ("axons", "/ms/topics/axons/", "2")],
        "B": [("Brain", "/ms/topics/brain/", "1")],
    }


def test_a_topic_page_shows_its_signed_definition_and_names(client, section, topic):
    Topic.objects.filter(pk=topic.pk).update(definition="Immune cells <b>of</b> the brain.")
    topic.refresh_from_db()
    sign_text_of(topic)
    Topic.objects.filter(pk=topic.pk).update(definition="Unsigned words.")

    words = main_of(client.get("/ms/topics/microglia/")).get_text(" ", strip=True)

    assert "of the brain." in words
    assert "Unsigned words." not in words
    assert "brain macrophages" in words


def test_an_unsigned_definition_is_not_shown(client, section):
    topic = TopicFactory(name="Microglia", definition="Nobody signed this.")
    publish(ArticlePageFactory(parent=section, topics=[topic]))

    assert "Nobody signed this." not in client.get("/ms/topics/microglia/").content.decode()


def test_wider_and_narrower_topics_are_links(client, section, topic):
    wider, narrower = TopicFactory(name="Immune cells"), TopicFactory(name="M1 microglia")
    topic.parents.add(wider)
    narrower.parents.add(topic)
    publish(ArticlePageFactory(parent=section, topics=[topic, wider, narrower]))

    labels = main_of(client.get("/ms/topics/microglia/")).find_all(class_="kin-label")

    kin = {label.get_text(): label.find_next("a")["href"] for label in labels}
    assert kin == {"Part of": "/ms/topics/immune-cells/", "More precisely": "/ms/topics/m1-microglia/"}


def test_a_topic_that_nobody_can_read_about_is_not_found(client, section, topic):
    ArticlePageFactory(parent=section, topics=[topic])
    wider = TopicFactory(name="Immune cells")
    topic.parents.add(wider)
    publish(ArticlePageFactory(parent=section, topics=[wider]))

    assert client.get("/ms/topics/microglia/").status_code == 404
    assert "Microglia" not in client.get("/ms/topics/immune-cells/").content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/ms/topics/unknown/",
        "/ms/topics/microglia/?page=2",
        "/ms/topics/microglia/?page=0",
        "/ms/topics/microglia/?page=x",
        "/ms/?page=2",
        "/ms/?page=-1",
        "/ms/?page=%00",
        "/unknown/topics/",
        "/ms/topics/microglia/more/",
        "/ms/topics/%00/",
    ],
)
def test_what_is_not_there_is_not_found(client, section, topic, address):
    assert client.get(address).status_code == 404


def test_a_list_of_another_section_is_its_own(client, section, topic):
    publish(ArticlePageFactory(parent=section, title="On MS", topics=[topic]))
    other = TopicIndexPageFactory(title="Migraine", slug="migraine")
    publish(ArticlePageFactory(parent=other, title="On migraine", topics=[topic]))

    assert titles(client, "/ms/") == ["On MS"]
    assert titles(client, "/migraine/topics/microglia/") == ["On migraine"]


def test_long_lists_come_in_pages(client, section, topic):
    now = timezone.now()
    for number in range(13):
        page = ArticlePageFactory(parent=section, title=f"Article {number}", topics=[topic])
        publish(page, at=now - timedelta(days=20 - number))

    assert titles(client, "/ms/")[:2] == ["Article 12", "Article 11"]
    assert titles(client, "/ms/?page=2") == ["Article 0"]
    assert titles(client, "/ms/topics/microglia/?page=2") == ["Article 0"]


@pytest.mark.parametrize("address", ["/ms/", "/ms/topics/", "/ms/topics/microglia/"])
def test_more_articles_and_topics_cost_no_more_statements(client, section, topic, address, django_assert_num_queries):
    publish(ArticlePageFactory(parent=section, topics=[topic]))
    client.get(address)  # warm what is cached for good
    with CaptureQueriesContext(connection) as one_article:
        client.get(address)
    for _ in range(5):
        publish(ArticlePageFactory(parent=section, topics=[topic, *TopicFactory.create_batch(2)]))

    with django_assert_num_queries(len(one_article)):
        client.get(address)

    assert len(one_article) <= 8


@pytest.mark.parametrize("kind", ["retraction", "expression_of_concern"])
def test_a_card_never_shows_a_rating_that_a_notice_took(client, section, kind):
    page = publish(ArticlePageFactory(parent=section, title="Relapses"))
    StudyNoticeFactory(study=page.study, kind=kind)

    for address in ("/ms/", "/", "/search/?q=relapses"):
        assert "5 of 5" not in main_of(client.get(address)).get_text()


def test_a_draft_section_is_not_found(client, section):
    TopicIndexPageFactory(title="Migraine", slug="migraine", live=False)

    assert client.get("/migraine/").status_code == 404
    assert client.get("/migraine/topics/").status_code == 404


@pytest.mark.parametrize("level", [0, 1], ids=["the section", "home"])
def test_a_private_section_is_shown_to_nobody_outside(client, section, level):
    page = section if level == 0 else section.get_parent()
    page.view_restrictions.create(restriction_type="login")

    assert client.get("/ms/").status_code == 302
    assert client.get("/ms/topics/").status_code == 302
