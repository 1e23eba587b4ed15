"""Where the words of articles are found: FTS5 on SQLite, full text with trigrams on PostgreSQL.

Both answer the same ``Query`` with the same shapes, so that nothing else in ``search`` knows the database.
"""

from django.db import connection

from search.engines.base import Engine
from search.engines.postgres import PostgresEngine
from search.engines.shapes import Found, Query, Words
from search.engines.sqlite import SqliteEngine

__all__ = ["Engine", "Found", "Query", "Words", "engine"]


def engine() -> Engine:
    """Return the one for the site's database."""
    return PostgresEngine() if connection.vendor == "postgresql" else SqliteEngine()
