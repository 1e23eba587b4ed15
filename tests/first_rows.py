"""What migrations wrote into the test database, kept and brought back as rows: no model, no signal."""

from typing import Any

from django.db import connection, transaction

# By table: the names of its columns, and its rows.
Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def read_rows() -> Rows:
    """Return every row of every model's table; tables without rows are left out."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a table of ours
            rows = cursor.fetchall()
            if rows:
                found[table] = ([column[0] for column in cursor.description], rows)
    return found


def write_rows(rows_by_table: Rows) -> None:
    """Write rows into tables that have none; references may point ahead until the end."""
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        for table, (columns, rows) in rows_by_table.items():
            names, places = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({places})", rows)  # noqa: S608
