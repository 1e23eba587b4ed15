"""What the board shows: lanes, five kinds of marks, the tray, filters, zones; and what it costs."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from research.models import ArticlePage, PublishedArticle, Release
from tests.factories import (
    ArticlePageFactory,
    PersonFactory,
    StudyFactory,
    TopicFactory,
    edit,
    publish,
    schedule,
    submit,
    writer_user,
)


def show(client, **query) -> BeautifulSoup:
    response = client.get(reverse("research_board"), query)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def lanes(soup: BeautifulSoup) -> dict[str, list[str]]:
    """Return the titles by lane."""
    return {
        section["id"].removeprefix("lane-"): [row.get_text(strip=True) for row in section.select(".cs-row__title a")]
        for section in soup.select(".cs-lane")
    }


def titles(soup: BeautifulSoup) -> list[str]:
    """Return the titles of every lane."""
    return [title for lane in lanes(soup).values() for title in lane]


def marks_on(soup: BeautifulSoup, day: date) -> list[str]:
    """Return the words of the marks on a day of the calendar."""
    cell = soup.select_one(f'[data-board-day="{day}"]')
    assert cell is not None, f"{day} is not on view"
    return [" ".join(mark.get_text(" ", strip=True).split()) for mark in cell.select(".cs-mark")]


@pytest.mark.parametrize("role", ["writer", "reviewer", "editor", "admin"])
@pytest.mark.parametrize("view", ["month", "week", "list"])
def test_everyone_in_a_role_sees_every_view(role, view, client, article, request):
    client.force_login(request.getfixturevalue(role))

    soup = show(client, view=view)

    assert soup.select_one(".cs-board--" + view)
    assert soup.find("a", string="Fewer relapses")


def test_reviewers_only_look(client, article, reviewer):
    client.force_login(reviewer)

    for view in ("month", "list"):
        assert not show(client, view=view).select("[data-board-move]")


def test_writers_move_their_own_articles_only(client, article, section, writer):
    other = ArticlePageFactory(parent=section, by=writer_user(), title="Somebody else’s")
    client.force_login(writer)

    links = show(client, view="list").select("[data-board-move]")

    addresses = {link["data-board-move"] for link in links}
    assert addresses == {reverse("research_board_move", args=[article.pk])}
    assert reverse("research_board_move", args=[other.pk]) not in addresses


def test_each_article_stands_in_its_lane(client, section, writer, reviewer, editor, scheduled):
    def make(title: str, **more) -> ArticlePage:
        return ArticlePageFactory(parent=section, by=writer, title=title, **more)

    make("An idea", study=None)
    make("A draft")
    submit(make("Reviewed"), writer)
    submit(make("Returned"), writer).reject(user=reviewer, comment="Say how many.")
    publish(make("Live"), reviewer)
    edit(publish(make("Updated"), reviewer), writer, summary="New words.")
    held = schedule(make("Held"), reviewer)
    Release.objects.filter(pk=held.pk).update(state=Release.State.HELD, reason="No signature.")
    client.force_login(editor)

    soup = show(client, view="list")

    assert lanes(soup) == {
        "idea": ["An idea"],
        "drafting": ["Updated", "A draft"],
        "in_review": ["Reviewed"],
        "sent_back": ["Returned"],
        "scheduled": ["Fewer relapses"],
        "live": ["Live"],
        "held": ["Held"],
    }
    assert "Say how many." in soup.get_text()
    assert "No signature." in soup.get_text()


def test_what_was_taken_down_leaves_the_board_until_someone_works_on_it(client, public_article, editor, writer):
    public_article.unpublish(user=editor)
    client.force_login(editor)
    assert not show(client, view="list").find("a", string="Fewer relapses")

    edit(public_article, writer, summary="A new try.")

    assert show(client, view="list").find("a", string="Fewer relapses")


def test_five_kinds_of_dates_are_five_marks_with_word_and_shape(client, section, writer, reviewer, editor):
    today = timezone.localdate()
    at = datetime(today.year, today.month, 15, 12, tzinfo=UTC)
    ahead = timezone.now() + timedelta(days=2)

    def make(title: str, **values) -> ArticlePage:
        article = ArticlePageFactory(parent=section, by=writer, title=title)
        edit(article, writer, **values)
        return article

    make("P", planned_for=at.date())
    make("D", go_live_at=ahead)
    make("E", embargo_until=ahead)
    schedule(make("G", go_live_at=ahead), reviewer)
    live = publish(make("R"), reviewer)
    PublishedArticle.objects.filter(page=live).update(review_due_at=ahead)
    client.force_login(editor)

    soup = show(client, view="week", date=ahead.date().isoformat())
    found = marks_on(soup, timezone.localtime(ahead).date())

    for word in ("Due", "Embargo ends", "Go-live", "Re-review"):
        assert any(words.startswith(word) for words in found), (word, found)
    assert marks_on(show(client, view="month"), at.date())[0].startswith("Planned")
    key = soup.select(".cs-board__key .cs-mark")
    assert len({str(mark.svg) for mark in key}) == 5
    assert [mark.select_one(".cs-mark__word").get_text() for mark in key] == [
        "Planned",
        "Due",
        "Embargo ends",
        "Go-live",
        "Re-review",
    ]


def test_an_embargo_of_the_study_counts_too(client, section, writer, editor):
    until = timezone.now() + timedelta(days=2)
    ArticlePageFactory(parent=section, by=writer, study=StudyFactory(embargo_until=until))
    client.force_login(editor)

    soup = show(client, view="week", date=timezone.localtime(until).date().isoformat())

    assert marks_on(soup, timezone.localtime(until).date())[0].startswith("Embargo ends")


def test_a_title_under_embargo_is_shown_to_those_concerned_only(client, article, writer, reviewer, editor):
    edit(article, writer, embargo_until=timezone.now() + timedelta(days=2), title="A secret result")
    readers = {writer: True, editor: True, reviewer: False, writer_user(): False}

    for user, knows in readers.items():
        client.force_login(user)
        for view in ("month", "week", "list"):
            response = client.get(reverse("research_board"), {"view": view})
            assert ("A secret result" in response.content.decode()) is knows, (user, view)

    submit(article, writer)
    client.force_login(reviewer)
    assert "A secret result" in client.get(reverse("research_board"), {"view": "list"}).content.decode()


def test_undated_articles_wait_in_the_tray(client, article, writer):
    client.force_login(writer)

    tray = show(client, view="month").select_one(".cs-tray")

    assert tray.find("a", string="Fewer relapses")
    edit(article, writer, planned_for=timezone.localdate())
    assert not show(client, view="month").select_one(".cs-tray").find("a", string="Fewer relapses")


def test_filters_by_person_topic_and_state(client, section, writer, editor):
    ada, topic = PersonFactory(name="Ada Lund"), TopicFactory(name="Balance")
    hers = ArticlePageFactory(parent=section, by=writer, title="Hers", authors=[ada], topics=[topic])
    ArticlePageFactory(parent=section, by=writer_user(), title="Another", study=None)
    client.force_login(editor)

    for query in ({"person": f"person-{ada.pk}"}, {"topic": topic.pk}, {"state": "drafting"}):
        assert titles(show(client, view="list", **query)) == [hers.title], query
    assert len(titles(show(client, view="list", person="person-0"))) == 2
    soup = show(client, view="month", person=f"person-{ada.pk}", state="drafting")
    assert soup.select_one(".cs-board__filtered").get_text().startswith("Only Ada Lund, Drafting. ")


def test_a_submitter_and_a_reviewer_are_people_of_an_article(client, article, writer, reviewer, editor):
    publish(article, reviewer)
    client.force_login(editor)

    for user in (writer, reviewer):
        soup = show(client, view="list", person=f"person-{user.person.pk}")
        assert lanes(soup)["live"] == ["Fewer relapses"]


def test_times_are_in_the_sites_zone_and_in_the_viewers_where_it_differs(client, scheduled, editor, go_live_at):
    client.force_login(editor)
    day = timezone.localtime(go_live_at).date().isoformat()
    assert "for you" not in show(client, view="week", date=day).get_text()

    UserProfile.objects.update_or_create(user=editor, defaults={"current_time_zone": "Asia/Tokyo"})
    text = show(client, view="week", date=day).get_text().replace("\N{NO-BREAK SPACE}", " ")

    assert "Europe/London, the publication’s time zone; in brackets in yours, Asia/Tokyo." in text
    assert "23:00 JST" in text


def test_a_day_is_that_of_the_sites_zone(client, section, writer, reviewer, editor):
    late = datetime(2027, 7, 1, 23, 30, tzinfo=UTC)  # half past midnight on 2 July in London
    edit(ArticlePageFactory(parent=section, by=writer), writer, go_live_at=late)
    client.force_login(editor)

    soup = show(client, view="month", date="2027-07-15")

    assert marks_on(soup, date(2027, 7, 1)) == []
    assert marks_on(soup, date(2027, 7, 2))[0].replace("\N{NO-BREAK SPACE}", " ") == "Due 00:30 BST"


@pytest.mark.parametrize("nonsense", ["soon", "2026-13-40"])
def test_a_date_that_is_none_shows_today(nonsense, client, editor):
    client.force_login(editor)

    assert show(client, view="month", date=nonsense).select_one(".cs-day--today")


@pytest.mark.parametrize("view", ["month", "list"])
def test_the_board_costs_no_more_with_twenty_articles_more(
    view, client, section, writer, reviewer, editor, scheduled, django_assert_max_num_queries
):
    submit(ArticlePageFactory(parent=section, by=writer), writer)
    publish(ArticlePageFactory(parent=section, by=writer), reviewer)
    client.force_login(editor)
    show(client, view=view)  # warm the caches
    with CaptureQueriesContext(connection) as few:
        show(client, view=view)

    for number in range(20):
        more = ArticlePageFactory(parent=section, by=writer_user())
        if number % 4 == 0:
            submit(more, writer)
        elif number % 4 == 1:
            publish(more, reviewer)

    with django_assert_max_num_queries(len(few)):
        show(client, view=view)


# In every view of the days around it.
MID_MONTH = datetime(2027, 3, 17, 12, tzinfo=UTC)


@pytest.fixture
def live(section, reviewer):
    """Four articles that went live an hour after each other; the newest is the last that is due for re-review."""
    with time_machine.travel(MID_MONTH, tick=False):
        yield _went_live(section, reviewer)


def _went_live(section, reviewer):
    articles = [publish(ArticlePageFactory(parent=section, title=f"Zebra {number}"), reviewer) for number in range(4)]
    now = timezone.now()
    for number, article in enumerate(articles):
        moments = {
            "published_at": now - timedelta(hours=number + 1),
            "review_due_at": now + timedelta(hours=9 - number),
        }
        PublishedArticle.objects.filter(page_id=article.pk).update(**moments)
    return articles


@pytest.mark.parametrize(("most", "shown"), [(1, {0, 3}), (2, {0, 1, 2, 3}), (60, {0, 1, 2, 3})])
@pytest.mark.parametrize("view", ["month", "list"])
def test_of_what_is_live_the_newest_and_the_next_are_on_the_board(client, editor, live, monkeypatch, view, most, shown):
    monkeypatch.setattr("research.admin.board.views.MOST_LIVE", most)
    client.force_login(editor)

    found = show(client, view=view)

    assert {number for number in range(4) if f"Zebra {number}" in found.get_text()} == shown
    assert bool(found.select_one(".cs-board__left-out")) == (most < 4)


def test_what_is_on_its_way_is_on_the_board_whatever_is_live(client, section, writer, editor, live, monkeypatch):
    monkeypatch.setattr("research.admin.board.views.MOST_LIVE", 1)
    for number in range(3):
        ArticlePageFactory(parent=section, by=writer, title=f"Draft {number}")
    edit(live[1], title="Newer words")
    client.force_login(editor)

    words = show(client, view="list").get_text()

    assert all(title in words for title in ("Draft 0", "Draft 1", "Draft 2", "Newer words"))


def test_a_calendar_leaves_out_what_was_due_before_it(client, editor, live, monkeypatch):
    monkeypatch.setattr("research.admin.board.views.MOST_LIVE", 1)
    PublishedArticle.objects.filter(page_id=live[2].pk).update(review_due_at=timezone.now() - timedelta(days=80))
    client.force_login(editor)

    assert "Zebra 3" in show(client, view="month").get_text()
    assert "Zebra 2" in show(client, view="list").get_text()
    assert "Zebra 3" in show(client, view="list").get_text()


def test_a_month_in_which_nothing_went_live_leaves_nothing_out(client, editor, live, monkeypatch):
    monkeypatch.setattr("research.admin.board.views.MOST_LIVE", 1)
    client.force_login(editor)

    assert not show(client, view="month", date="2027-05-15").select_one(".cs-board__left-out")
