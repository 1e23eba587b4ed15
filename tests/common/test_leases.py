import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from common import leases
from common.models import OutboxMessage

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def message(key="k", **fields):
    return OutboxMessage.objects.create(kind="note", key=key, **{"due_at": NOW, **fields})


def test_waits_double_up_to_the_longest():
    back_off = leases.BackOff(first=MINUTE, longest=timedelta(hours=6))

    waits = [back_off.after(attempts) for attempts in (0, 1, 2, 3, 10_000)]

    assert waits == [MINUTE, MINUTE, 2 * MINUTE, 4 * MINUTE, timedelta(hours=6)]


@pytest.mark.django_db
def test_a_turn_is_taken_once_until_it_is_over():
    rows = OutboxMessage.objects.filter(pk=message().pk)

    turns = [leases.take_turn(rows, "due_at", now=now, length=MINUTE) for now in (NOW, NOW, NOW + MINUTE / 2)]

    assert turns == [True, False, False]
    assert leases.take_turn(rows, "due_at", now=NOW + MINUTE, length=MINUTE)


@pytest.mark.django_db
def test_what_was_never_taken_is_free():
    rows = OutboxMessage.objects.filter(pk=message().pk)

    assert leases.take_turn(rows, "sent_at", now=NOW, length=MINUTE)
    assert not leases.take_turn(rows, "sent_at", now=NOW, length=MINUTE)


@pytest.mark.django_db(transaction=True)
def test_eight_threads_take_one_turn():
    rows = OutboxMessage.objects.filter(pk=message().pk)
    start, turns = threading.Barrier(8), []

    def take():
        start.wait()
        turns.append(leases.take_turn(rows.all(), "due_at", now=NOW, length=MINUTE))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(turns) == [False] * 7 + [True]


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_kept_while_the_block_runs_and_not_after():
    row = message()
    rows = OutboxMessage.objects.filter(pk=row.pk)

    with leases.kept(rows, "due_at", timedelta(seconds=0.15), now=timezone.now()):
        threading.Event().wait(0.5)
        row.refresh_from_db()
        during = row.due_at
    threading.Event().wait(0.3)

    row.refresh_from_db()
    assert during > timezone.now() - timedelta(seconds=1)
    assert row.due_at < timezone.now()


@pytest.mark.django_db(transaction=True)
def test_a_lease_ends_with_a_block_that_fails():
    row = message()

    with (
        pytest.raises(ZeroDivisionError),
        leases.kept(OutboxMessage.objects.filter(pk=row.pk), "due_at", timedelta(seconds=0.15), now=timezone.now()),
    ):
        1 / 0  # noqa: B018

    assert not [thread for thread in threading.enumerate() if thread.name == "lease"]
