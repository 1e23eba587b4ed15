"""The time by which something may become public: nobody's clock is believed alone.

On PostgreSQL it is the database's time, one for all processes. On SQLite it is this machine's. On both, a
clock of this process that jumps against the machine's monotonic one is not believed, and neither is one that
the database contradicts: a clock an hour fast would end embargoes an hour early.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

logger = logging.getLogger("countersign.clock")

#: Clocks are set right by seconds; more at once is a mistake, or somebody's doing.
TOLERANCE = timedelta(seconds=10)


class ClockNotTrusted(RuntimeError):
    """No time can be told; the words say which clocks disagree, by how much, and what to do."""


@dataclass(frozen=True)
class Reading:
    """The process's clock beside the monotonic one, in seconds, at one moment."""

    wall: datetime
    monotonic: float


class SteadyClock:
    """Tells whether the process's clock goes on as it went when it was last believed."""

    def __init__(self) -> None:
        self._last: Reading | None = None
        self._lock = threading.Lock()

    def check(self, now: Reading) -> None:
        """Remember a reading that goes on from the one before.

        Raises:
            ClockNotTrusted: it is off by more than TOLERANCE. The reading before is kept, so a clock that is
                set back is believed again; one that stays off is believed by a new process only.
        """
        with self._lock:
            jump = self._jump(now)
            if abs(jump) > TOLERANCE:
                raise ClockNotTrusted(
                    f"The clock of this machine jumped {_by(jump, 'ahead', 'back')}. Nothing is published by it. "
                    "Set the clock right; if it is right now, start the processes again."
                )
            self._last = now

    def goes_on(self, monotonic: float) -> datetime | None:
        """Return the time as it went when the clock was last believed; None when it never was."""
        with self._lock:
            last = self._last
        return None if last is None else last.wall + timedelta(seconds=monotonic - last.monotonic)

    def _jump(self, now: Reading) -> timedelta:
        if self._last is None:
            return timedelta(0)
        passed = timedelta(seconds=now.monotonic - self._last.monotonic)
        return now.wall - self._last.wall - passed


_steady = SteadyClock()


def now() -> datetime:
    """Return the time by which releases, embargoes and signatures are judged.

    Raises:
        ClockNotTrusted: this process's clock jumped, or the database's differs from it.
    """
    wall = timezone.now()
    if settings.BELIEVE_PROCESS_CLOCK:
        return wall
    _steady.check(Reading(wall, _monotonic()))
    if connection.vendor != "postgresql":
        return wall
    judge = _of_database()
    # Read again: the statement may have waited, and what was waited for is no error of a clock.
    _compare(min(wall - judge, timezone.now() - judge, key=abs))
    return judge


def steady() -> datetime:
    """Return a time to wait by that no jump of this process's clock reaches; nothing becomes public by it.

    It is there when no clock is believed: the mails that tell of that have to leave.
    """
    if settings.BELIEVE_PROCESS_CLOCK:
        return timezone.now()
    if connection.vendor == "postgresql":
        return _of_database()
    return _steady.goes_on(_monotonic()) or timezone.now()


def going_on_from(moment: datetime) -> Callable[[], datetime]:
    """Return what tells the time from a moment on, whatever is done to the process's clock meanwhile."""
    began = _monotonic()
    return lambda: moment + timedelta(seconds=_monotonic() - began)


def _of_database() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")  # not now(), which stands still within a transaction
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)


def _compare(ahead: timedelta) -> None:
    if abs(ahead) > TOLERANCE:
        raise ClockNotTrusted(
            f"The clock of this machine is {_by(ahead, 'ahead of', 'behind')} the database's. Nothing is published "
            "until they agree. Set the wrong one right."
        )


def _monotonic() -> float:
    """Return seconds that go on while the machine sleeps, where it has such a clock: waking up is no jump."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def _by(off: timedelta, forward: str, backward: str) -> str:
    return f"{round(abs(off).total_seconds())} seconds {forward if off > timedelta(0) else backward}"
