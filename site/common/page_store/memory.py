"""What many pages show alike is asked once, and remembered while nothing of it changes."""

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.db.models import Model

from common.page_store.changes import has_written, version_of
from common.page_store.shown import being_made, reads

Answer = TypeVar("Answer")
KEPT_SECONDS = 60
#: For what decides who may see a page: on another machine, this comes on top of the minute of the page itself.
ACCESS_SECONDS = 10
#: Some caches take no longer key, with what is put before it; and readers may ask for any address.
LONGEST_KEY = 250


def remembered(key: str, tables: tuple[type[Model], ...], ask: Callable[[], Answer]) -> Answer:
    """Return what ``ask`` reads of some tables, from memory if nothing of them changed since.

    Where pages are kept, all processes of this machine follow a change once it is committed; elsewhere within a minute.

    Args:
        key: what is remembered, and of what; where no pages are kept, who deletes it lets this process ask again.
        tables: the models of all that is read. None as an answer is not remembered.
    """
    reads(*tables)
    if has_written(*tables):
        return ask()
    return _kept(f"{key}{version_of(*tables)}", ask, KEPT_SECONDS)


def remembered_for_pages(
    key: str, tables: tuple[type[Model], ...], ask: Callable[[], Answer], *, seconds: int = KEPT_SECONDS
) -> Answer:
    """Return what ``remembered`` does while a page is made for the store; else what ``ask`` reads now.

    A request that such a page is made for writes nothing, so it has seen nothing that is not committed. Pages that
    are kept are followed by other processes in the same way, so elsewhere a change may be seen after both times.
    """
    version = version_of(*tables) if being_made.get() is not None else ""
    if not version:
        return ask()
    reads(*tables)
    return _kept(f"{key}{version}", ask, seconds)


def _kept(key: str, ask: Callable[[], Answer], seconds: int) -> Answer:
    if len(cache.make_key(key)) > LONGEST_KEY:
        return ask()
    found: Answer | None = cache.get(key)
    if found is None:
        found = ask()
        cache.set(key, found, seconds)
    return found
