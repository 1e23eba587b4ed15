"""Caches outside, such as a CDN: what they are told with a page, and when to throw one away.

Wagtail's frontend cache backends know how each of them is told. They may keep a page for as long as we do, so one
that misses a purge is wrong for less than a minute.
"""

import uuid
from collections.abc import Iterable

from django.conf import settings
from wagtail.contrib.frontend_cache.tasks import purge_urls_from_cache_task

from common.models import OutboxMessage
from common.outbox import enqueue, register
from common.page_store.answers import Answer, Headers
from common.page_store.settled import settled

KIND = "front-cache"
#: Addresses in one message: services outside take only so many at once.
A_MESSAGE = 500


@settled()
def is_on() -> bool:
    """Tell whether a cache stands in front of this site."""
    return bool(settings.WAGTAILFRONTENDCACHE)


def headers_of(answer: Answer) -> Headers:
    """Return what a kept answer tells the caches outside; browsers go on to ask each time."""
    lifetime = f"max-age={answer.seconds_left()}"
    return [
        ("CDN-Cache-Control", lifetime),
        ("Surrogate-Control", lifetime),
        ("Cache-Tag", ",".join(answer.tags)),
        ("Surrogate-Key", " ".join(answer.tags)),
    ]


def purge_urls(urls: Iterable[str]) -> None:
    """Let the runner tell the caches outside, again until they take it."""
    found = sorted(urls)
    for start in range(0, len(found), A_MESSAGE):
        enqueue(KIND, f"{KIND}-{uuid.uuid4().hex}", {"urls": found[start : start + A_MESSAGE]})


@register(KIND)
def deliver(message: OutboxMessage) -> None:
    """Tell the caches outside to throw these addresses away."""
    purge_urls_from_cache_task.call(message.payload["urls"])
