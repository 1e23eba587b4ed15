"""The runner: carries out releases, delivers the outbox, and does the periodic jobs."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone

from common import clock
from common.models import Heartbeat, OutboxMessage
from common.outbox import deliver_due
from research.periodic import JOBS, LOOK_EVERY_SECONDS, run_due_jobs
from research.publishing.alerts import LOOPS, report_clock
from research.publishing.planning import run_due

logger = logging.getLogger(__name__)

# What became due meanwhile is looked for, and a request to stop is heard, at least this often.
A_ROUND = 25
GRACE_SECONDS = 5.0
BEAT_EVERY_SECONDS = 10.0
# The runner never waits long for one article: it comes back to it, and the others are due meanwhile.
LIMITS = {"lock_timeout": "10s", "statement_timeout": "60s"}
SQLITE_IS_LOCKED = (
    "Another process has kept SQLite's one write lock for longer than the time-out. What is due waits. Look for a "
    "process of this site that is stopped (state T in ps) or hangs, and end it: SQLite then undoes what it began."
)

#: Does what there is to do at a moment and returns how much that was.
Work = Callable[[datetime], int]


class Command(BaseCommand):
    """Carries out what is due, once or until stopped by SIGTERM."""

    help = (
        "Carries out due releases, sends what waits in the outbox and reports what is late. "
        "Any number may run; each release is carried out once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--once", action="store_true", help="one round, for cron")
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between rounds")

    def handle(self, *args: Any, once: bool = False, interval: float = 1.0, **options: Any) -> None:
        """Run one round, or a round every ``interval`` seconds until a signal asks to stop."""
        connection_created.connect(limit, dispatch_uid="run_releases.limit")
        if connection.connection is not None:
            limit(type(self), connection)
        if once:
            for loop in LOOPS:
                Heartbeat.objects.beat(loop, timezone.now())
            try:
                done = self.round(clock.now())
            except clock.ClockNotTrusted as refused:
                report_clock(str(refused), timezone.now())
                raise CommandError(str(refused)) from refused
            run_due_jobs(timezone.now())
            self.stdout.write(f"{done} release{'' if done == 1 else 's'} carried out")
            return
        stopped = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopped.set())
        self._run_until(stopped, interval)

    def _run_until(self, stopped: threading.Event, interval: float) -> None:
        # A mail server or a source that does not answer must not make a publication late.
        aside: dict[str, tuple[float, Work]] = {"outbox": (interval, beating("outbox", deliver))}
        aside |= {name: (LOOK_EVERY_SECONDS, partial(run_due_jobs, names=[name])) for name in JOBS}
        threads = [
            threading.Thread(target=repeat, args=(stopped, *what), name=name, daemon=True)
            for name, what in aside.items()
        ]
        for thread in threads:
            thread.start()
        carry_out = partial(run_due, limit=A_ROUND, stopping=stopped.is_set)
        repeat(stopped, interval, beating("releases", carry_out), clock=believed)
        deadline = time.monotonic() + GRACE_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def round(self, now: datetime) -> int:
        """Carry out what is due and deliver what waits; return the number of releases done."""
        done = run_due(now)
        deliver(now)
        return done


def deliver(now: datetime) -> int:
    """Deliver what waits in the outbox; return the number of messages sent. Nothing waiting costs one query."""
    if not OutboxMessage.objects.due(now).exists():
        return 0
    return deliver_due(now, limit=A_ROUND).sent


def beating(name: str, work: Work) -> Work:
    """Return the work with a sign of life before it, now and then: a loop that hangs gives none."""
    next_beat = 0.0

    def work_and_beat(now: datetime) -> int:
        nonlocal next_beat
        if time.monotonic() >= next_beat:
            Heartbeat.objects.beat(name, now)
            next_beat = time.monotonic() + BEAT_EVERY_SECONDS
        return work(now)

    return work_and_beat


def limit(sender: type, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Set the runner's own time-outs on a new connection to PostgreSQL."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name, value in LIMITS.items():
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def believed() -> datetime | None:
    """Return the time to judge by; None, after telling people, when no clock is to be believed."""
    try:
        return clock.now()
    except clock.ClockNotTrusted as refused:
        report_clock(str(refused), timezone.now())
        Heartbeat.objects.beat("releases", timezone.now())  # it is alive, and has nothing to go by
        return None


def repeat(
    stopped: threading.Event,
    interval: float,
    work: Work,
    *,
    clock: Callable[[], datetime | None] = timezone.now,
) -> None:
    """Do a piece of work every ``interval`` seconds, and at once again while there is more of it.

    Without a time from ``clock`` nothing is done.
    """
    while not stopped.is_set():
        done = 0
        try:
            now = clock()
            done = work(now) if now is not None else 0
        except Error as error:
            # A database that is away or busy comes back; what is due waits in its tables.
            is_locked = connection.vendor == "sqlite" and "locked" in str(error)
            logger.exception(SQLITE_IS_LOCKED if is_locked else "The database did not answer; trying again")
        close_old_connections()
        if not done:
            stopped.wait(interval)
