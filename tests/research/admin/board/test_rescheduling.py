"""Another time for an approved go-live: asked about, judged by the guard, and consistent everywhere."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from common.models import OutboxMessage
from research.admin.board.rescheduling import CannotReschedule, reschedule
from research.models import ArticlePage, PublishedArticle, Release, SignOff
from research.models.releases import BundleEntry, ReleaseBundle
from research.publishing import planning
from research.review.guard import NotPermitted
from tests.factories import edit, schedule

LONDON = ZoneInfo("Europe/London")


def address(release) -> str:
    return reverse("research_board_reschedule", args=[release.article_id])


def confirm(client, release, day: str, time: str = "14:00", **more):
    before = Release.objects.get(pk=release.pk).due_at.isoformat()
    return client.post(address(release), {"date": day, "time": time, "before": before, **more})


def open_line(release) -> Release:
    return Release.objects.open().get(article_id=release.article_id, kind=Release.Kind.PUBLISH)


def test_looking_changes_nothing_and_shows_both_times(client, scheduled, editor, go_live_at):
    UserProfile.objects.update_or_create(user=editor, defaults={"current_time_zone": "America/New_York"})
    new_day = (go_live_at + timedelta(days=3)).date()
    client.force_login(editor)

    html = client.get(address(scheduled), {"date": new_day.isoformat()}).content.decode()

    for moment in (go_live_at, go_live_at + timedelta(days=3)):
        for zone, name in ((LONDON, "Europe/London"), (ZoneInfo("America/New_York"), "America/New York")):
            local = moment.astimezone(zone)
            assert f"{local.day} {local:%B %Y, %H:%M} ({name})" in html
    assert "It may be public then." in html
    assert "Uma" in html
    scheduled.refresh_from_db()
    assert (scheduled.state, scheduled.due_at) == (Release.State.PLANNED, go_live_at)


def test_confirming_cancels_the_old_line_and_plans_a_new_one(client, scheduled, editor, writer, go_live_at):
    later = go_live_at + timedelta(days=3)
    client.force_login(editor)

    confirm(client, scheduled, later.date().isoformat(), f"{later.astimezone(LONDON):%H:%M}")

    scheduled.refresh_from_db()
    new = open_line(scheduled)
    assert scheduled.state == Release.State.CANCELLED
    assert scheduled.reason.startswith("Moved to")
    assert scheduled.changes.last().actor == editor.get_username()
    assert (new.due_at, new.state, new.requested_by, new.digest) == (
        later,
        Release.State.PLANNED,
        writer,
        scheduled.digest,
    )


def test_the_ledger_and_wagtail_agree_afterwards(scheduled, editor, go_live_at):
    later = go_live_at + timedelta(hours=5)

    new = reschedule(scheduled, later, editor)

    page = ArticlePage.objects.get(pk=scheduled.article_id)
    revision = page.get_latest_revision()
    assert new.due_at == revision.approved_go_live_at == revision.as_object().go_live_at == page.go_live_at == later
    assert list(page.revisions.exclude(approved_go_live_at=None)) == [revision]


def test_it_goes_live_at_the_new_time_and_not_at_the_old_one(scheduled, editor, go_live_at):
    later = go_live_at + timedelta(hours=5)
    reschedule(scheduled, later, editor)

    with time_machine.travel(go_live_at + timedelta(minutes=1), tick=False):
        planning.run_due(timezone.now())
        assert not PublishedArticle.objects.exists()
    with time_machine.travel(later, tick=False):
        planning.run_due(timezone.now())
        assert PublishedArticle.objects.filter(page=scheduled.article_id).exists()


def test_an_earlier_time_is_possible_too(scheduled, editor, go_live_at):
    new = reschedule(scheduled, go_live_at - timedelta(days=2), editor)

    assert new.due_at == go_live_at - timedelta(days=2)


@pytest.mark.parametrize("role", ["writer", "reviewer"])
def test_only_editors_reschedule(role, client, scheduled, writer, reviewer, go_live_at):
    user = {"writer": writer, "reviewer": reviewer}[role]
    client.force_login(user)

    confirm(client, scheduled, (go_live_at + timedelta(days=1)).date().isoformat())

    assert open_line(scheduled) == scheduled
    with pytest.raises(PermissionDenied):
        reschedule(scheduled, go_live_at + timedelta(days=1), user)


def test_a_time_before_the_embargo_ends_is_refused(client, article, writer, reviewer, editor, go_live_at):
    edit(article, writer, go_live_at=go_live_at, embargo_until=go_live_at - timedelta(days=2))
    release = schedule(article, reviewer)
    client.force_login(editor)

    response = confirm(client, release, (go_live_at - timedelta(days=3)).date().isoformat())

    assert "Under embargo until" in response.content.decode()
    assert "Move the go-live</button>" not in response.content.decode()
    assert open_line(release).due_at == go_live_at
    with pytest.raises(NotPermitted, match="Under embargo"):
        reschedule(release, go_live_at - timedelta(days=3), editor)


def test_a_time_after_the_signature_ends_is_refused(scheduled, editor):
    line = SignOff.objects.latest("sequence")

    with pytest.raises(NotPermitted, match="was valid until"):
        reschedule(scheduled, line.valid_until + timedelta(days=1), editor)

    assert open_line(scheduled) == scheduled


def test_the_past_and_a_time_after_expiry_are_refused(article, writer, reviewer, editor, go_live_at):
    edit(article, writer, go_live_at=go_live_at, expire_at=go_live_at + timedelta(days=5))
    release = schedule(article, reviewer)

    with pytest.raises(CannotReschedule, match="has passed"):
        reschedule(release, timezone.now() - timedelta(minutes=1), editor)
    with pytest.raises(CannotReschedule, match="already have expired"):
        reschedule(release, go_live_at + timedelta(days=6), editor)


def test_a_bundled_article_moves_with_its_bundle(scheduled, editor, go_live_at):
    bundle = ReleaseBundle.objects.create(name="Congress", due_at=go_live_at)
    BundleEntry.objects.create(bundle=bundle, article_id=scheduled.article_id)
    Release.objects.filter(pk=scheduled.pk).update(bundle=bundle)

    with pytest.raises(CannotReschedule, match="bundle “Congress”"):
        reschedule(scheduled, go_live_at + timedelta(days=1), editor)


def test_a_time_changed_meanwhile_is_looked_at_again(client, scheduled, editor, go_live_at):
    client.force_login(editor)
    data = {
        "date": (go_live_at + timedelta(days=3)).date().isoformat(),
        "time": "14:00",
        "before": (go_live_at - timedelta(days=1)).isoformat(),
    }

    response = client.post(address(scheduled), data)

    assert response.status_code == 200
    assert open_line(scheduled) == scheduled


def test_those_who_count_on_it_are_told_by_mail(scheduled, editor, writer, go_live_at):
    OutboxMessage.objects.all().delete()

    new = reschedule(scheduled, go_live_at + timedelta(days=1), editor)

    mail = OutboxMessage.objects.get(key=f"rescheduled-{new.pk}")
    assert writer.email in str(mail.payload)
    assert editor.email not in str(mail.payload)


SPRING = datetime(2027, 3, 27, 1, 30, tzinfo=UTC)
AUTUMN = datetime(2027, 10, 30, 0, 30, tzinfo=UTC)


@pytest.fixture
def _early_in_2027(settings):
    settings.REVIEW_VALID_DAYS = 700
    with time_machine.travel(datetime(2027, 1, 5, 10, tzinfo=UTC), tick=True):
        yield


def _scheduled_at(article, writer, reviewer, moment):
    edit(article, writer, go_live_at=moment)
    return schedule(article, reviewer)


@pytest.mark.usefixtures("_early_in_2027")
def test_a_card_dropped_on_the_night_that_skips_its_hour_is_asked_about(client, article, writer, reviewer, editor):
    release = _scheduled_at(article, writer, reviewer, SPRING)
    client.force_login(editor)

    response = client.get(address(release), {"date": "2027-03-28"})

    html = response.content.decode()
    assert response.status_code == 400
    assert "There is no 01:30 on 28 March 2027 in Europe/London" in html
    assert "00:59 GMT" in html
    assert "02:00 BST" in html
    confirm(client, release, "2027-03-28", "01:30")
    assert open_line(release).due_at == SPRING


@pytest.mark.usefixtures("_early_in_2027")
@pytest.mark.parametrize(("reading", "hour"), [("first", 0), ("second", 1)])
def test_a_card_dropped_on_the_night_that_repeats_its_hour_is_asked_about(
    reading, hour, client, article, writer, reviewer, editor
):
    release = _scheduled_at(article, writer, reviewer, AUTUMN)
    client.force_login(editor)

    html = client.get(address(release), {"date": "2027-10-31"}).content.decode()
    confirm(client, release, "2027-10-31", "01:30")

    assert "first 01:30 BST" in html
    assert "second 01:30 GMT" in html
    assert open_line(release).due_at == AUTUMN
    confirm(client, release, "2027-10-31", "01:30", reading=reading)
    assert open_line(release).due_at == datetime(2027, 10, 31, hour, 30, tzinfo=UTC)


def test_an_article_without_an_approved_go_live_has_nothing_to_reschedule(client, article, editor):
    client.force_login(editor)

    response = client.get(reverse("research_board_reschedule", args=[article.pk]), {"date": str(date(2027, 1, 1))})

    assert response.status_code == 302
