"""What the guard would refuse, holds, and what people do about it."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command, get_commands
from django.utils import timezone

from common.models import OutboxMessage
from research.content.article import content_of
from research.models import ArticlePage, PublishedArticle, Release, ReleaseBundle
from research.models.releases import BundleEntry
from research.publishing import alerts, ledger
from research.publishing.bundles import bundle_blockers, follow_bundle
from research.publishing.planning import release_soon
from research.review.guard import NotPermitted
from tests.factories import (
    ArticlePageFactory,
    StudyNoticeFactory,
    approve,
    edit,
    editor_user,
    schedule,
    sign,
    submit,
)
from tests.research.publishing.ledger.moments import DUE, HOUR, NOON, assert_done_once, fresh, publications, run_at

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def planned(article, reviewer):
    """A release in two days."""
    editor_user()
    edit(article, go_live_at=NOON + 2 * DAY)
    return schedule(article, reviewer)


def move_embargo(release, until):
    study = release.article.study
    study.embargo_until, study.embargo_source = until, "The journal"
    study.save()


def retract(release):
    StudyNoticeFactory(study=release.article.study)


def preflight_mails():
    return sorted(OutboxMessage.objects.filter(key__startswith="release-preflight-").values_list("key", flat=True))


@pytest.mark.parametrize(
    "trouble", [lambda release: move_embargo(release, NOON + 5 * DAY), retract], ids=["embargo", "retraction"]
)
def test_what_would_be_refused_is_mailed_a_day_and_an_hour_before_once_each(planned, trouble):
    trouble(planned)
    sent = []

    for before in (DAY + HOUR, DAY, DAY - HOUR, HOUR, HOUR / 2):
        alerts.report(planned.due_at - before)
        sent.append(len(preflight_mails()))

    assert sent == [0, 1, 1, 2, 2]
    assert preflight_mails() == [f"release-preflight-{planned.pk}-{window}" for window in ("day", "hour")]


def test_a_signature_that_will_have_run_out_by_then_is_mailed(article, reviewer, settings):
    editor_user()
    settings.REVIEW_VALID_DAYS = 3
    edit(article, go_live_at=NOON + 2 * DAY)
    release = schedule(article, reviewer)
    Release.objects.filter(pk=release.pk).update(due_at=NOON + 4 * DAY)

    alerts.report(NOON + 3 * DAY + HOUR)

    mail = OutboxMessage.objects.get(key__startswith="release-preflight-")
    assert "valid until" in mail.payload["body"]


def test_nothing_is_mailed_about_what_will_pass(planned):
    alerts.report(planned.due_at - HOUR)

    assert preflight_mails() == []


def test_an_embargo_moved_later_after_approval_holds_the_release_at_its_time(planned):
    move_embargo(planned, planned.due_at + DAY)

    assert run_at(planned.due_at) == 0

    held = fresh(planned)
    assert held.state == Release.State.HELD
    assert "embargo" in held.reason
    assert not PublishedArticle.objects.exists()


def test_a_held_release_is_tried_again_when_an_editor_says_so(planned, editor):
    move_embargo(planned, planned.due_at + DAY)
    run_at(planned.due_at)
    later = planned.due_at + DAY
    assert run_at(later) == 0

    with time_machine.travel(later, tick=False), publications() as published:
        ledger.try_again(fresh(planned), user=editor)
    with publications() as published:
        assert run_at(later) == 1

    assert_done_once([planned])
    assert published == {planned.article_id: 1}
    assert planned.changes.filter(actor=editor.username).exists()


def test_a_second_hold_is_told_again(planned, editor):
    move_embargo(planned, planned.due_at + DAY)
    for _ in range(2):
        run_at(planned.due_at)
        if fresh(planned).changes.filter(state="held").count() == 1:
            ledger.try_again(fresh(planned), user=editor)

    assert OutboxMessage.objects.filter(key__startswith=f"release-held-{planned.pk}-").count() == 2


def test_a_held_release_can_be_cancelled(planned, editor):
    retract(planned)
    run_at(planned.due_at)

    ledger.cancel(fresh(planned), user=editor)

    assert fresh(planned).state == Release.State.CANCELLED
    planned.revision.refresh_from_db()
    assert planned.revision.approved_go_live_at is None
    with pytest.raises(ledger.NotInThisState):
        ledger.try_again(fresh(planned), user=editor)


def test_what_was_carried_out_is_neither_cancelled_nor_tried_again(planned, editor):
    run_at(planned.due_at)

    for ask in (ledger.cancel, ledger.try_again):
        with pytest.raises(ledger.NotInThisState):
            ask(planned, user=editor)
    assert_done_once([planned])


def test_a_failed_release_that_was_replaced_is_not_tried_again(planned, editor, article, reviewer):
    Release.objects.filter(pk=planned.pk).update(state=Release.State.FAILED)
    schedule(article, reviewer)

    with pytest.raises(ledger.NotInThisState, match="newer"):
        ledger.try_again(planned, user=editor)


# Embargo


def test_a_go_live_before_the_embargo_ends_is_refused_when_planned(article, reviewer):
    edit(article, embargo_until=NOON + 2 * HOUR, go_live_at=DUE)

    with pytest.raises(NotPermitted, match="embargo"):
        schedule(article, reviewer)
    assert not Release.objects.exists()


def test_without_a_go_live_the_end_of_the_embargo_decides(article, reviewer):
    edit(article, embargo_until=NOON + 2 * HOUR)

    release = schedule(article, reviewer)

    assert release.due_at == NOON + 2 * HOUR
    assert (run_at(NOON + 2 * HOUR - timedelta(seconds=1)), run_at(NOON + 2 * HOUR)) == (0, 1)


def test_the_signature_stands_when_its_release_is_held(article, writer, reviewer):
    edit(article, embargo_until=NOON + 2 * HOUR, go_live_at=DUE)
    state = submit(article, writer)

    approve(state, reviewer)

    release = Release.objects.get(article_id=article.pk)
    assert release.state == Release.State.HELD
    assert "embargo" in release.reason
    page = content_of(ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object())
    assert state.revision.pk == release.revision_id
    assert page.digest == release.digest
    state.refresh_from_db()
    assert state.status == state.STATUS_APPROVED


# Bundles


@pytest.fixture
def bundle(section):
    """Three articles that go out together in an hour; the last one is not signed."""
    made = ReleaseBundle.objects.create(name="Conference", due_at=DUE)
    for number in range(3):
        article = ArticlePageFactory(parent=section, title=f"Talk {number}")
        BundleEntry.objects.create(bundle=made, article=article, sort_order=number)
    return ReleaseBundle.objects.get(pk=made.pk)


def articles_of(bundle):
    return [entry.article for entry in bundle.entries.all()]


def states_of(bundle):
    return sorted(bundle.releases.values_list("state", flat=True))


def test_a_bundle_goes_out_whole_at_one_moment(bundle, reviewer):
    for article in articles_of(bundle):
        schedule(article, reviewer)

    with publications() as published:
        assert run_at(DUE - timedelta(seconds=1)) == 0
        assert run_at(DUE) == 3

    assert published == {article.pk: 1 for article in articles_of(bundle)}
    assert_done_once(bundle.releases.all())


def test_an_incomplete_bundle_is_held_with_the_titles_that_are_missing(bundle, reviewer):
    *signed, missing = articles_of(bundle)
    for article in signed:
        schedule(article, reviewer)

    assert run_at(DUE) == 0

    assert states_of(bundle) == ["held", "held"]
    assert all(missing.title in release.reason for release in bundle.releases.all())
    assert not PublishedArticle.objects.exists()


def test_one_refusal_holds_the_whole_bundle_and_trying_one_again_tries_all(bundle, reviewer, editor):
    releases = [schedule(article, reviewer) for article in articles_of(bundle)]
    move_embargo(releases[1], DUE + HOUR)

    assert run_at(DUE) == 0
    assert states_of(bundle) == ["held"] * 3

    with time_machine.travel(DUE + HOUR, tick=False):
        ledger.try_again(fresh(releases[0]), user=editor)
    assert run_at(DUE + HOUR) == 3
    assert_done_once(releases)


def test_a_bundle_says_what_blocks_it(bundle, reviewer):
    first, second, third = articles_of(bundle)
    schedule(first, reviewer)
    retract(schedule(second, reviewer))

    blockers = {article.pk: words for article, words in bundle_blockers(bundle)}

    assert set(blockers) == {second.pk, third.pk}
    assert "retracted" in blockers[second.pk]
    assert "countersigned" in blockers[third.pk]


def test_moving_a_bundle_moves_its_releases(bundle, reviewer):
    releases = [schedule(article, reviewer) for article in articles_of(bundle)]
    bundle.due_at = DUE + HOUR
    bundle.save()

    follow_bundle(bundle)

    assert {fresh(release).due_at for release in releases} == {DUE + HOUR}
    releases[0].revision.refresh_from_db()
    assert releases[0].revision.approved_go_live_at == DUE + HOUR
    assert (run_at(DUE), run_at(DUE + HOUR)) == (0, 3)


def test_what_joins_a_bundle_goes_out_with_it_and_what_leaves_is_held(bundle, reviewer, section):
    loner = ArticlePageFactory(parent=section, go_live_at=NOON + HOUR / 2)
    joining = schedule(loner, reviewer)
    leaving = schedule(articles_of(bundle)[0], reviewer)
    bundle.entries.first().delete()
    BundleEntry.objects.create(bundle=bundle, article=loner)

    follow_bundle(ReleaseBundle.objects.get(pk=bundle.pk))

    assert (fresh(joining).bundle, fresh(joining).due_at) == (bundle, DUE)
    assert (fresh(leaving).bundle, fresh(leaving).state) == (None, Release.State.HELD)


def test_an_article_with_a_later_time_of_its_own_is_refused_for_a_bundle(bundle, reviewer):
    article = articles_of(bundle)[0]
    edit(article, go_live_at=DUE + HOUR)

    with pytest.raises(NotPermitted, match="later than that of the bundle"):
        schedule(article, reviewer)


def test_the_editors_hear_of_a_release_that_left_its_bundle(bundle, reviewer, editor):
    leaving = schedule(articles_of(bundle)[0], reviewer)
    bundle.entries.first().delete()

    follow_bundle(ReleaseBundle.objects.get(pk=bundle.pk))

    mail = OutboxMessage.objects.get(key__startswith=f"release-held-{leaving.pk}-")
    assert mail.payload["to"] == [editor.email]
    assert "taken out of the bundle" in mail.payload["body"]


def test_a_bundle_that_went_out_leaves_later_releases_of_its_articles_alone(bundle, reviewer):
    for article in articles_of(bundle):
        schedule(article, reviewer)
    assert run_at(DUE) == 3
    edit(articles_of(bundle)[0], title="Newer words", go_live_at=DUE + 2 * DAY)
    later = schedule(articles_of(bundle)[0], reviewer)

    bundle.name = "Conference 2027"
    bundle.save()
    follow_bundle(bundle)

    assert (fresh(later).bundle, fresh(later).state, fresh(later).due_at) == (None, "planned", DUE + 2 * DAY)


@pytest.mark.parametrize(
    ("values", "words"),
    [({"embargo_until": DUE + HOUR}, "embargo"), ({"go_live_at": DUE + HOUR}, "later than that of the bundle")],
    ids=["embargo", "go-live"],
)
def test_an_open_release_is_not_pulled_before_its_time(bundle, reviewer, section, values, words):
    loner = ArticlePageFactory(parent=section, **values)
    joining = schedule(loner, reviewer)
    BundleEntry.objects.create(bundle=bundle, article=loner)

    with pytest.raises(NotPermitted, match=words):
        follow_bundle(ReleaseBundle.objects.get(pk=bundle.pk))

    assert (fresh(joining).bundle, fresh(joining).due_at) == (None, DUE + HOUR)


def test_a_bundle_says_which_article_cannot_go_out_at_its_time(bundle, reviewer):
    first, second, third = articles_of(bundle)
    for article in (first, second):
        schedule(article, reviewer)
    edit(first, go_live_at=DUE + HOUR)
    edit(third, embargo_until=DUE + HOUR)

    blockers = {article.pk: words for article, words in bundle_blockers(bundle)}

    assert set(blockers) == {first.pk, third.pk}
    assert "later than that of the bundle" in blockers[first.pk]
    assert "Not countersigned yet. Under embargo until" in blockers[third.pk]


def test_the_editors_hear_the_day_before_which_articles_a_bundle_lacks(bundle, reviewer, editor):
    *signed, missing = articles_of(bundle)
    releases = [schedule(article, reviewer) for article in signed]

    alerts.report(NOON)

    mails = OutboxMessage.objects.filter(key__startswith="release-preflight-")
    assert sorted(mail.key for mail in mails) == [f"release-preflight-{release.pk}-hour" for release in releases]
    for mail in mails:
        assert f"these are not ready: “{missing.title}”" in mail.payload["body"]


def test_nothing_is_mailed_about_a_complete_bundle(bundle, reviewer, editor):
    for article in articles_of(bundle):
        schedule(article, reviewer)

    alerts.report(NOON)

    assert preflight_mails() == []


# Wagtail's own screens and commands


def test_a_time_set_on_a_signed_revision_puts_it_on_the_ledger(article, reviewer):
    edit(article, go_live_at=DUE)
    sign(article, reviewer)
    revision = ArticlePage.objects.get(pk=article.pk).get_latest_revision()

    revision.approved_go_live_at = DUE
    revision.save(update_fields=["approved_go_live_at"])

    assert Release.objects.open().get(revision=revision).due_at == DUE
    assert run_at(DUE) == 1


def test_a_time_set_on_an_unsigned_revision_is_refused(article):
    revision = article.get_latest_revision()
    revision.approved_go_live_at = DUE

    with pytest.raises(NotPermitted):
        revision.save(update_fields=["approved_go_live_at"])


def test_a_time_taken_off_a_revision_takes_the_release_off(planned):
    planned.revision.approved_go_live_at = None
    planned.revision.save(update_fields=["approved_go_live_at"])

    assert fresh(planned).state == Release.State.CANCELLED


def test_the_unschedule_view_takes_the_release_off(planned, client, editor):
    client.force_login(editor)

    client.post(f"/admin/pages/{planned.article_id}/revisions/{planned.revision_id}/unschedule/")

    assert fresh(planned).state == Release.State.CANCELLED
    assert run_at(planned.due_at) == 0


@pytest.mark.parametrize("name", ["publish_scheduled", "publish_scheduled_pages"])
def test_wagtails_own_commands_run_the_ledger(planned, name, capsys):
    assert get_commands()[name] == "research"

    with time_machine.travel(planned.due_at, tick=False), publications() as published:
        call_command(name)

    assert published == {planned.article_id: 1}
    assert_done_once([planned])


def test_a_release_due_now_is_carried_out_as_its_transaction_ends(
    article, reviewer, django_capture_on_commit_callbacks
):
    line = sign(article, reviewer)
    revision = ArticlePage.objects.get(pk=article.pk).get_latest_revision()

    with django_capture_on_commit_callbacks(execute=True):
        release = release_soon(revision, user=reviewer, digest=line.digest)

    assert_done_once([release])
    assert fresh(release).done_at == timezone.now()
