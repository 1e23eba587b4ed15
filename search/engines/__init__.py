"""Where the words of articles are found: FTS5 on SQLite, full text with trigrams on PostgreSQL.

Both answer the same ``Query`` with the same shapes, so that nothing else in ``search`` knows the database.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db import connection

from search.engines.postgres import PostgresEngine
from search.engines.shapes import Found, Query, Words
from search.engines.sqlite import SqliteEngine

__all__ = ["Engine", "Found", "Query", "Words", "engine"]


class Engine(Protocol):
    """What a database must be able to do."""

    def put(self, words: Iterable[Words]) -> None:
        """Keep the words of articles, in place of those that were kept."""

    def remove(self, article_ids: Sequence[int]) -> None:
        """Forget the words of articles."""

    def find(self, query: Query, now: datetime) -> Found:
        """Return what a query finds at a moment; one statement."""

    def spellings(self, word: str) -> list[str]:
        """Return known words that share letters with a folded one, the likest first."""

    def holds(self, stems: Sequence[str], now: datetime) -> set[str]:
        """Return those of some stems that an article has which may be found now; one statement."""

    def raw_search(self, stem: str) -> list[tuple[str, list[Any]]]:
        """Return the plainest statements for one word: its ten best, and how many there are.

        This is what the cost of a page is measured against.
        """


def engine() -> Engine:
    """Return the one for the site's database."""
    return PostgresEngine() if connection.vendor == "postgresql" else SqliteEngine()
