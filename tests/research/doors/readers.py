"""What readers see after a door was tried, at every address; read again only where it may be another.

A page is made of rows and of what is cached. Most doors stay shut and change neither, so what the pages said of exactly
these rows and caches is not asked of them again. Which tables they read is noted while they are made.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.db import connection
from django.test import Client

from research.models import ArticlePage
from tests.research.doors.scenes import SECRET

LISTS = ("/", "/ms/", "/ms/topics/", "/search/?q=trial")


@dataclass(frozen=True)
class Seen:
    """Every list, and every address that an article row could be read at, as one text; and what a search found."""

    pages: str
    found: tuple[int, str]


class Readers:
    """Those who read the site of this process's tests."""

    def __init__(self) -> None:
        self._tables: set[str] = set()
        self._seen: dict[bytes, Seen] = {}

    def look(self) -> Seen:
        """Return what readers see now."""
        cached = _cached()
        known = self._seen.get(self._made_of(cached))
        if known is not None:
            return known
        with _noted_tables() as tables:
            seen = _look()
        if not tables <= self._tables:
            self._tables |= tables
            self._seen.clear()  # told apart by fewer tables than they are made of
        self._seen[self._made_of(cached)] = seen
        return seen

    def _made_of(self, cached: str) -> bytes:
        """Return what tells the pages of one state from those of another."""
        digest = hashlib.sha256(cached.encode())
        with connection.cursor() as cursor:
            for table in sorted(self._tables):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a table of ours
                digest.update(repr((table, sorted(map(repr, cursor.fetchall())))).encode())
        return digest.digest()


def _look() -> Seen:
    client = Client()
    addresses = [f"/{page.get_parent().slug}/{page.slug}/" for page in ArticlePage.objects.all()]
    pages = [client.get(address) for address in (*LISTS, *addresses)]
    # The page prints the words that were searched for, so look at what it found.
    search = client.get(f"/search/?q={SECRET}").context
    return Seen(
        "".join(page.content.decode() for page in pages if page.status_code in (200, 410)),
        (search["total"], search["results"]),
    )


def _cached() -> str:
    """Return what the caches of this process hold."""
    return repr([sorted(cache._cache.items()) for cache in caches.all()])


@contextmanager
def _noted_tables() -> Iterator[set[str]]:
    """Note the tables that statements name."""
    known, noted = set(connection.introspection.table_names()), set()

    def note(execute: Callable[..., Any], sql: str, *how: Any) -> Any:
        noted.update(known.intersection(re.findall(r"\w+", sql)))
        return execute(sql, *how)

    with connection.execute_wrapper(note):
        yield noted


readers = Readers()
