"""Nothing is published by a clock that is wrong."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from common import clock
from common.models import OutboxMessage
from research.management.commands import run_releases
from research.models import PublishedArticle, Release
from research.publishing.carrying_out.runner import run_soon
from research.review.guard import NotPermitted, permit
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, edit, editor_user, schedule

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
START = timezone.datetime(2027, 3, 1, 12, 0, tzinfo=timezone.get_fixed_timezone(0))


@pytest.fixture(autouse=True)
def _checked(settings, monkeypatch):
    """Check clocks as a site does; each test is a process that has just begun."""
    settings.BELIEVE_PROCESS_CLOCK = False
    monkeypatch.setattr(clock, "_steady", clock.SteadyClock())


def reading(wall_seconds: float, monotonic: float) -> clock.Reading:
    return clock.Reading(START + timedelta(seconds=wall_seconds), monotonic)


def test_a_clock_that_goes_on_is_believed_also_when_it_is_set_right_by_seconds():
    steady = clock.SteadyClock()

    for wall, monotonic in ((0, 100), (1, 101), (4, 102), (3600, 3700), (3597, 3701)):
        steady.check(reading(wall, monotonic))


@pytest.mark.parametrize(("off", "words"), [(3600, "3600 seconds ahead"), (-3600, "3600 seconds back")])
def test_a_jump_is_refused_until_it_is_undone(off, words):
    steady = clock.SteadyClock()
    steady.check(reading(0, 100))

    for later in (1, 2, 600):
        with pytest.raises(clock.ClockNotTrusted, match=words):
            steady.check(reading(off + later, 100 + later))

    steady.check(reading(601, 701))


def test_a_new_process_believes_the_clock_it_finds():
    clock.SteadyClock().check(reading(3600, 0))


def test_the_process_clock_is_refused_after_a_jump():
    clock.now()

    with time_machine.travel(timezone.now() + HOUR), pytest.raises(clock.ClockNotTrusted, match="ahead"):
        clock.now()

    assert abs(clock.now() - timezone.now()) < timedelta(seconds=5)


@pytest.mark.postgres
def test_on_postgresql_the_database_tells_the_time():
    with time_machine.travel(timezone.now() + timedelta(seconds=7)):
        assert timezone.now() - clock.now() > timedelta(seconds=6)


@pytest.mark.postgres
def test_on_postgresql_a_process_that_began_an_hour_fast_is_refused():
    with time_machine.travel(timezone.now() + HOUR), pytest.raises(clock.ClockNotTrusted, match="the database's"):
        clock.now()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_on_postgresql_the_time_goes_on_within_a_transaction():
    from django.db import transaction

    with transaction.atomic():
        first = clock.now()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")
        assert clock.now() - first >= timedelta(seconds=0.2)


@pytest.fixture
def release(settings):
    """A release that is due in half an hour, planned while the clock was right."""
    editor_user()
    settings.BELIEVE_PROCESS_CLOCK = True
    due_at = timezone.now() + HOUR / 2
    planned = schedule(ArticlePageFactory(parent=TopicIndexPageFactory(), go_live_at=due_at))
    settings.BELIEVE_PROCESS_CLOCK = False
    return planned


def test_a_runner_whose_clock_jumps_publishes_nothing_and_tells_people_once_an_hour(release):
    run_releases.believed()
    with time_machine.travel(timezone.now() + HOUR, tick=False):
        for _ in range(3):
            assert run_releases.believed() is None
        with pytest.raises(CommandError, match="ahead"):
            call_command("run_releases", once=True)

    assert Release.objects.get().state == Release.State.PLANNED
    assert not PublishedArticle.objects.exists()
    told = OutboxMessage.objects.get(key__startswith="clock-")
    assert "3600 seconds ahead" in told.payload["body"]


def test_a_web_process_whose_clock_jumps_leaves_the_release_to_a_runner(release):
    clock.now()
    with time_machine.travel(timezone.now() + HOUR):
        assert run_soon(release.pk) == 0

    assert not PublishedArticle.objects.exists()


def test_an_embargo_does_not_end_by_a_clock_that_jumped(release):
    article = edit(release.article, embargo_until=timezone.now() + HOUR / 2)
    clock.now()

    with time_machine.travel(timezone.now() + HOUR), pytest.raises(NotPermitted, match="seconds ahead"):
        permit(article)


def test_the_loops_of_the_runner_do_nothing_by_a_clock_that_jumped(monkeypatch):
    done, stopped = [], threading.Event()
    monkeypatch.setattr(stopped, "wait", lambda seconds: stopped.set())
    clock.now()

    with time_machine.travel(timezone.now() + 24 * 365 * HOUR):
        run_releases.repeat(stopped, 1.0, done.append)

    assert done == []


def test_the_mail_about_a_clock_that_jumped_leaves():
    editor_user()
    clock.now()

    with time_machine.travel(timezone.now() + 24 * 365 * HOUR):
        run_releases.believed()
        moment = clock.steady()
        run_releases.deliver(moment)

    assert abs(moment - timezone.now()) < timedelta(seconds=5)
    assert [message.subject for message in mail.outbox] == ["Nothing is published: a clock is wrong"]


def test_a_moment_goes_on_whatever_is_done_to_the_clock():
    tell_time = clock.going_on_from(START)

    with time_machine.travel(timezone.now() + HOUR):
        assert timedelta(0) <= tell_time() - START < timedelta(seconds=5)
