"""Statements of the ORM that are put together once: for most, that takes ten times as long as their answer."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, connections
from django.db.models import Model, QuerySet
from django.db.models.query import FlatValuesListIterable, get_related_populators

Row = TypeVar("Row")
#: The place of a value that is the statement's own.
OWN = -1


@dataclass(frozen=True)
class Kind:
    """What a value that is known later is: what stands for one until then, and how the database has it."""

    stand_in: Callable[[int], Any]
    as_stored: Callable[[Any], Any]
    is_many: bool = False

    def many(self) -> "Kind":
        """Return what several such values are."""
        return replace(self, is_many=True)


def _uuid_as_stored(value: Any) -> Any:
    return value if connection.features.has_native_uuid_field else value.hex


def _moment_as_stored(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


#: A number that is a key, a moment, a text, and a UUID.
# A number that every column of numbers can hold: of another Django knows that no row has it.
KEY = Kind(lambda place: 2_000_000_000 + place, int)
MOMENT = Kind(lambda place: datetime(1, 1, 2, tzinfo=UTC) + timedelta(hours=place), _moment_as_stored)
TEXT = Kind(lambda place: f"\N{SYMBOL FOR NULL}{place}", str)
IDENTITY = Kind(lambda place: UUID(int=place + 1), _uuid_as_stored)
KEYS, TEXTS, IDENTITIES = KEY.many(), TEXT.many(), IDENTITY.many()


class Prepared(Generic[Row]):
    """A query set that is put together once in a process, and asked with other values each time.

    What comes back is what the query set itself would give: rows with what is read beside them, or tuples, or single
    values of one column. Nothing that was read is kept.
    """

    def __init__(self, rows: Callable[..., QuerySet[Any, Row]], *kinds: Kind, is_as_stored: bool = False) -> None:
        """Take what makes the query set of its values.

        Args:
            rows: is called once for each number of keys, with what stands for the values.
            kinds: of the values, in turn; the statement uses each as it is given.
            is_as_stored: give tuples as the database has them, of which nobody makes values of Python.
        """
        self.rows, self.kinds, self.is_as_stored = rows, kinds, is_as_stored
        self._made: dict[tuple[int, ...], _Compiled] = {}

    def __call__(self, *values: Any) -> list[Row]:
        """Return the rows for some values."""
        return self.answer(*values).rows

    def answer(self, *values: Any) -> "Answer[Row]":
        """Return what the database has for some values, of which rows are made once somebody wants them."""
        given = [padded(value) if kind.is_many else (value,) for kind, value in zip(self.kinds, values, strict=True)]
        shape = tuple(map(len, given))
        made = self._made.get(shape)
        if made is None:
            made = self._made[shape] = self._compiled(shape)
        return made.ask([kind.as_stored(one) for kind, some in zip(self.kinds, given, strict=True) for one in some])

    def first(self, *values: Any) -> Row | None:
        """Return the first row for some values, if there is one."""
        return next(iter(self(*values)), None)

    def _compiled(self, shape: tuple[int, ...]) -> "_Compiled":
        places = iter(range(sum(shape)))
        stand_ins = [
            [kind.stand_in(next(places)) for _ in range(size)] for kind, size in zip(self.kinds, shape, strict=True)
        ]
        given = [some if kind.is_many else some[0] for kind, some in zip(self.kinds, stand_ins, strict=True)]
        stored = [kind.as_stored(one) for kind, some in zip(self.kinds, stand_ins, strict=True) for one in some]
        return _Compiled(self.rows(*given), stored, is_as_stored=self.is_as_stored, has_values=all(shape))


def padded(keys: Collection[Any]) -> list[Any]:
    """Return keys, the last of them several times, so that a few statements serve for any number of them."""
    listed = list(keys)
    size = 1 << max(len(listed) - 1, 0).bit_length()
    return listed + listed[-1:] * (size - len(listed))


class _Compiled:
    """The statement of a query set, where its values stand in it, and how its rows come back."""

    def __init__(self, rows: QuerySet[Any, Any], stand_ins: list[Any], *, is_as_stored: bool, has_values: bool) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        try:
            self.statement, values = compiler.as_sql()
        except EmptyResultSet:
            if has_values:
                raise
            self.statement = ""
            return
        place = {value: number for number, value in enumerate(stand_ins)}
        self.values = [(place.get(value, OWN) if isinstance(value, Hashable) else OWN, value) for value in values]
        if {number for number, _ in self.values} - {OWN} != set(place.values()):
            raise ValueError("A value of this statement is not used in it as it is given.")
        columns = [] if is_as_stored else [column for column, _, _ in compiler.select]
        steps = ((at, column, converters_of(column)) for at, column in enumerate(columns))
        self.converters = [(at, column, its) for at, column, its in steps if its]
        self.row_of = _row_of(rows, compiler)

    def ask(self, given: Sequence[Any]) -> "Answer[Any]":
        if not self.statement:
            return Answer([], self)
        with connection.cursor() as cursor:
            cursor.execute(self.statement, [value if at == OWN else given[at] for at, value in self.values])
            return Answer(cursor.fetchall(), self)

    def row(self, stored: Sequence[Any]) -> Any:
        return self.row_of(self._converted(stored))

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        if not self.converters:
            return row
        values, own = list(row), connections[connection.alias]  # not through the proxy for each value
        for at, column, steps in self.converters:
            for convert in steps:
                values[at] = convert(values[at], column, own)
        return values


class Answer(Generic[Row]):
    """What the database answered: ``stored`` as it has it, plain values that say when an answer is another one."""

    def __init__(self, stored: list[Any], statement: _Compiled) -> None:
        self.stored, self._statement = stored, statement

    @cached_property
    def rows(self) -> list[Row]:
        """What Python makes of it."""
        return [self._statement.row(row) for row in self.stored]


def _row_of(rows: QuerySet[Any, Any], compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """Return what makes of a row of the database what the query set would make of it."""
    if rows._fields is not None:  # type: ignore[attr-defined] # values_list
        return (lambda row: row[0]) if rows._iterable_class is FlatValuesListIterable else tuple  # type: ignore[attr-defined]
    kind = compiler.klass_info
    start, end = kind["select_fields"][0], kind["select_fields"][-1] + 1
    names = [column.target.attname for column, _, _ in compiler.select[start:end]]
    beside = get_related_populators(kind, compiler.select, connection.alias)  # type: ignore[call-arg] # of Django 6
    counted = list((compiler.annotation_col_map or {}).items())

    def instance(row: Sequence[Any]) -> Any:
        made = kind["model"].from_db(connection.alias, names, row[start:end])
        for populator in beside:
            populator.populate(row, made)
        for name, at in counted:
            setattr(made, name, row[at])
        return made

    return instance


def converted(model: type[Model], name: str, value: Any) -> Any:
    """Return a value of a column, as a statement here has it, as the field of this name would."""
    field = model._meta.get_field(name)
    column = field.get_col(model._meta.db_table)  # type: ignore[union-attr] # all of them are columns
    for convert in converters_of(column):
        value = convert(value, column, connection)
    return value


def converters_of(column: Any) -> list[Any]:
    """Return the functions by which Django makes the field's value of what the database has in a column, in turn.

    They are kept with a statement, for all threads, and keep no thread's connection open.
    """
    return [
        *map(_of_any_connection, connection.ops.get_db_converters(column)),
        *column.get_db_converters(connection),
    ]


def _of_any_connection(convert: Any) -> Any:
    """Return a converter that asks the connection it is given; Django's may be bound to one."""
    if getattr(convert, "__self__", None) is not connection.ops:
        return convert
    unbound = convert.__func__

    def converted_by(value: Any, expression: Any, connection: Any) -> Any:
        return unbound(connection.ops, value, expression, connection)

    return converted_by
