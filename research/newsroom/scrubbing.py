"""Making the database forget: what was erased from the tables must not stay in its files."""

import logging
from typing import Any

from django.db import Error

logger = logging.getLogger(__name__)


def scrub(connection: Any) -> bool:
    """Rewrite what holds deleted rows; call it outside a transaction. Return whether all of it could be done.

    SQLite rewrites its file and empties the write-ahead log, which waits for other connections; PostgreSQL
    clears dead rows. Back-ups and archived logs of before are the operator's to let expire.
    """
    if connection.in_atomic_block:
        raise RuntimeError("Scrubbing comes after the transaction that erased.")
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("VACUUM")
                return True
            for table in _full_text_tables(cursor):
                cursor.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")  # noqa: S608 - from the catalogue
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()[0]
            return not busy
    except Error:
        logger.exception("The database's files could not be scrubbed")
        return False


def _full_text_tables(cursor: Any) -> list[str]:
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%fts5%'")
    return [row[0] for row in cursor.fetchall()]
