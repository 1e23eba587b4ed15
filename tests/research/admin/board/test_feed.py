"""The calendar feed: a secret, revocable address, and what a calendar program reads there."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from django.urls import reverse
from django.utils import timezone

from research.models import ArticlePage, BoardFeed, PublishedArticle
from tests.factories import ArticlePageFactory, edit, publish, writer_user


def renew(client, user) -> str:
    """Make an address as its owner does; return its path."""
    client.force_login(user)
    client.post(reverse("research_board_calendar_renew"))
    return reverse("research_calendar_feed", args=[BoardFeed.objects.standing().get(user=user).token])


def read(client, path: str) -> dict[str, icalendar.Event]:
    """Return the events that a calendar program finds, by summary."""
    client.logout()
    response = client.get(path)
    assert response.status_code == 200
    calendar = icalendar.Calendar.from_ical(response.content)
    return {str(event["summary"]): event for event in calendar.walk("VEVENT")}


@pytest.mark.parametrize("role", ["writer", "reviewer", "editor", "admin"])
def test_everyone_in_a_role_makes_an_address(role, client, request):
    path = renew(client, request.getfixturevalue(role))

    assert client.get(path).status_code == 200
    html = client.get(reverse("research_board_calendar")).content.decode()
    assert path in html


def test_it_parses_with_each_kind_of_mark(client, section, writer, reviewer):
    ahead = (timezone.now() + timedelta(days=9)).replace(second=0, microsecond=0)
    make = {
        "P": {"planned_for": date(2026, 12, 1)},
        "D": {"go_live_at": ahead},
        "E": {"embargo_until": ahead},
    }
    for title, values in make.items():
        edit(ArticlePageFactory(parent=section, by=writer, title=title), writer, **values)
    live = publish(ArticlePageFactory(parent=section, by=writer, title="R"), reviewer)
    PublishedArticle.objects.filter(page=live).update(review_due_at=ahead)

    events = read(client, renew(client, writer))

    assert set(events) == {"Planned: P", "Due: D", "Embargo ends: E", "Went live: R", "Re-review: R"}
    assert events["Planned: P"]["dtstart"].dt == date(2026, 12, 1)
    for name in ("Due: D", "Embargo ends: E", "Re-review: R"):
        assert events[name]["dtstart"].dt == ahead
        assert events[name]["dtstart"].to_ical().endswith(b"Z")
    assert all("dtstamp" in event for event in events.values())
    assert len({event["uid"] for event in events.values()}) == 5


def test_an_approved_go_live_is_in_it(client, scheduled, writer, go_live_at):
    event = read(client, renew(client, writer))["Go-live: Fewer relapses"]

    assert event["dtstart"].dt == go_live_at
    assert event["status"] == "CONFIRMED"


def test_an_event_keeps_its_identity_when_it_moves(client, planned, writer):
    path = renew(client, writer)
    before = read(client, path)["Planned: Fewer relapses"]["uid"]

    edit(planned, writer, planned_for=date(2026, 12, 20))

    event = read(client, path)["Planned: Fewer relapses"]
    assert event["uid"] == before
    assert event["dtstart"].dt == date(2026, 12, 20)


def test_odd_and_long_titles_are_escaped_and_folded(client, article, writer):
    title = "Walking; talking, and “MS”: \\ does it help? " + "Ein längerer Titel 🧠 " * 8
    edit(article, writer, title=title.strip(), planned_for=date(2026, 12, 1))
    path = renew(client, writer)

    raw = client.get(path).content

    assert b"SUMMARY:Planned: Walking\\; talking\\, and" in raw
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert f"Planned: {title.strip()}" in read(client, path)


def test_writers_get_what_they_work_on_and_editors_everything(client, planned, section, writer, editor):
    other = ArticlePageFactory(parent=section, by=writer_user(), title="Somebody else’s")
    edit(other, planned_for=date(2026, 12, 2))

    assert set(read(client, renew(client, writer))) == {"Planned: Fewer relapses"}
    assert set(read(client, renew(client, editor))) == {"Planned: Fewer relapses", "Planned: Somebody else’s"}


def test_a_title_under_embargo_is_not_in_the_feed_of_others(client, article, writer, editor):
    edit(article, writer, title="A secret result", embargo_until=timezone.now() + timedelta(days=2))

    assert any("secret" in words for words in read(client, renew(client, writer)))
    assert any("secret" in words for words in read(client, renew(client, editor)))
    other = renew(client, writer_user())
    client.logout()
    assert b"secret" not in client.get(other).content


def test_nothing_on_the_way_stores_it(client, planned, writer):
    response = client.get(renew(client, writer))

    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "noindex" in response["X-Robots-Tag"]


def test_a_revoked_address_answers_no_more(client, writer):
    path = renew(client, writer)

    client.post(reverse("research_board_calendar_revoke"))

    client.logout()
    assert client.get(path).status_code == 404
    assert BoardFeed.objects.get().revoked_at is not None


def test_a_new_address_replaces_the_old_one(client, writer):
    old = renew(client, writer)

    new = renew(client, writer)

    assert old != new
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200


@pytest.mark.parametrize("change", ["inactive", "no role"])
def test_the_address_of_someone_who_left_answers_no_more(change, client, writer):
    path = renew(client, writer)

    if change == "inactive":
        writer.is_active = False
        writer.save()
    else:
        writer.groups.clear()

    assert client.get(path).status_code == 404


def test_a_guessed_address_finds_nothing(client, writer):
    renew(client, writer)

    assert client.get(reverse("research_calendar_feed", args=["a" * 43])).status_code == 404
    assert client.get("/calendar/short.ics").status_code == 404


def test_an_address_is_changed_by_post_only(client, writer):
    client.force_login(writer)

    for name in ("research_board_calendar_renew", "research_board_calendar_revoke"):
        assert client.get(reverse(name)).status_code == 405
    assert not BoardFeed.objects.exists()


def test_tokens_are_32_random_bytes(client, writer, editor):
    tokens = {BoardFeed.objects.create(user=user).token for user in (writer, editor)}

    assert [len(token) for token in tokens] == [43, 43]


def test_reading_the_feed_writes_nothing(client, planned, writer):
    path = renew(client, writer)
    before = ArticlePage.objects.get(pk=planned.pk).latest_revision_created_at

    read(client, path)

    assert ArticlePage.objects.get(pk=planned.pk).latest_revision_created_at == before
    assert before < datetime.now(UTC)
