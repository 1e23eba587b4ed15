"""Work that several processes look for and one of them does, and how long what failed waits.

A lease is a time in a row: until then the row is hidden from the others. Who works on it keeps moving that
time on; who dies stops doing so, and the row is free again soon after, without anybody having to notice.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import connection, models

from common import clock

logger = logging.getLogger(__name__)

Row = TypeVar("Row", bound=models.Model)

#: A lease is renewed so many times before it would end.
RENEWALS = 3
#: So much later than another process may one have read the time, and waited for that one's transaction since.
APART = timedelta(minutes=1)


@dataclass(frozen=True)
class BackOff:
    """Waits that double after each failure, up to a longest one."""

    first: timedelta
    longest: timedelta

    def after(self, attempts: int) -> timedelta:
        """Return the wait after that many failed attempts, at least one."""
        doublings = min(max(attempts, 1) - 1, 30)  # beyond any cap, and never an overflow
        return min(self.first * 2**doublings, self.longest)


def is_free(field: str, now: datetime, longest: timedelta) -> models.Q:
    """Return which rows may be taken: their time has come, or lies further ahead than the longest wait.

    Such a time was written by a clock that was wrong, and nobody may wait for it.
    """
    return models.Q(**{f"{field}__lte": now}) | models.Q(**{f"{field}__gt": now + longest + APART})


def first_free(rows: "models.QuerySet[Row]") -> Row | None:
    """Return the first row that no other process holds, locked until the transaction ends; None when there is none.

    Call it inside a transaction. On SQLite that transaction holds the one lock there is.
    """
    skip_locked = connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(skip_locked=skip_locked).first()


def take_turn(rows: "models.QuerySet[Any]", field: str, *, now: datetime, length: timedelta) -> bool:
    """Take rows whose lease is over and return True; False when somebody else has them.

    One statement, so that of any number of processes one succeeds.
    """
    free = models.Q(**{f"{field}__isnull": True}) | is_free(field, now, length)
    return bool(rows.filter(free).update(**{field: now + length}))


@contextmanager
def kept(rows: "models.QuerySet[Any]", field: str, length: timedelta, *, now: datetime) -> Iterator[None]:
    """Keep rows taken while a block runs, however long: their lease never ends earlier than ``length`` from then.

    It is renewed in a thread of its own, which has ended when the block has. ``now`` is when the block begins.
    """
    done, moment = threading.Event(), clock.going_on_from(now)
    renew = partial(_renew, done, lambda: rows.update(**{field: moment() + length}), length / RENEWALS)
    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _renew(done: threading.Event, renew: Callable[[], object], every: timedelta) -> None:
    try:
        while not done.wait(every.total_seconds()):
            try:
                renew()
            except Exception:  # whatever it is, the block goes on, and so does its lease
                logger.exception("A lease could not be renewed; trying again")
                connection.close()
    finally:
        connection.close()
