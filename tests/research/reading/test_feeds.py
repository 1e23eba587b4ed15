"""Feeds: what they tell, in both forms, and to whom they are not sent again."""

from datetime import timedelta

import pytest
from defusedxml import ElementTree
from django.utils import timezone

from research.models import ArticlePage, Study, StudyNotice
from tests.factories import ArticlePageFactory, StudyNoticeFactory, TopicFactory, correct, publish, unpublish

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = ["/", "/ms/", "/ms/topics/microglia/"]


@pytest.fixture
def section_with_news(section, reviewer):
    """Three articles of a topic: one plain, one corrected, one retracted; and one of another topic."""
    now = timezone.now()
    topics = [TopicFactory(name="Microglia", slug="microglia")]
    pages = [ArticlePageFactory(parent=section, title=title, topics=topics) for title in ("Plain", "Wrong", "Gone")]
    for days, page in enumerate(pages):
        publish(page, at=now - timedelta(days=9 - days))
    publish(ArticlePageFactory(parent=section, title="Elsewhere"), at=now - timedelta(days=3))
    correct(pages[1], "It was <b>12</b> people.")
    StudyNoticeFactory(study=pages[2].study)
    return section


def atom(client, url):
    root = ElementTree.fromstring(client.get(f"{url}feed/").content)
    return root, {entry.find(f"{ATOM}title").text: entry for entry in root.findall(f"{ATOM}entry")}


@pytest.mark.parametrize("url", FEEDS)
def test_articles_corrections_and_retractions_are_entries_in_both_forms(client, section_with_news, url):
    root, entries = atom(client, url)
    told = client.get(f"{url}feed.json").json()

    here = {"Plain", "Wrong", "Corrected: Wrong", "Retracted: Gone"}
    assert set(entries) == here | (set() if "topics" in url else {"Elsewhere"})
    assert [item["title"] for item in told["items"]] == list(entries)
    assert {item["id"] for item in told["items"]} == {entry.find(f"{ATOM}id").text for entry in entries.values()}
    corrected = next(item for item in told["items"] if item["title"] == "Corrected: Wrong")
    assert corrected["content_text"] == "It was 12 people."
    assert root.find(f"{ATOM}link[@rel='self']").get("href") == f"http://testserver{url}feed/"


@pytest.mark.parametrize("url", FEEDS)
def test_a_json_feed_has_what_its_form_asks_for(client, section_with_news, url):
    response = client.get(f"{url}feed.json")

    told = response.json()
    assert response["Content-Type"] == "application/feed+json"
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert told["feed_url"] == f"http://testserver{url}feed.json"
    assert told["home_page_url"] == f"http://testserver{url}"
    for item in told["items"]:
        assert item["id"]
        assert item["url"].startswith("http://testserver/ms/")
        assert item["content_text"]


@pytest.mark.parametrize("url", FEEDS)
@pytest.mark.parametrize("form", ["feed/", "feed.json"])
def test_whoever_has_it_gets_it_once(client, section_with_news, url, form):
    first = client.get(f"{url}{form}")
    again = client.get(f"{url}{form}", headers={"If-None-Match": first["ETag"]})
    # Of what was taken down nothing newer is left: only the bytes decide.
    by_date = client.get(f"{url}{form}", headers={"If-Modified-Since": first["Last-Modified"]})

    assert (again.status_code, again.content) == (304, b"")
    assert by_date.status_code == 200


@pytest.mark.parametrize("url", FEEDS)
def test_pages_lead_to_their_feeds(client, section_with_news, url):
    page = client.get(url).content.decode()

    for form, kind in (("feed/", "application/atom+xml"), ("feed.json", "application/feed+json")):
        assert f'<link rel="alternate" type="{kind}"' in page
        assert f'<a href="{url}{form}" type="{kind}">' in page


def test_what_is_taken_down_leaves_every_feed(client, section_with_news):
    from research.models import ArticlePage

    unpublish(ArticlePage.objects.get(title="Wrong"))

    for url in FEEDS:
        assert not {"Wrong", "Corrected: Wrong"} & set(atom(client, url)[1])


def test_a_study_that_is_taken_back_and_given_back_is_told_of_while_it_is(client, section, reviewer):
    page = publish(ArticlePageFactory(parent=section, title="Gone"))
    notice = StudyNoticeFactory(study=page.study)
    assert set(atom(client, "/ms/")[1]) == {"Retracted: Gone"}

    StudyNoticeFactory(study=page.study, kind=StudyNotice.Kind.REINSTATEMENT, date=notice.date)

    assert set(atom(client, "/ms/")[1]) == {"Gone"}


@pytest.mark.parametrize("ends", [False, True])
def test_what_a_page_that_was_read_earlier_knows_of_its_study_changes_nothing(client, section, reviewer, ends):
    page = publish(ArticlePageFactory(parent=section, title="Gone"))
    notice = StudyNoticeFactory(study=Study.objects.get(pk=page.study_id)) if ends else None
    read_earlier = ArticlePage.objects.get(pk=page.pk)
    assert read_earlier.study.is_withheld is ends
    if notice:
        StudyNoticeFactory(study=notice.study, kind=StudyNotice.Kind.REINSTATEMENT, date=notice.date)
    else:
        StudyNoticeFactory(study=Study.objects.get(pk=page.study_id))

    read_earlier.save()

    assert set(atom(client, "/ms/")[1]) == ({"Gone"} if ends else {"Retracted: Gone"})


def test_a_retraction_from_before_publication_is_told_of(client, section, reviewer):
    page = ArticlePageFactory(parent=section, title="Gone")
    StudyNoticeFactory(study=page.study)
    publish(page)
    assert set(atom(client, "/ms/")[1]) == {"Retracted: Gone"}


def test_a_topic_that_nobody_may_know_has_no_feed(client, section_with_news):
    TopicFactory(name="Secret", slug="secret")

    assert client.get("/ms/topics/secret/feed/").status_code == 404
    assert client.get("/ms/topics/secret/feed.json").status_code == 404
