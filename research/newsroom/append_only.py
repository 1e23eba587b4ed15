"""Tables whose lines are never changed or deleted, held by the database itself.

SQLite and PostgreSQL triggers refuse UPDATE and DELETE (on PostgreSQL TRUNCATE too). What a superuser
of the database does all the same, the hash chain shows.
"""

from typing import Any

TABLES = ("research_signoff", "research_contribution")


def install(connection: Any) -> None:
    """Put the triggers on every append-only table. Safe to call again."""
    for statement in _install_statements(connection.vendor):
        _run(connection, statement)


def remove(connection: Any) -> None:
    """Take the triggers off again: for reversing the migration, and before a test database is emptied."""
    for statement in _remove_statements(connection.vendor):
        _run(connection, statement)


def _run(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _install_statements(vendor: str) -> list[str]:
    if vendor == "postgresql":
        refuse = """
            CREATE OR REPLACE FUNCTION research_refuse_change() RETURNS trigger AS $$
            BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END;
            $$ LANGUAGE plpgsql
        """
        return [refuse, *(statement for table in TABLES for statement in _on_postgresql(table))]
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in TABLES
        for verb in ("update", "delete")
    ]


def _on_postgresql(table: str) -> list[str]:
    return [
        f"CREATE OR REPLACE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION research_refuse_change()",
        f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION research_refuse_change()",
    ]


def _remove_statements(vendor: str) -> list[str]:
    if vendor == "postgresql":
        names = [f"{table}_no_{name} ON {table}" for table in TABLES for name in ("change", "truncate")]
        return [
            *(f"DROP TRIGGER IF EXISTS {name}" for name in names),
            "DROP FUNCTION IF EXISTS research_refuse_change()",
        ]
    return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for table in TABLES for verb in ("update", "delete")]
