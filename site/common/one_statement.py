"""Several questions to the database in one statement, where each on its own would be a way there and back.

The screens of the admin put many short lists beside each other. Each list stays a query set of its own, with its own
filter, order and limit; only the way to the database is shared. Nothing is kept: what is read here is as fresh as if
each had been asked alone.
"""

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber

from common.prepared import OWN, converters_of

Key = TypeVar("Key", bound=Hashable)
Statement = tuple[str, Sequence[Any]]
PLACE = "row_place"
TO_JSON = {"sqlite": "JSON_ARRAY", "postgresql": "JSONB_BUILD_ARRAY"}
# What PostgreSQL hands out as values of its own, and JSON has as text.
WRITTEN_AS_TEXT = frozenset({"DateTimeField", "DateField", "TimeField", "UUIDField"})


def read_each(asked: Mapping[Key, QuerySet[Any, Any]]) -> dict[Key, list[Any]]:
    """Return the rows of several query sets by their key, each in its own order, in one statement.

    Args:
        asked: query sets of whole rows, or of ``values(...)``, which come back as dicts. Sliced ones are fine; rows
            come without those beside them (``select_related``). Such as are counted, distinct, or hold bytes are not
            for this.
    """
    return OneStatement(asked).read()


class OneStatement(Generic[Key]):
    """Several query sets as one statement, put together once."""

    def __init__(self, asked: Mapping[Key, QuerySet[Any, Any]], stand_ins: Sequence[int] = ()) -> None:
        """Take what ``read_each`` does, in which some numbers may stand for keys that are known later."""
        self.parts = {key: _Part(number, rows) for number, (key, rows) in enumerate(asked.items())}
        statements = [part.statement for part in self.parts.values() if part.statement]
        self.statement = " UNION ALL ".join(sql for sql, _ in statements)
        place = {number: at for at, number in enumerate(stand_ins)}
        given = chain.from_iterable(values for _, values in statements)
        self.values = [(place.get(value, OWN) if isinstance(value, int) else OWN, value) for value in given]

    def read(self, keys: Sequence[int] = ()) -> dict[Key, list[Any]]:
        """Return the rows of each query set for some keys, in the order of what stands for them."""
        found: dict[int, list[tuple[int, list[Any]]]] = {}
        for number, place, row in self._ask(keys) if self.statement else ():
            found.setdefault(number, []).append((place, json.loads(row) if isinstance(row, str) else row))
        return {key: part.rows_of(found.get(part.number, [])) for key, part in self.parts.items()}

    def _ask(self, keys: Sequence[int]) -> list[tuple[int, int, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(self.statement, [value if at == OWN else keys[at] for at, value in self.values])
            return cursor.fetchall()


class _Part:
    """One of the query sets: its own statement, and how its rows come back."""

    def __init__(self, number: int, rows: QuerySet[Any, Any]) -> None:
        self.number, self.model = number, rows.model
        self.is_dicts = getattr(rows, "_fields", None) is not None
        order = rows.query.order_by or (rows.model._meta.ordering if rows.query.default_ordering else ())
        self.is_ordered = bool(order)
        if order:
            rows = rows.annotate(**{PLACE: Window(RowNumber(), order_by=[*order])})
        self.query: Any = rows.query.chain()
        self.query.select_related = False  # of each row its own columns
        if not self.query.is_sliced:
            self.query.clear_ordering(force=True)
        self.statement = self._statement()

    def _statement(self) -> Statement | None:
        compiler = self.query.get_compiler(connection=connection)
        try:
            sql, given = compiler.as_sql(with_col_aliases=True)
        except EmptyResultSet:
            return None
        selected = [
            (column, connection.ops.quote_name(alias)) for column, _, alias in compiler.select if alias != PLACE
        ]
        columns = [column for column, _ in selected]
        self.names = self._names(columns)
        self.readers = [(at, read) for at, column in enumerate(columns) if (read := _reader_of(column)) is not None]
        part, names = f"part{self.number}", ", ".join(alias for _, alias in selected)
        values = f"{TO_JSON[connection.vendor]}({names})"
        place = f"{part}.{PLACE}" if self.is_ordered else "0"
        return f"SELECT {self.number}, {place}, {values} FROM ({sql}) AS {part}", given  # noqa: S608 - its own

    def _names(self, columns: Sequence[Any]) -> list[str]:
        if not self.is_dicts:
            return [column.target.attname for column in columns]
        query: Any = self.query
        return [name for name in query.selected or (*query.values_select, *query.annotation_select) if name != PLACE]

    def rows_of(self, found: list[tuple[int, list[Any]]]) -> list[Any]:
        """Return rows, or dicts where values were asked for, in their order."""
        found.sort(key=lambda pair: pair[0])
        for _, row in found:
            for at, read in self.readers:
                row[at] = None if row[at] is None else read(row[at])
        if self.is_dicts:
            return [dict(zip(self.names, row, strict=True)) for _, row in found]
        return [self.model.from_db(connection.alias, self.names, row) for _, row in found]


def _reader_of(column: Any) -> Callable[[Any], Any] | None:
    """Return what makes of a value in JSON what Django makes of it when it reads the column alone; None for itself."""
    field, vendor = column.output_field, connection.vendor
    kind = field.get_internal_type()
    if kind == "JSONField":
        return lambda value: field.from_db_value(value, column, connection) if _is_written(value) else value
    steps = converters_of(column)
    is_text = vendor != "sqlite" and kind in WRITTEN_AS_TEXT
    if not steps and not is_text:
        return None

    def read(value: Any) -> Any:
        value = field.to_python(value) if is_text else value
        for step in steps:
            value = step(value, column, connection)
        return value

    return read


def _is_written(value: Any) -> bool:
    """True for JSON that came as the text of it: SQLite has no type for it."""
    return isinstance(value, str) and connection.vendor == "sqlite"
