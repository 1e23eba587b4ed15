"""Jobs the runner does now and then, beside the ledger and never in its way.

They run in a thread of their own: a source that answers slowly must not make a publication late. When
several runners are up, each job is done by one of them.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import close_old_connections, transaction
from django.utils import timezone

from research import alerts, sentinel
from research.models.watch import PeriodicJob
from research.sources.checkers import configured_checkers

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 5.0
SENTINEL_STUDIES_A_ROUND = 400


def watch_sources(now: datetime) -> None:
    """Let the sentinel check what is due."""
    with configured_checkers() as checkers:
        sentinel.run(checkers, now, limit=SENTINEL_STUDIES_A_ROUND)


#: Each job with how often it is done.
JOBS: dict[str, tuple[timedelta, Callable[[datetime], None]]] = {
    "alerts": (timedelta(seconds=30), alerts.report_late),
    # It reads every version that goes live within a day.
    "preflight": (timedelta(minutes=5), alerts.report_preflight),
    "sentinel": (timedelta(minutes=10), watch_sources),
}


def take(name: str, every: timedelta, now: datetime) -> bool:
    """Return True when the job is due and nobody else has it; it is due again after ``every``."""
    with transaction.atomic():
        PeriodicJob.objects.get_or_create(name=name, defaults={"due_at": now})
        due = PeriodicJob.objects.filter(name=name, due_at__lte=now)
        return bool(due.update(due_at=now + every))


def run_due_jobs(now: datetime) -> list[str]:
    """Do every job that is due; a failing one is logged and the others go on. Return their names."""
    done = []
    for name, (every, job) in JOBS.items():
        try:
            if take(name, every, now):
                job(now)
                done.append(name)
        except Exception:
            logger.exception("The periodic job %r failed", name)
    return done


class PeriodicThread(threading.Thread):
    """Does the periodic jobs until told to stop."""

    def __init__(self) -> None:
        super().__init__(name="periodic jobs", daemon=True)
        self.stopped = threading.Event()

    def run(self) -> None:
        """Look for due jobs every few seconds."""
        while not self.stopped.is_set():
            run_due_jobs(timezone.now())
            close_old_connections()
            self.stopped.wait(LOOK_EVERY_SECONDS)

    def stop(self, *, wait_seconds: float = 5.0) -> None:
        """Ask the thread to stop and give the job at hand a moment to end."""
        self.stopped.set()
        self.join(wait_seconds)
