"""What is late, failed or about to be refused, while there is time to do something about it."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from common.faults import for_each
from common.models import Heartbeat, OutboxMessage
from research.models.releases import Release
from research.newsroom.mails.releases import (
    PREFLIGHT_KEY,
    announce_clock,
    announce_late,
    announce_preflight,
    preflight_key,
)
from research.publishing.bundles import missing_words, refusal_words

logger = logging.getLogger(__name__)

LATE_AFTER = timedelta(minutes=2)
# The loops of the runner that must never stand still, and after what silence they count as dead. A release of
# many pictures takes a while.
LOOPS = ("releases", "outbox")
SILENT_AFTER = timedelta(minutes=2)
# What stays late is told again so often.
LATE_AGAIN = timedelta(hours=6)
# How long before its time a release is checked, and the word its one mail is known by.
PREFLIGHTS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"))


@dataclass(frozen=True)
class Numbers:
    """How the ledger stands; each a number of releases, ``outbox_failed`` of messages.

    What is held and overdue counts as late, too.
    """

    late: int
    held: int
    failed: int
    outbox_failed: int

    @property
    def is_red(self) -> bool:
        """True when something due is not public, or was given up."""
        return bool(self.late or self.failed or self.outbox_failed)


def late_releases(now: datetime) -> list[Release]:
    """Return what was due more than LATE_AFTER ago and is still not carried out, oldest first.

    What the guard held is among it: it was due and is not public.
    """
    return list(Release.objects.overdue(now - LATE_AFTER).select_related("article"))


def numbers(now: datetime | None = None) -> Numbers:
    """Return the ledger's state in numbers."""
    now = now or timezone.now()
    return Numbers(
        late=Release.objects.overdue(now - LATE_AFTER).count(),
        held=Release.objects.held().count(),
        failed=Release.objects.failed().unreplaced().count(),
        outbox_failed=OutboxMessage.objects.failed().count(),
    )


def report(now: datetime) -> None:
    """Tell the editors what is late, and what the guard would refuse when its time comes."""
    report_late(now)
    report_preflight(now)


def report_late(now: datetime) -> None:
    """Tell the editors what is late, and again every LATE_AGAIN as long as it is."""
    # What was held was told, with the reason, when it was held.
    late = [release for release in late_releases(now) if release.state != Release.State.HELD]
    for_each(
        late,
        lambda release: announce_late(release, time=(now - release.due_at) // LATE_AGAIN),
        "Nobody was told that release %s is late",
    )


def report_clock(words: str, now: datetime) -> None:
    """Tell the editors, once an hour, that the time cannot be told, so nothing is published."""
    logger.error("The clock is not believed: %s", words)
    announce_clock(words, f"{now:%Y-%m-%dT%H}")


def report_preflight(now: datetime) -> None:
    """Tell the editors, once a window each, what the guard would refuse when its time comes."""
    for_each(preflight(now), lambda found: announce_preflight(*found), "Nobody was told what is wrong with %s")


def preflight(now: datetime) -> Iterator[tuple[Release, str, str]]:
    """Yield each release of the coming day that the guard, or its bundle, would keep back at its time.

    With the smallest window of PREFLIGHTS it is in, and the reasons in words.
    """
    planned = Release.objects.filter(
        state=Release.State.PLANNED,
        kind=Release.Kind.PUBLISH,
        due_at__gt=now,
        due_at__lte=now + max(ahead for ahead, _ in PREFLIGHTS),
    )
    told = set(OutboxMessage.objects.filter(kind="mail", key__startswith=PREFLIGHT_KEY).values_list("key", flat=True))
    for release in planned.select_related("revision", "article", "bundle"):
        window = min((ahead, name) for ahead, name in PREFLIGHTS if release.due_at <= now + ahead)[1]
        if preflight_key(release, window) in told:
            continue
        words = _words_or_error(release)
        if words:
            yield release, window, words


def _words_or_error(release: Release) -> str:
    """One version that cannot even be read is reported, and keeps the others from nothing."""
    try:
        words = [refusal_words(release), missing_words(release.bundle) if release.bundle else ""]
        return " ".join(filter(None, words))
    except Exception as error:
        logger.exception("Release %s could not be checked ahead of its time", release.pk)
        return f"It could not be checked: {type(error).__name__}: {error}"


def health_detail() -> tuple[str, bool]:
    """Return the ledger's line for the health page: its words, and whether it is red."""
    found = numbers()
    words = f"{found.late} late, {found.failed} failed, {found.held} held, {found.outbox_failed} mails given up"
    return words, found.is_red


def runner_detail() -> tuple[str, bool]:
    """Return the runner's line for the health page: when each of its loops was last at work, and whether all are."""
    now = timezone.now()
    ages = {name: Heartbeat.objects.age(name, now) for name in LOOPS}
    words = ", ".join(
        f"{name} never seen at work" if age is None else f"{name} at work {age.total_seconds():.0f} s ago"
        for name, age in ages.items()
    )
    return words, any(age is None or age > SILENT_AFTER for age in ages.values())


def runner_metrics() -> dict[str, int]:
    """Return the seconds since each loop of the runner was last at work; -1 when it never was."""
    now = timezone.now()
    ages = {name: Heartbeat.objects.age(name, now) for name in LOOPS}
    return {
        f"countersign_{name}_seconds_since_work": -1 if age is None else int(age.total_seconds())
        for name, age in ages.items()
    }


def metrics() -> dict[str, int]:
    """Return the ledger's gauges by metric name."""
    found = numbers()
    return {
        "countersign_releases_late": found.late,
        "countersign_releases_held": found.held,
        "countersign_releases_failed": found.failed,
        "countersign_outbox_failed": found.outbox_failed,
    }
