import pytest
from django.core.cache import cache

from search import suggestions
from tests.factories import ArticlePageFactory, TopicFactory, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(section):
    topic = TopicFactory(name="Relapsing-remitting MS", synonyms="RRMS")
    TopicFactory(name="Relapsing thoughts, not public")
    publish(ArticlePageFactory(parent=section, title="Vitamin D and relapses", slug="vitamin", topics=[topic]))
    publish(ArticlePageFactory(parent=section, title="Walking after therapy", slug="walking"))
    ArticlePageFactory(parent=section, title="Relapses, a draft")


def suggest(client, typed):
    return client.get("/search/suggest.json", {"q": typed})


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("rel", ["Relapsing-remitting MS", "Vitamin D and relapses"]),
        ("RRM", ["Relapsing-remitting MS"]),
        ("vita", ["Vitamin D and relapses"]),
        ("vitamin d", ["Vitamin D and relapses"]),
        ("walk thera", ["Walking after therapy"]),
        ("therapies", ["Walking after therapy"]),
        ("relapses", ["Vitamin D and relapses"]),
        ("r", []),
        ("", []),
        ("xyzzy", []),
        ('"*', []),
        ("\x00re", ["Relapsing-remitting MS", "Vitamin D and relapses"]),
    ],
)
def test_what_is_offered_for_what_is_typed(client, library, typed, offered):
    told = suggest(client, typed).json()["suggestions"]

    assert [one["title"] for one in told] == offered


def test_each_leads_to_its_page(client, library):
    told = suggest(client, "relaps").json()["suggestions"]

    assert told == [
        {"kind": "Topic", "title": "Relapsing-remitting MS", "url": "/ms/topics/relapsing-remitting-ms/"},
        {"kind": "Article", "title": "Vitamin D and relapses", "url": "/ms/vitamin/"},
    ]


def test_who_asks_too_often_is_told_to_wait(client, library, monkeypatch):
    cache.clear()
    monkeypatch.setattr(suggestions, "A_MINUTE", 2)

    answers = [suggest(client, "rel").status_code for _ in range(4)]
    other = client.get("/search/suggest.json", {"q": "rel"}, REMOTE_ADDR="198.51.100.7")

    assert answers == [200, 200, 429, 429]
    assert other.status_code == 200


def test_it_takes_three_statements(client, library, django_assert_max_num_queries):
    suggest(client, "relaps")  # the publication's language is in the cache from now on
    with django_assert_max_num_queries(4):
        suggest(client, "relaps")


def test_only_reading_is_answered(client):
    assert client.post("/search/suggest.json", {"q": "rel"}).status_code == 405
    assert client.post("/search/", {"q": "rel"}).status_code == 405
