"""Tables whose lines are never changed or deleted, held by the database itself.

SQLite and PostgreSQL triggers refuse UPDATE and DELETE (on PostgreSQL TRUNCATE too) and, on SQLite, whatever
``OR REPLACE`` would delete without a word to a delete trigger. Two kinds of rows may change in one way each:
what is erasable may be erased, and a release may change until it is done. What a superuser of the database does
all the same, the chains and their checkpoints show.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """What the database holds about one table.

    ``keys`` are its unique columns, and groups of columns that are unique together. ``refused`` is the SQL condition,
    on OLD and NEW, of an update that is refused; ``kept`` the one, on OLD, of a row that is not deleted. Empty: always.
    """

    table: str
    keys: tuple[str | tuple[str, ...], ...]
    refused: str = ""
    kept: str = ""


def _all_but(permitted: str) -> str:
    return f"NOT ({permitted})"


CHAINED = ("sequence", "line_hash")
ERASED = "NEW.line_id = OLD.line_id AND NEW.salt = ''"
VERSIONED = ("id", "article_id", "number", "digest", "published_at")
SETTLED = ("id", "article_id", "kind", "state", "digest", "due_at", "done_at")

RULES = (
    Rule("research_signoff", CHAINED),
    Rule("research_contribution", CHAINED),
    Rule("research_receipt", CHAINED),
    Rule("research_checkpoint", ("size",)),
    Rule("research_checkpointstamp", ("checkpoint_id",)),
    Rule("research_inclusionproof", ("line_id",)),
    Rule("research_erasure", ("id",)),
    Rule(
        "research_signoffpersonal",
        ("line_id",),
        refused=_all_but(
            f"{ERASED} AND NEW.name = '' AND NEW.credentials = '' AND NEW.conflict_statement = '' "
            "AND NEW.comment = '' AND CAST(NEW.answers AS TEXT) = '[]'"
        ),
    ),
    Rule("research_contributionpersonal", ("line_id",), refused=_all_but(f"{ERASED} AND NEW.username = ''")),
    Rule(
        "research_sealedcontent",
        ("digest",),
        refused=_all_but(
            "NEW.digest = OLD.digest AND OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL AND NEW.canonical = ''"
        ),
    ),
    Rule(
        "research_publishedversion",
        ("id", ("article_id", "number")),
        refused=" OR ".join(f"NEW.{column} <> OLD.{column}" for column in VERSIONED),
    ),
    Rule(
        "research_release",
        ("id",),
        refused="NEW.id <> OLD.id OR (OLD.state = 'done' AND ("
        + " OR ".join(f"NEW.{column} <> OLD.{column}" for column in SETTLED)
        + " OR NEW.done_at IS NULL OR CAST(NEW.receipt AS TEXT) <> CAST(OLD.receipt AS TEXT)))",
        kept="OLD.state = 'done'",
    ),
)

FUNCTION = "research_refuse_change"
BODY = "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END;"


def install(connection: Any) -> None:
    """Put the triggers on every append-only table, in the place of what is there. Safe to call again."""
    remove(connection)
    if connection.vendor == "postgresql":
        _run(connection, f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger AS $${BODY}$$ LANGUAGE plpgsql")
    for name, statement in triggers(connection.vendor):
        _run(connection, f"CREATE TRIGGER {name} {statement}")


def remove(connection: Any) -> None:
    """Take the triggers off again: for reversing the migration, and before a test database is emptied."""
    for rule in RULES:
        for name, _ in _triggers_of(rule, connection.vendor):
            on_table = f" ON {rule.table}" if connection.vendor == "postgresql" else ""
            _run(connection, f"DROP TRIGGER IF EXISTS {name}{on_table}")
    if connection.vendor == "postgresql":
        _run(connection, f"DROP FUNCTION IF EXISTS {FUNCTION}()")


def missing(connection: Any) -> list[str]:
    """Return the names of triggers that are not there, are switched off, or are not the ones put on."""
    found = _found(connection)
    return [name for name, statement in triggers(connection.vendor) if found.get(name) != _as_found(name, statement)]


def reinstall_if_missing(connection: Any) -> None:
    """Put the triggers back after migrations: SQLite drops them with a table that it makes anew."""
    tables = set(connection.introspection.table_names())
    if all(rule.table in tables for rule in RULES) and missing(connection):
        install(connection)


def triggers(vendor: str) -> list[tuple[str, str]]:
    """Return every trigger: its name, and the statement that makes it from there on."""
    return [made for rule in RULES for made in _triggers_of(rule, vendor)]


def _triggers_of(rule: Rule, vendor: str) -> Iterator[tuple[str, str]]:
    refuse = f"EXECUTE FUNCTION {FUNCTION}()"
    if vendor != "postgresql":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{rule.table} is append-only'); END"
    for verb, condition in (("update", rule.refused), ("delete", rule.kept)):
        when = f"WHEN ({condition}) " if condition else ""
        yield f"{rule.table}_no_{verb}", f"BEFORE {verb.upper()} ON {rule.table} FOR EACH ROW {when}{refuse}"
    if vendor == "postgresql":
        yield f"{rule.table}_no_truncate", f"BEFORE TRUNCATE ON {rule.table} FOR EACH STATEMENT {refuse}"
        return
    # OR REPLACE deletes the row in the way, and no delete trigger hears of it.
    groups = [(key,) if isinstance(key, str) else key for key in rule.keys]
    same = " OR ".join(" AND ".join(f"{rule.table}.{key} = NEW.{key}" for key in group) for group in groups)
    kept = f" AND ({rule.kept.replace('OLD.', f'{rule.table}.')})" if rule.kept else ""
    there = f"EXISTS (SELECT 1 FROM {rule.table} WHERE ({same}){kept})"  # noqa: S608 - our own names
    yield f"{rule.table}_no_replace", f"BEFORE INSERT ON {rule.table} FOR EACH ROW WHEN ({there}) {refuse}"


def _as_found(name: str, statement: str) -> str:
    """Return what the catalogue says of a trigger as it should be."""
    return statement if " FUNCTION " not in statement else f"{name} {BODY}"


def _found(connection: Any) -> dict[str, str]:
    """Return the triggers of the database by name; on PostgreSQL those that are on, with what they do."""
    if connection.vendor == "postgresql":
        rows = _rows(
            connection,
            "SELECT tgname, tgname || ' ' || prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
            "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')",
        )
        return dict(rows)
    rows = _rows(connection, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {name: sql.removeprefix(f"CREATE TRIGGER {name} ") for name, sql in rows}


def _rows(connection: Any, statement: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _run(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
