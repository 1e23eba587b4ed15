"""When the ledger's tests happen, and what they look at afterwards."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.utils import timezone
from wagtail.signals import page_published

from research.models import Release
from research.publishing.planning import run_due

NOON = timezone.datetime(2027, 3, 1, 12, 0, tzinfo=timezone.get_fixed_timezone(0))
HOUR = timedelta(hours=1)
DUE = NOON + HOUR


def run_at(moment: datetime) -> int:
    """Carry out what is due as the runner does at that moment."""
    with time_machine.travel(moment, tick=False):
        return run_due(timezone.now())


def fresh(release: Release) -> Release:
    """Return a release as it stands in the database."""
    return Release.objects.get(pk=release.pk)


@contextmanager
def publications() -> Iterator[Counter[int]]:
    """Count the signals of publication by page while the block runs."""
    counted: Counter[int] = Counter()

    def count(sender: type, instance: Any, **kwargs: Any) -> None:
        counted[instance.pk] += 1

    page_published.connect(count, weak=False)
    try:
        yield counted
    finally:
        page_published.disconnect(count)


@contextmanager
def failing(signal: Any, sender: type, is_victim: Any, error: type[Exception] = ConnectionError) -> Iterator[None]:
    """Make a signal's receivers raise for one instance while the block runs."""

    def fail(sender: type, instance: Any, **kwargs: Any) -> None:
        if is_victim(instance):
            raise error("injected")

    signal.connect(fail, sender=sender, weak=False)
    try:
        yield
    finally:
        signal.disconnect(fail, sender=sender)


def assert_done_once(releases: Iterable[Release]) -> None:
    """Each has one receipt with its digest, and was done once."""
    for release in releases:
        now = fresh(release)
        assert (now.state, now.reason) == (Release.State.DONE, ""), now
        assert now.receipt["digest"] == now.digest
        assert now.changes.filter(state=Release.State.DONE).count() == 1
