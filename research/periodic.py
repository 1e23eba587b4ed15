"""Jobs the runner does now and then, beside the ledger and never in its way.

Each runs in a thread of its own: a source that answers slowly must make neither a publication nor an alert
late. When several runners are up, each job is done by one of them.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from wagtail.admin.models import EditingSession

from common import clock
from common.leases import kept, take_turn
from common.printing import stored
from research.models.watch import PeriodicJob
from research.publishing import alerts, public_pictures, sections
from research.publishing.lists import keeping
from research.reading.article import ahead
from research.record import jobs, late, re_reviews, searches, sentinel, signature_queue
from research.record.checkers import configured_checkers
from research.review import guests
from research.review.transparency import checkpoint_delivery, checkpoints

logger = logging.getLogger(__name__)

# Delivers what a checkpoint leaves in the outbox.
__all__ = ["JOBS", "checkpoint_delivery", "guests", "run_due_jobs", "take"]

LOOK_EVERY_SECONDS = 5.0


def watch_sources(now: datetime) -> None:
    """Let the sentinel check all that is due: after a pause of weeks one round catches up."""
    with configured_checkers() as checkers:
        sentinel.run(checkers, now)


def ask_searches(now: datetime) -> None:
    """Ask the saved searches that are due; each is asked once a day."""
    searches.ask_due(now)


def resume_imports(now: datetime) -> None:
    """Queue the imports whose wait is over, and those that a worker left lying."""
    jobs.resume_silent(now)


def keep_lists(now: datetime) -> None:
    """Take out of lists what time ended; nobody is shown it meanwhile, but it is counted."""
    keeping.end_what_time_ended(now)


def count_lists(now: datetime) -> None:
    """Count every list from its rows."""
    wrong = keeping.count_anew(now)
    if wrong:
        logger.warning("%d lists were counted wrongly and are right again", wrong)


def put_lists_right(now: datetime) -> None:
    """Give articles the places in lists that they should have, and the addresses."""
    moved, mended = sections.put_right(), keeping.put_right(now)
    if mended:
        logger.warning("%d articles stood in other lists than they should, and do so no more", mended)
    if moved:
        logger.warning(
            "The articles of %d sections stood at other addresses than they should, and do so no more", moved
        )


def seal_signatures(now: datetime) -> None:
    """Make a checkpoint of signatures that none covers yet."""
    checkpoints.make_due(now)


def remind_of_re_reviews(now: datetime) -> None:
    """Remind of full reviews that come up; each stage is told of once, however often this runs."""
    re_reviews.remind(now)


def clean_up(now: datetime) -> None:
    """Remove what no longer says anything: who had an editor open over an hour ago, sessions that ended, old prints."""
    stored.sweep()
    EditingSession.objects.filter(last_seen_at__lt=now - EditingSession.STALE_TIMEOUT).delete()
    Session.objects.filter(expire_date__lt=now).delete()


#: Each job with how often it is done; an app above this one adds its own when it is ready.
JOBS: dict[str, tuple[timedelta, Callable[[datetime], None]]] = {
    "alerts": (timedelta(seconds=30), alerts.report_late),
    "late-go-lives": (timedelta(minutes=5), late.report),
    # It reads every version that goes live within a day.
    "preflight": (timedelta(minutes=5), alerts.report_preflight),
    "signature-queue": (timedelta(minutes=10), signature_queue.remind),
    "re-reviews": (timedelta(hours=1), remind_of_re_reviews),
    "clean-up": (timedelta(minutes=15), clean_up),
    "public-pictures": (timedelta(days=1), public_pictures.sweep),
    "sentinel": (timedelta(minutes=10), watch_sources),
    "searches": (timedelta(minutes=10), ask_searches),
    "imports": (timedelta(seconds=10), resume_imports),
    "printing": (timedelta(minutes=1), ahead.print_new),
    "lists": (timedelta(minutes=1), keep_lists),
    "places": (timedelta(minutes=10), put_lists_right),
    "counts": (timedelta(hours=24), count_lists),
    # Within the time that a stored page is kept: then its proof is there.
    "checkpoint": (timedelta(minutes=1), seal_signatures),
}


def take(name: str, every: timedelta, now: datetime) -> bool:
    """Return True when the job is due and nobody else has it; it is due again after ``every``."""
    with transaction.atomic():
        PeriodicJob.objects.get_or_create(name=name, defaults={"due_at": now})
        return take_turn(PeriodicJob.objects.filter(name=name), "due_at", now=now, length=every)


def run_due_jobs(now: datetime, names: Iterable[str] | None = None) -> int:
    """Do what is due of these jobs, or of all; a failing one is logged and the others go on.

    Returns:
        How many were done.
    """
    done, tell_time = 0, clock.going_on_from(now)
    for name in JOBS if names is None else names:
        try:
            done += _do(name, *JOBS[name], tell_time())
        except Exception:
            logger.exception("The periodic job %r failed", name)
    return done


def _do(name: str, every: timedelta, job: Callable[[datetime], None], now: datetime) -> bool:
    """Do a job that is due, where nobody else does; nobody else begins it meanwhile, however long it takes."""
    if not take(name, every, now):
        return False
    row = PeriodicJob.objects.filter(name=name)
    with kept(row, "due_at", every, now=now):
        job(now)
    row.filter(due_at__gt=now + every).update(due_at=now + every)
    return True
