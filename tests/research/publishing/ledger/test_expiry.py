"""The expiry of what is not public yet: on the ledger from the moment its go-live is, and gone with it."""

from datetime import timedelta

import pytest
import time_machine

from research.admin.board.rescheduling import reschedule
from research.models import ArticlePage, PublishedArticle, Release
from research.publishing import ledger
from research.publishing.planning import release_soon
from tests.factories import edit, publish, schedule, sign
from tests.research.publishing.ledger.moments import DUE, HOUR, NOON, fresh, publications, run_at

pytestmark = pytest.mark.django_db

END = NOON + 2 * HOUR
PLANNED, DONE, CANCELLED = Release.State.PLANNED, Release.State.DONE, Release.State.CANCELLED


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def planned(article, reviewer):
    """A go-live in one hour of what expires in two."""
    edit(article, go_live_at=DUE, expire_at=END)
    return schedule(article, reviewer)


def expiries(article_id):
    lines = Release.objects.filter(article_id=article_id, kind=Release.Kind.UNPUBLISH).order_by("pk")
    return [(line.due_at, line.state) for line in lines]


def test_the_expiry_is_planned_with_the_go_live(planned):
    assert expiries(planned.article_id) == [(END, PLANNED)]


def test_it_is_the_same_line_that_takes_the_article_down(planned):
    assert (run_at(DUE), run_at(END)) == (1, 1)

    assert expiries(planned.article_id) == [(END, DONE)]
    assert not ArticlePage.objects.get(pk=planned.article_id).live


def test_without_an_expiry_time_there_is_no_line(article, reviewer):
    edit(article, go_live_at=DUE)

    schedule(article, reviewer)

    assert expiries(article.pk) == []


def test_a_newer_go_live_brings_its_own_expiry(planned, article, reviewer):
    edit(article, expire_at=END + HOUR)
    schedule(article, reviewer)
    assert expiries(article.pk) == [(END, CANCELLED), (END + HOUR, PLANNED)]

    edit(article, expire_at=None)
    schedule(article, reviewer)
    assert expiries(article.pk) == [(END, CANCELLED), (END + HOUR, CANCELLED)]


def test_moving_the_go_live_leaves_the_expiry(planned, editor):
    reschedule(planned, DUE + HOUR / 2, editor)

    assert expiries(planned.article_id) == [(END, PLANNED)]


def test_what_is_public_keeps_its_expiry_until_the_new_words_are(article, reviewer):
    edit(article, expire_at=END)
    publish(article, reviewer)

    edit(article, title="Newer words", go_live_at=DUE, expire_at=END + HOUR)
    schedule(article, reviewer)
    assert expiries(article.pk) == [(END, PLANNED)]

    run_at(DUE)
    assert expiries(article.pk) == [(END, CANCELLED), (END + HOUR, PLANNED)]


def test_a_go_live_that_is_cancelled_by_hand_takes_its_expiry_with_it(planned, editor):
    ledger.cancel(planned, user=editor)

    assert expiries(planned.article_id) == [(END, CANCELLED)]


def test_a_schedule_that_is_taken_off_takes_its_expiry_with_it(planned, client, editor):
    client.force_login(editor)

    client.post(f"/admin/pages/{planned.article_id}/revisions/{planned.revision_id}/unschedule/")

    assert expiries(planned.article_id) == [(END, CANCELLED)]


def test_a_cancelled_change_leaves_the_expiry_of_what_is_public(article, reviewer, editor):
    edit(article, expire_at=END)
    publish(article, reviewer)
    edit(article, title="Newer words", go_live_at=DUE)
    newer = schedule(article, reviewer)

    ledger.cancel(newer, user=editor)

    assert expiries(article.pk) == [(END, PLANNED)]


def test_an_old_failure_that_is_cancelled_leaves_the_expiry_of_what_took_its_place(planned, article, reviewer, editor):
    Release.objects.filter(pk=planned.pk).update(state=Release.State.FAILED)
    schedule(article, reviewer)

    ledger.cancel(fresh(planned), user=editor)

    assert expiries(article.pk) == [(END, PLANNED)]


def test_what_is_held_from_the_start_has_its_expiry_too(article, reviewer):
    edit(article, embargo_until=DUE + HOUR / 2, go_live_at=DUE, expire_at=END)
    line = sign(article, reviewer)

    release = release_soon(ArticlePage.objects.get(pk=article.pk).get_latest_revision(), digest=line.digest)

    assert (release.state, expiries(article.pk)) == (Release.State.HELD, [(END, PLANNED)])


def test_what_is_past_both_times_settles_both_lines_and_never_flashes_up(planned):
    with publications() as published:
        assert [run_at(END + HOUR) for _ in range(2)] == [0, 0]

    assert not published
    assert fresh(planned).state == CANCELLED
    assert expiries(planned.article_id) == [(END, CANCELLED)]
    assert not PublishedArticle.objects.exists()


def test_an_expiry_waits_for_no_go_live_that_is_held(planned):
    Release.objects.filter(pk=planned.pk).update(state=Release.State.HELD)

    run_at(END)

    assert expiries(planned.article_id) == [(END, CANCELLED)]
    assert Release.objects.overdue(END + timedelta(minutes=5)).get() == planned


def test_a_held_go_live_that_is_tried_after_its_expiry_never_flashes_up(planned, editor):
    Release.objects.filter(pk=planned.pk).update(state=Release.State.HELD)
    run_at(END)

    with time_machine.travel(END + HOUR, tick=False):
        ledger.try_again(fresh(planned), user=editor)
    with publications() as published:
        assert run_at(END + HOUR) == 0

    assert not published
    assert fresh(planned).state == CANCELLED
