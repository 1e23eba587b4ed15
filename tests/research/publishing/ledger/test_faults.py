"""Something fails at each step of one of fifty releases that are due together."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import DataError, InterfaceError, OperationalError, transaction
from django.db.models.signals import post_save, pre_save
from PIL import UnidentifiedImageError
from wagtail.signals import page_published

from common.faults import is_of_environment
from common.models import OutboxMessage
from common.outbox import deliver_due
from research.models import ArticlePage, PublishedArticle, Release
from research.publishing import alerts, ledger
from research.publishing.alerts import report_late
from research.publishing.carrying_out.runner import BACK_OFF, MAX_FAULTS
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, editor_user, reviewer_user, schedule
from tests.factories.fixtures import small_artwork
from tests.research.publishing.ledger import breaking_index, breaking_mail
from tests.research.publishing.ledger.moments import DUE, NOON, assert_done_once, failing, fresh, publications, run_at

pytestmark = pytest.mark.django_db

HOW_MANY = 50
VICTIM = 17

# Where it fails: the signal, the model, and which row.
PLACES = {
    "before claim": (pre_save, Release, lambda r, row: row.pk == r.pk and row.state == Release.State.DUE),
    "after claim": (post_save, Release, lambda r, row: row.pk == r.pk and row.state == Release.State.CLAIMED),
    "before the row is written": (pre_save, ArticlePage, lambda r, page: page.pk == r.article_id),
    "after the row is written": (post_save, ArticlePage, lambda r, page: page.pk == r.article_id),
    "as readers' words are sealed": (pre_save, PublishedArticle, lambda r, sealed: sealed.page_id == r.article_id),
    "after save": (page_published, ArticlePage, lambda r, page: page.pk == r.article_id),
    "as the receipt is written": (
        post_save,
        Release,
        lambda r, row: row.pk == r.pk and row.state == Release.State.DONE,
    ),
}


def fault(place: str, victim: Release, error: type[Exception] = ConnectionError):
    """Make this place fail for one release while a block runs."""
    signal, model, is_victim = PLACES[place]
    return failing(signal, model, lambda row: is_victim(victim, row), error)


class StoreError(Exception):
    """What the client of a store raises, which is none of Python's own errors."""

    __module__ = "botocore.exceptions"


# Faults of what we run on, as Python, the database and clients name them.
OF_THE_ENVIRONMENT = {
    "refused": ConnectionError,
    "timed out": TimeoutError,
    "disk full": OSError,
    "database away": OperationalError,
    "connection lost": InterfaceError,
    "out of memory": MemoryError,
    "store away": StoreError,
}
OF_THE_ARTICLE = {"a value": ValueError, "a key": KeyError, "a column": DataError, "no picture": UnidentifiedImageError}


@pytest.fixture(scope="module")
def planned_once(django_db_setup, django_db_blocker) -> Iterator[list[Release]]:
    """Fifty signed releases for one moment, planned once for this file and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOON, tick=False), small_artwork():
            section, reviewer = TopicIndexPageFactory(), reviewer_user()
            editor_user()
            articles = [ArticlePageFactory(parent=section, go_live_at=DUE) for _ in range(HOW_MANY)]
            releases = [schedule(article, reviewer) for article in articles]
        yield releases
        transaction.set_rollback(True)


@pytest.fixture
def releases(planned_once, db) -> list[Release]:
    return planned_once


@pytest.fixture(autouse=True)
def _nothing_broken() -> Iterator[None]:
    yield
    breaking_index.BROKEN.clear()
    breaking_index.ADDED.clear()
    breaking_mail.REFUSED.clear()


@pytest.mark.parametrize("place", PLACES)
def test_a_fault_in_one_of_fifty_delays_that_one_alone(releases, place):
    victim = releases[VICTIM]
    others = [release for release in releases if release != victim]

    with publications() as published, fault(place, victim):
        assert run_at(DUE) == HOW_MANY - 1
        first = fresh(victim)
        assert_done_once(others)
        assert {fresh(release).done_at for release in others} == {DUE}
        assert not ArticlePage.objects.get(pk=victim.article_id).live
        assert not PublishedArticle.objects.filter(page_id=victim.article_id).exists()

        assert run_at(first.next_attempt_at - timedelta(seconds=1)) == 0
        assert run_at(first.next_attempt_at) == 0
        second = fresh(victim)
    assert (first.attempts, second.attempts) == (1, 2)
    # The first attempt came after the releases before it, whose seconds are real ones.
    assert first.next_attempt_at >= DUE + BACK_OFF.after(1)
    assert second.next_attempt_at >= first.next_attempt_at + BACK_OFF.after(2)
    assert "injected" in second.reason

    with publications() as once_more:
        assert run_at(second.next_attempt_at) == 1
        assert run_at(second.next_attempt_at + timedelta(days=1)) == 0
    assert_done_once(releases)
    assert once_more == {victim.article_id: 1}
    assert {published[release.article_id] for release in others} == {1}
    assert PublishedArticle.objects.count() == HOW_MANY


@pytest.mark.parametrize("place", PLACES)
def test_a_fault_of_the_article_that_stays_is_given_up_with_one_mail_and_can_be_tried_again(releases, place):
    victim = alone(releases)
    now = DUE
    with fault(place, victim, ValueError):
        for _ in range(MAX_FAULTS + 2):
            assert run_at(now) == 0
            now = max(now + timedelta(seconds=1), fresh(victim).next_attempt_at)

    assert fresh(victim).state == Release.State.FAILED
    assert victim.changes.filter(state=Release.State.FAILED).count() == 1
    assert OutboxMessage.objects.filter(key__startswith="release-failed-").count() == 1

    with publications() as published:
        ledger.try_again(fresh(victim), user=None)
        assert run_at(now) == 1
    assert_done_once([victim])
    assert published == {victim.article_id: 1}


@pytest.mark.parametrize("place", ["before claim", "as readers' words are sealed"])
def test_a_fault_of_what_we_run_on_is_tried_again_without_end_and_told_all_the_while(releases, place):
    victim = alone(releases)
    now, waits = DUE, []
    with fault(place, victim):
        while now < DUE + timedelta(hours=13):
            assert run_at(now) == 0
            report_late(now)
            waits.append(fresh(victim).next_attempt_at - now)
            now += waits[-1]

    assert fresh(victim).state == Release.State.PLANNED
    assert {round(wait / BACK_OFF.longest, 3) for wait in waits[10:]} == {1}
    assert alerts.numbers(now).late == 1
    told = OutboxMessage.objects.filter(key__startswith="release-late-").values_list("payload__body", flat=True)
    assert len(told) == 3
    assert "injected" in list(told)[-1]
    # One line says it; one for each attempt would hide it.
    assert victim.changes.filter(reason__contains="injected").count() == 1
    with publications() as published:
        assert run_at(now) == 1
    assert_done_once([victim])
    assert published == {victim.article_id: 1}


@pytest.mark.parametrize("name", [*OF_THE_ENVIRONMENT, *OF_THE_ARTICLE])
def test_only_the_articles_own_faults_are_given_up(releases, name):
    victim = alone(releases)
    now = DUE
    with fault("after save", victim, {**OF_THE_ENVIRONMENT, **OF_THE_ARTICLE}[name]):
        for _ in range(MAX_FAULTS + 2):
            run_at(now)
            now = max(now + timedelta(seconds=1), fresh(victim).next_attempt_at)

    expected = Release.State.FAILED if name in OF_THE_ARTICLE else Release.State.PLANNED
    assert fresh(victim).state == expected


def test_what_was_away_for_long_leaves_the_article_all_its_own_attempts(releases):
    victim = alone(releases)
    now = DUE
    with fault("after save", victim):
        for _ in range(MAX_FAULTS * 2):
            run_at(now)
            now = fresh(victim).next_attempt_at
    with fault("after save", victim, ValueError):
        run_at(now)

    assert fresh(victim).state == Release.State.PLANNED


def test_an_error_that_stands_for_another_is_judged_by_the_one_it_came_from():
    stands_for_another = ValueError("no picture")
    stands_for_another.__cause__ = ConnectionResetError("gone")

    assert is_of_environment(stands_for_another)
    assert not is_of_environment(ValueError("no picture"))


def alone(releases: list[Release]) -> Release:
    """Take all releases but one off the ledger, and return that one."""
    victim = releases[VICTIM]
    for release in releases:
        if release != victim:
            ledger.cancel(release, user=None)
    return victim


@pytest.mark.indexed
def test_a_search_index_that_fails_delays_nothing_and_is_tried_again(releases, settings):
    settings.WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "tests.research.publishing.ledger.breaking_index"}}
    victim = releases[VICTIM].article_id
    breaking_index.BROKEN.add(victim)

    with publications() as published:
        assert run_at(DUE) == HOW_MANY
    assert_done_once(releases)
    assert set(published.values()) == {1}
    assert victim not in breaking_index.ADDED
    deliver_due(DUE, limit=1000)
    waiting = OutboxMessage.objects.filter(kind="task", state=OutboxMessage.State.PENDING)
    assert {message.attempts for message in waiting} == {1}

    breaking_index.BROKEN.clear()
    deliver_due(DUE + timedelta(hours=1), limit=1000)
    assert victim in breaking_index.ADDED
    assert not waiting.all().exists()


def test_a_mail_server_that_fails_delays_nothing_and_is_tried_again(releases, settings):
    settings.EMAIL_BACKEND = "tests.research.publishing.ledger.breaking_mail.EmailBackend"
    title = ArticlePage.objects.get(pk=releases[VICTIM].article_id).title
    breaking_mail.REFUSED.add(title)

    assert run_at(DUE) == HOW_MANY
    deliver_due(DUE, limit=1000)
    assert_done_once(releases)
    assert sum("Published" in sent.subject for sent in mail.outbox) == HOW_MANY - 1

    breaking_mail.REFUSED.clear()
    deliver_due(DUE + timedelta(hours=1), limit=1000)
    deliver_due(DUE + timedelta(hours=9), limit=1000)
    assert [sent.subject for sent in mail.outbox].count(f"Published: {title}") == 1


@pytest.mark.indexed
def test_a_background_task_that_fails_for_good_is_given_up_by_the_outbox_only(releases, settings):
    settings.WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "tests.research.publishing.ledger.breaking_index"}}
    breaking_index.BROKEN.add(releases[VICTIM].article_id)

    run_at(DUE)
    for day in range(1, 30):
        deliver_due(DUE + timedelta(days=day), limit=1000)

    assert OutboxMessage.objects.failed().filter(kind="task").exists()
    assert fresh(releases[VICTIM]).state == Release.State.DONE
