"""What the API says: the rule of what is public, pages by key, problems, and what caches are told."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction

from home.models import SiteSettings
from research.models import PublishedArticle
from research.reading.api import lists
from research.record.erasure.erasing import erase_person
from tests.factories import (
    ArticlePageFactory,
    StudyNoticeFactory,
    TopicFactory,
    correct,
    publish,
    sign_text_of,
    unpublish,
)

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/"


@pytest.fixture
def topic():
    return TopicFactory(name="Microglia", slug="microglia", definition="<p>Cells that guard.</p>")


@pytest.fixture
def public(section, reviewer, topic):
    return publish(ArticlePageFactory(parent=section, title="Fewer relapses", slug="fewer", topics=[topic]), reviewer)


def get(client, path, status=200, **query):
    answer = client.get(f"{ROOT}{path}", query)
    assert answer.status_code == status, answer.content
    return answer.json()


def address_of(page):
    return f"articles/{page.subject_uuid}"


def titles(found):
    return [article["title"] for article in found["articles"]]


def test_an_article_comes_with_its_words_and_where_they_come_from(client, public, reviewer):
    row = PublishedArticle.objects.get()

    found = get(client, address_of(public))

    assert (found["title"], found["url"]) == ("Fewer relapses", "http://testserver/ms/fewer/")
    assert (found["digest"], found["status"], found["language"]) == (row.digest, "none_known", "en-gb")
    assert found["text"] == row.search_text
    assert found["links"]["proof"] == "http://testserver/ms/fewer/made.json"
    assert found["links"]["self"] == f"http://testserver{ROOT}{address_of(public)}"
    assert found["countersigned"]["url"] == f"http://testserver{reviewer.person.address}"
    assert [topic["slug"] for topic in found["topics"]] == ["microglia"]
    assert found["credibility"]["value"] == row.credibility


@pytest.mark.parametrize("path", ["articles", "sections/ms/articles", "sections/ms/topics/microglia/articles"])
def test_lists_offer_what_the_pages_offer(client, public, section, reviewer, topic, path):
    ArticlePageFactory(parent=section, title="A draft", topics=[topic])
    retracted = publish(ArticlePageFactory(parent=section, title="Gone", topics=[topic]), reviewer)
    StudyNoticeFactory(study=retracted.study)
    unpublish(publish(ArticlePageFactory(parent=section, title="Taken down", topics=[topic]), reviewer))

    assert titles(get(client, path)) == ["Fewer relapses"]


def test_a_retracted_article_says_so_and_one_that_was_taken_down_is_gone(client, public):
    StudyNoticeFactory(study=public.study)
    found = get(client, address_of(public))
    assert (found["status"], [notice["kind"] for notice in found["notices"]]) == ("retracted", ["retraction"])

    unpublish(public)
    gone = get(client, address_of(public), 410)
    assert (gone["status"], gone["title"]) == (410, "No longer public")
    assert "Fewer" not in str(gone)


def test_a_correction_stands_with_the_article(client, public):
    correct(public, "The dose was 20 mg.")

    assert "20 mg" in get(client, address_of(public))["corrections"][0]["html"]


def test_what_is_for_some_readers_only_is_not_there(client, public, section):
    PageViewRestriction.objects.create(page=section.page_ptr, restriction_type="login")

    assert titles(get(client, "articles")) == []
    assert get(client, "sections") == {"sections": []}
    for path in (address_of(public), "sections/ms/articles", "sections/ms/topics"):
        get(client, path, 404)


def test_sections_and_topics_lead_to_their_lists(client, public, topic, reviewer):
    sign_text_of(topic, reviewer)

    (section,) = get(client, "sections")["sections"]
    (found,) = get(client, "sections/ms/topics")["topics"]

    assert client.get(section["links"]["articles"]).json()["section"]["slug"] == "ms"
    assert (found["definition"], found["articles"]) == ("Cells that guard.", 1)
    assert titles(client.get(found["links"]["articles"]).json()) == ["Fewer relapses"]


def test_lists_are_paged_by_key_also_behind_an_article_that_was_taken_down(client, section, reviewer, monkeypatch):
    monkeypatch.setattr(lists, "A_PAGE", 2)
    now = timezone.now()
    pages = [
        publish(ArticlePageFactory(parent=section, title=f"Number {at}"), reviewer, at=now - timedelta(days=at))
        for at in range(3)
    ]
    first = client.get(f"{ROOT}articles")
    second = first.json()["next"]
    unpublish(pages[1])

    assert first.headers["Link"] == f'<{second}>; rel="next"'
    assert second.endswith(f"?after={pages[1].subject_uuid}")
    assert (titles(first.json()), titles(client.get(second).json())) == (["Number 0", "Number 1"], ["Number 2"])
    assert client.get(second).json()["next"] is None


@pytest.mark.parametrize(
    "path",
    [
        "articles?after=x",
        "articles?after=00000000-0000-0000-0000-000000000000",
        "articles/00000000-0000-0000-0000-000000000000",
        "sections/none/articles",
        "sections/ms/topics/none/articles",
        "nothing/here",
        "articles/",
    ],
)
def test_what_is_not_there_is_a_problem_in_json(client, public, path):
    answer = client.get(f"{ROOT}{path}")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["detail"]


def test_it_is_for_reading_and_for_programs_of_other_sites(client, public):
    assert client.post(f"{ROOT}articles").status_code == 405
    assert client.post(f"{ROOT}articles")["Allow"] == "GET, HEAD, OPTIONS"
    assert client.options(f"{ROOT}articles").status_code == 204
    assert client.head(f"{ROOT}articles").status_code == 200
    assert client.get(f"{ROOT}articles")["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["articles", "one"])
def test_who_has_an_answer_is_told_so(client, public, path):
    address = f"{ROOT}{address_of(public) if path == 'one' else path}"
    answer = client.get(address)

    assert answer["Last-Modified"]
    assert client.get(address, headers={"if-none-match": answer["ETag"]}).status_code == 304


def test_the_licence_is_the_publications(client, public):
    assert get(client, "articles")["articles"][0]["licence"] == {"name": None, "url": None}

    settings = SiteSettings.objects.first()
    settings.licence, settings.licence_url = "CC BY-ND 4.0", "https://creativecommons.org/licenses/by-nd/4.0/"
    settings.save()

    assert get(client, address_of(public))["licence"]["name"] == "CC BY-ND 4.0"


def test_an_erased_reviewer_is_not_named(client, public, reviewer, admin):
    name = reviewer.person.name
    erase_person(user=reviewer, by=admin, reason="They asked for it.")

    found = get(client, address_of(public))["countersigned"]

    assert name not in str(found)
    assert (found["url"], found["credentials"], found["declared_interests"]) == (None, "", "")


def test_a_page_of_a_list_costs_the_same_for_any_number(client, section, reviewer):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            client.get(f"{ROOT}articles")
        return len(captured)

    publish(ArticlePageFactory(parent=section), reviewer)
    cost()
    one = cost()
    for _ in range(2):
        publish(ArticlePageFactory(parent=section), reviewer)

    assert cost() == one <= 5


def test_answers_are_kept_and_end_when_what_they_show_changes(reader, public, django_capture_on_commit_callbacks):
    paths = [f"{ROOT}{path}" for path in ("articles", "sections", "sections/ms/topics", address_of(public), "")]
    for path in paths:
        reader.get(path)
    assert [path for path in paths if not reader.is_kept(path)] == []

    with django_capture_on_commit_callbacks(execute=True):
        StudyNoticeFactory(study=public.study)

    assert b'"retracted"' in reader.get(f"{ROOT}{address_of(public)}").body
    assert b"Fewer relapses" not in reader.get(f"{ROOT}articles").body
