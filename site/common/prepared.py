"""Statements of the ORM that are put together once: for some, that takes longer than their answer."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

#: Stands for the time in a statement that is put together before it is known.
NO_MOMENT = datetime(1, 1, 2, tzinfo=UTC)

Statement = tuple[str, list[Any]]


def places(number: int, after: int = 0) -> list[int]:
    """Return keys that no row has, for so many that are known later, after those that stand for others."""
    return [-place for place in range(after + 1, after + number + 1)]


def prepared(rows: QuerySet) -> Statement:
    """Return the statement of a query set, and its values, in which NO_MOMENT and places stand for others."""
    statement, values = rows.query.sql_with_params()
    moment = connection.ops.adapt_datetimefield_value(NO_MOMENT)
    return statement, [NO_MOMENT if value == moment else value for value in values]


def carried_out(prepared: Statement, keys: Sequence[int], now: datetime) -> list[tuple[Any, ...]]:
    """Return the rows of a statement for some keys, in the order of their places, at a moment."""
    statement, values = prepared
    given: dict[Any, Any] = dict(zip(places(len(keys)), keys, strict=True))
    given[NO_MOMENT] = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(statement, [given.get(value, value) for value in values])
        return list(cursor.fetchall())


def converted(model: type[Model], name: str, value: Any) -> Any:
    """Return a value of a column, as a statement here has it, as the field of this name would."""
    field = model._meta.get_field(name)
    column = field.get_col(model._meta.db_table)  # type: ignore[union-attr] # all of them are columns
    for convert in converters_of(column):
        value = convert(value, column, connection)
    return value


def converters_of(column: Any) -> list[Any]:
    """Return the functions by which Django makes the field's value of what the database has in a column, in turn."""
    return [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
