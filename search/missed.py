"""What was looked for and not found, counted for editors: words and a number, nothing of who asked.

A GET writes nothing. Misses are counted in the process and written together once its answer is out: a crash loses
a minute's. Words that may name a person or an account (figures, an at sign, many words) are not kept at all.
"""

import logging
import re
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from search.models import MissedSearch

logger = logging.getLogger(__name__)

PLAIN = re.compile(r"[^\W\d_]+(?:[ '’‐-][^\W\d_]+){0,3}\Z")
LONGEST = 60
#: From how often on editors see it: what one person typed once stays theirs.
SHOWN_FROM = 3
KEPT_DAYS = 180
WRITE_AFTER_SECONDS = 60
MOST_WAITING = 500

_lock = threading.Lock()
_waiting: Counter[str] = Counter()
_since: list[float] = []


def note(text: str) -> None:
    """Count a search that found nothing; nothing is written yet."""
    words = " ".join(text.lower().split())
    if len(words) > LONGEST or not PLAIN.match(words):
        return
    with _lock:
        if words in _waiting or len(_waiting) < MOST_WAITING:
            _waiting[words] += 1
            _since.append(time.monotonic()) if not _since else None


def follow_request(sender: Any, **kwargs: Any) -> None:
    """After an answer is out: write what has waited long enough."""
    with _lock:
        since = _since[0] if _since else None
    if since is not None and time.monotonic() - since >= WRITE_AFTER_SECONDS:
        try:
            write()
        except DatabaseError:
            logger.exception("Searches without result were not counted")


def forget() -> dict[str, int]:
    """Let nothing wait any more; return what did."""
    with _lock:
        counted = dict(_waiting)
        _waiting.clear()
        _since.clear()
    return counted


def write() -> int:
    """Write what waits, forget what is old; return how many different searches were written."""
    counted = forget()
    today = timezone.localdate()
    with transaction.atomic():
        # In one order, so that two processes that count the same words wait for each other in turn.
        ordered = sorted(counted.items())
        MissedSearch.objects.bulk_create(
            [MissedSearch(words=words, last_on=today) for words, _ in ordered], ignore_conflicts=True
        )
        for words, times in ordered:
            MissedSearch.objects.filter(words=words).update(times=F("times") + times, last_on=today)
        MissedSearch.objects.filter(last_on__lt=today - timedelta(days=KEPT_DAYS)).delete()
    return len(counted)
