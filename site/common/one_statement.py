"""Several questions to the database in one statement, where each on its own would be a way there and back.

The screens of the admin put many short lists beside each other. Each list stays a query set of its own, with its own
filter, order and limit; only the way to the database is shared. Nothing is kept: what is read here is as fresh as if
each had been asked alone.
"""

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, QuerySet, Value, Window
from django.db.models.functions import JSONArray, RowNumber

Key = TypeVar("Key", bound=Hashable)
Statement = tuple[str, Sequence[Any]]
# What PostgreSQL hands out as values of its own, and JSON has as text.
WRITTEN_AS_TEXT = frozenset({"DateTimeField", "DateField", "TimeField", "UUIDField"})


def read_each(asked: Mapping[Key, QuerySet[Any, Any]]) -> dict[Key, list[Any]]:
    """Return the rows of several query sets by their key, each in its own order, in one statement.

    Args:
        asked: query sets of whole rows, or of ``values(...)``, which come back as dicts. Sliced ones are fine; rows
            that are joined (``select_related``), counted, distinct, or hold bytes are not for this.
    """
    parts = {key: _Part(number, rows) for number, (key, rows) in enumerate(asked.items())}
    statements = [part.statement for part in parts.values() if part.statement]
    found: dict[int, list[tuple[int, list[Any]]]] = {}
    for number, place, row in _ask(statements) if statements else ():
        found.setdefault(number, []).append((place, json.loads(row) if isinstance(row, str) else row))
    return {key: part.rows_of(found.get(part.number, [])) for key, part in parts.items()}


def which_have_rows(asked: Mapping[Key, QuerySet[Any, Any]]) -> set[Key]:
    """Return the keys of the query sets that find anything, in one statement."""
    found = read_each({key: rows.order_by().values("pk")[:1] for key, rows in asked.items()})
    return {key for key, rows in found.items() if rows}


def _ask(statements: Sequence[Statement]) -> list[tuple[int, int, Any]]:
    given = list(chain.from_iterable(values for _, values in statements))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(sql for sql, _ in statements), given)
        return cursor.fetchall()


class _Part:
    """One of the query sets: its own statement, and how its rows come back."""

    def __init__(self, number: int, rows: QuerySet[Any, Any]) -> None:
        self.number, self.model, self.is_dicts = number, rows.model, rows._fields is not None
        self.names: list[str] = [*rows._fields] if rows._fields is not None else _columns_of(rows)
        order = rows.query.order_by or (rows.model._meta.ordering if rows.query.default_ordering else ())
        place = Window(RowNumber(), order_by=[*order]) if order else Value(0)
        columns = rows.annotate(row_place=place, row_values=JSONArray(*(F(name) for name in self.names)))
        query = columns.values_list("row_place", "row_values").query
        resolve = query.clone()
        self.readers = [_reader_of(F(name).resolve_expression(resolve)) for name in self.names]
        self.statement = self._statement(query)

    def _statement(self, query: Any) -> Statement | None:
        if not query.is_sliced:
            query.clear_ordering(force=True)
        try:
            sql, given = query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            return None
        part = f"part{self.number}"
        return f"SELECT {self.number}, {part}.row_place, {part}.row_values FROM ({sql}) AS {part}", given  # noqa: S608 - a query set's own

    def rows_of(self, found: list[tuple[int, list[Any]]]) -> list[Any]:
        """Return rows, or dicts where values were asked for, in their order."""
        found.sort(key=lambda pair: pair[0])
        rows = [[read(value) for read, value in zip(self.readers, row, strict=True)] for _, row in found]
        if self.is_dicts:
            return [dict(zip(self.names, row, strict=True)) for row in rows]
        return [self.model.from_db(connection.alias, self.names, row) for row in rows]


def _columns_of(rows: QuerySet[Any, Any]) -> list[str]:
    """Return the columns of whole rows; with ``only(...)`` those, the others are read when they are asked for."""
    names, is_left_out = rows.query.deferred_loading
    fields = rows.model._meta.concrete_fields
    if is_left_out:
        return [field.attname for field in fields if field.name not in names]
    return [field.attname for field in fields if field.name in names or field.primary_key]


def _reader_of(column: Any) -> Callable[[Any], Any]:
    """Return what makes of a value in JSON what Django makes of it when it reads the column alone."""
    field = column.output_field
    convert = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]

    def read(value: Any) -> Any:
        if value is None:
            return None
        if field.get_internal_type() == "JSONField":
            is_text = isinstance(value, str) and connection.vendor == "sqlite"
            return field.from_db_value(value, column, connection) if is_text else value
        if connection.vendor != "sqlite" and field.get_internal_type() in WRITTEN_AS_TEXT:
            value = field.to_python(value)
        for one in convert:
            value = one(value, column, connection)
        return value

    return read
