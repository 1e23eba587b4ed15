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

#: A process that stopped in the middle of a transaction keeps its locks; the server takes them after this.
IDLE_SECONDS = 60
#: How long a statement waits for somebody else's lock before it gives up.
LOCK_SECONDS = 30


def database(url: str, *, keep_open_seconds: int = 60, idle_seconds: int = IDLE_SECONDS) -> dict[str, Any]:
    """Return the settings of one database.

    Args:
        url: ``sqlite:///path`` or ``postgres://user:password@host:port/name``.
        keep_open_seconds: how long a connection is kept for the next request. A new one costs either database more
            than most requests do: SQLite reads all tables' definitions again.
        idle_seconds: how long a transaction may do nothing before PostgreSQL ends it; 0 for ever.
    """
    parsed: dict[str, Any] = {**dj_database_url.parse(url), "CONN_MAX_AGE": keep_open_seconds}
    if is_sqlite(parsed):
        parsed["OPTIONS"] = {**parsed.get("OPTIONS", {}), **SQLITE_OPTIONS}
        return parsed
    given = parsed.get("OPTIONS", {})
    limits = {"idle_in_transaction_session_timeout": f"{idle_seconds}s", "lock_timeout": f"{LOCK_SECONDS}s"}
    # What the address itself asks for comes last, and so wins.
    words = [*(f"-c {name}={value}" for name, value in limits.items()), given.get("options", "")]
    parsed["OPTIONS"] = {**given, "options": " ".join(filter(None, words))}
    return {**parsed, "CONN_HEALTH_CHECKS": True}


def is_sqlite(settings: dict[str, Any]) -> bool:
    """Tell whether these database settings are for SQLite."""
    return str(settings["ENGINE"]).endswith("sqlite3")
