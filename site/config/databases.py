"""From one address to Django's database settings."""

from typing import Any

import dj_database_url

#: How long a writer waits for another one before SQLite gives up.
SQLITE_TIMEOUT_SECONDS = 20

# WAL lets readers go on while one writer writes; FULL keeps a committed publication through a power cut;
# IMMEDIATE takes the write lock at the start, so that waiting works and no transaction dies half-way.
# secure_delete overwrites what is erased, so that the file holds no name that the tables do not.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": SQLITE_TIMEOUT_SECONDS,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA secure_delete=ON;",
}


def database(url: str, *, keep_open_seconds: int = 60) -> dict[str, Any]:
    """Return the settings of one database.

    Args:
        url: `sqlite:///path` or `postgres://user:password@host:port/name`.
        keep_open_seconds: how long a PostgreSQL connection is kept for the next request.
    """
    parsed: dict[str, Any] = {**dj_database_url.parse(url)}
    if is_sqlite(parsed):
        parsed["OPTIONS"] = {**parsed.get("OPTIONS", {}), **SQLITE_OPTIONS}
        return parsed
    return {**parsed, "CONN_MAX_AGE": keep_open_seconds, "CONN_HEALTH_CHECKS": True}


def is_sqlite(settings: dict[str, Any]) -> bool:
    """Tell whether these database settings are for SQLite."""
    return str(settings["ENGINE"]).endswith("sqlite3")
