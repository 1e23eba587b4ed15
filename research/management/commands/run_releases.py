"""The runner: carries out releases, delivers the outbox, and does the periodic jobs."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone

from common import clock
from common.leases import BackOff
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
# After a round that failed. Never long: a release must not wait for a database that is back.
BACK_OFF = BackOff(first=timedelta(seconds=1), longest=timedelta(seconds=10))
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
            self._run_once()
            return
        stopped = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopped.set())
        self._run_until(stopped, interval)

    def _run_once(self) -> None:
        try:
            now = clock.now()
        except clock.ClockNotTrusted as refused:
            report_clock(str(refused), timezone.now())
            raise CommandError(str(refused)) from refused
        tell_time = clock.going_on_from(now)
        for loop in LOOPS:
            Heartbeat.objects.beat(loop, now)
        done = self.round(now)
        run_due_jobs(tell_time())
        self.stdout.write(f"{done} release{'' if done == 1 else 's'} carried out")

    def _run_until(self, stopped: threading.Event, interval: float) -> None:
        # A mail server or a source that does not answer must not make a publication late.
        jobs = {name: partial(run_due_jobs, names=[name]) for name in JOBS}
        aside = {name: partial(repeat, stopped, LOOK_EVERY_SECONDS, job) for name, job in jobs.items()}
        # By a clock that nobody believes, too: the mails that tell of it have to leave.
        aside["outbox"] = partial(repeat, stopped, interval, beating("outbox", deliver), tell_time=clock.steady)
        threads = [threading.Thread(target=loop, name=name, daemon=True) for name, loop in aside.items()]
        for thread in threads:
            thread.start()
        carry_out = partial(run_due, limit=A_ROUND, stopping=stopped.is_set)
        repeat(stopped, interval, beating("releases", carry_out), tell_time=partial(believed, "releases"))
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
    """Return the work with a sign of life after it, now and then: a loop that hangs, or always fails, gives none."""
    next_beat = 0.0

    def work_and_beat(now: datetime) -> int:
        nonlocal next_beat
        tell_time = clock.going_on_from(now)
        done = work(now)
        if time.monotonic() >= next_beat:
            Heartbeat.objects.beat(name, tell_time())
            next_beat = time.monotonic() + BEAT_EVERY_SECONDS
        return done

    return work_and_beat


def limit(sender: type, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Set the runner's own time-outs on a new connection to PostgreSQL."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name, value in LIMITS.items():
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def believed(loop: str = "") -> datetime | None:
    """Return the time to judge by; None, after telling people, when no clock is to be believed."""
    try:
        return clock.now()
    except clock.ClockNotTrusted as refused:
        report_clock(str(refused), timezone.now())
        if loop:  # it is alive, and has nothing to go by
            Heartbeat.objects.beat(loop, timezone.now())
        return None


def repeat(
    stopped: threading.Event,
    interval: float,
    work: Work,
    *,
    tell_time: Callable[[], datetime | None] = believed,
) -> None:
    """Do a piece of work every ``interval`` seconds, and at once again while there is more of it.

    Without a time nothing is done. A round that fails is logged, and the next one waits a little longer.
    """
    failures = 0
    while not stopped.is_set():
        done, wait = 0, 0.0
        try:
            done = _round(work, tell_time)
            failures = 0
        except Exception as error:  # whatever it is, the loop goes on: what is due waits in the database
            failures += 1
            wait = BACK_OFF.after(failures).total_seconds()
            logger.exception(_what_failed(error))
        if not done:
            stopped.wait(max(interval, wait))


def _round(work: Work, tell_time: Callable[[], datetime | None]) -> int:
    try:
        now = tell_time()
        return work(now) if now is not None else 0
    finally:
        close_old_connections()


def _what_failed(error: Exception) -> str:
    if not isinstance(error, Error):
        return "A round of the runner failed; trying again"
    is_locked = connection.vendor == "sqlite" and "locked" in str(error)
    return SQLITE_IS_LOCKED if is_locked else "The database did not answer; trying again"
