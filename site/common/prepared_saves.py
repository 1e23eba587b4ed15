"""Writing rows by statements that are put together once for each table and its columns.

``Model.save`` puts its INSERT or UPDATE together anew each time, which takes longer than the database needs for it.
Who saves, what is checked before, and who is told of it stays Django's.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import chain, islice
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.models import AutoField, Model

# SQLite takes 32,766 in one statement.
MOST_VALUES = 30_000
IGNORED = {"sqlite": ("INSERT OR IGNORE INTO", ""), "postgresql": ("INSERT INTO", " ON CONFLICT DO NOTHING")}


class PreparedSaves:
    """A row that is written by such statements; put it before ``Model``."""

    # As Django 5.2 calls it; 6 also asks for columns back.
    def _do_update(self, *args: Any, **kwargs: Any) -> Any:
        base_qs, using, pk_val, values, *_ = args
        given = _plain((field, value) for field, _model, value in values)
        if not given or base_qs.model._meta.select_on_save:
            return super()._do_update(*args, **kwargs)  # type: ignore[misc]
        fields = tuple(field for field, _ in given)
        key = base_qs.model._meta.pk.get_db_prep_save(pk_val, connections[using])
        with connections[using].cursor() as cursor:
            cursor.execute(_update(base_qs.model, fields, using), [*_stored(given, using), key])
            return cursor.rowcount > 0

    def _do_insert(self, manager: Any, using: str, fields: Any, returning_fields: Any, raw: bool) -> Any:
        given = _plain((field, getattr(self, field.attname) if raw else field.pre_save(self, True)) for field in fields)
        is_numbered = all(isinstance(field, AutoField) for field in returning_fields)
        if not given or not is_numbered or not connections[using].features.can_return_columns_from_insert:
            return super()._do_insert(manager, using, fields, returning_fields, raw)  # type: ignore[misc]
        statement = _insert(manager.model, tuple(field for field, _ in given), tuple(returning_fields), using)
        with connections[using].cursor() as cursor:
            cursor.execute(statement, _stored(given, using))
            return [cursor.fetchone()] if returning_fields else []


def insert_all(
    model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], *, ignore_conflicts: bool = False
) -> None:
    """Write new rows of a table; no instance is made of them, and nobody is told. A few thousand are one statement.

    Args:
        model: of the table.
        columns: the names of fields, as on an instance (``article_id``): all that have to have a value.
        rows: each with the values of these fields.
        ignore_conflicts: leave out those that are there already.
    """
    using = router.db_for_write(model) or DEFAULT_DB_ALIAS
    fields = _fields(model, tuple(columns))
    left, at_most = iter(rows), MOST_VALUES // len(fields)
    while given := list(islice(left, at_most)):
        statement = _insert_all(model, fields, len(given), ignore_conflicts, using)
        values = chain.from_iterable(_stored(zip(fields, row, strict=True), using) for row in given)
        with connections[using].cursor() as cursor:
            cursor.execute(statement, list(values))


@cache
def _fields(model: type[Model], names: tuple[str, ...]) -> tuple[Any, ...]:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    return tuple(by_name[name] for name in names)


def _plain(values: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return fields and values; none where one is for the database to work out."""
    given = list(values)
    is_worked_out = any(
        hasattr(value, "resolve_expression") or hasattr(field, "get_placeholder") for field, value in given
    )
    return [] if is_worked_out else given


def _stored(values: Iterable[tuple[Any, Any]], using: str) -> list[Any]:
    connection = connections[using]
    return [field.get_db_prep_save(value, connection) for field, value in values]


@cache
def _update(model: type[Model], fields: tuple[Any, ...], using: str) -> str:
    quote = connections[using].ops.quote_name
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    return f"UPDATE {table} SET {columns} WHERE {table}.{key} = %s"  # noqa: S608 - names of the model's own


@cache
def _insert(model: type[Model], fields: tuple[Any, ...], returned: Sequence[Any], using: str) -> str:
    quote = connections[using].ops.quote_name
    table = quote(model._meta.db_table)
    ending = f" RETURNING {', '.join(f'{table}.{quote(field.column)}' for field in returned)}" if returned else ""
    return f"INSERT INTO {table} {_columns(fields, 1, using)}{ending}"


@lru_cache(maxsize=1_000)
def _insert_all(model: type[Model], fields: tuple[Any, ...], rows: int, ignore_conflicts: bool, using: str) -> str:
    connection = connections[using]
    how, ending = IGNORED[connection.vendor] if ignore_conflicts else ("INSERT INTO", "")
    table = connection.ops.quote_name(model._meta.db_table)
    return f"{how} {table} {_columns(fields, rows, using)}{ending}"


def _columns(fields: Sequence[Any], rows: int, using: str) -> str:
    names = ", ".join(connections[using].ops.quote_name(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    return f"({names}) VALUES {', '.join([row] * rows)}"
