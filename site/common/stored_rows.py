"""Reading a stored version of a page without a statement for each key of each of its rows.

django-modelcluster asks for each key on its own whether what it points to is still there (6.4, ``check_fks``): two
statements for every study that an article cites, each time its draft is opened. Here it is one for all of them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from itertools import chain, count
from types import MappingProxyType
from typing import Any

from django.db.models import ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField, ModelMultipleChoiceField
from modelcluster.fields import ParentalManyToManyField
from modelcluster.models import get_all_child_relations
from wagtail.models import Page, Revision

from common.one_statement import OneStatement, read_each
from common.prepared import KEY, padded

# What a key points to: the table and the number there; with the rows, where they are of use afterwards.
Keys = dict[type[Model], set[Any]]
Found = dict[type[Model], dict[Any, Model | None]]
# No key of a table has more.
MOST_DIGITS = 18
# What was read for several versions: which numbers of a table were asked for, and the rows.
Together = Mapping[type[Model], tuple[set[Any], dict[Any, Model | None]]]
NONE_READ: tuple[set[Any], dict[Any, Model | None]] = (set(), {})
_together: ContextVar[Together] = ContextVar("together", default=MappingProxyType({}))
# Large, and read again where they are needed.
ONLY_COUNTED = (Page, Revision)


def found_behind(model: type[Model], stored: Mapping[str, Any]) -> Found | None:
    """Return what the keys of a stored version point to, in one statement; None where something is gone.

    What it has many of (topics) is read as well, and is left out where it is gone.
    """
    keys = _keys_of(_keys_in(model, stored))
    found = _read(_keys_of([*_keys_in(model, stored), *_chosen_in(model, stored)]))
    return found if all(keys[table] <= found[table].keys() for table in keys) else None


@contextmanager
def reading_together(versions: Iterable[tuple[type[Model], Mapping[str, Any]]]) -> Iterator[None]:
    """Read what the keys of several stored versions point to, in one statement for all that a block opens of them.

    Args:
        versions: what each is of, and what is stored of it. Those that are opened share rows, so only to be read.
    """
    stored = list(versions)
    keys = _keys_of(chain.from_iterable([*_keys_in(*version), *_chosen_in(*version)] for version in stored))
    rows = _rows(keys)
    token = _together.set({table: (numbers, rows[table]) for table, numbers in keys.items()})
    try:
        yield
    finally:
        _together.reset(token)


def give_found(row: Model, found: Found) -> None:
    """Let a row that was read, and those below it, know what its keys point to."""
    fields: list[Any] = [*row._meta.concrete_fields]
    for field in fields:
        behind = found.get(field.related_model, {}).get(getattr(row, field.attname)) if field.related_model else None
        if behind is not None:
            field.set_cached_value(row, behind)
    for relation in get_all_child_relations(type(row)):
        for child in getattr(row, relation.get_accessor_name()).all():
            give_found(child, found)


def split_chosen(model: type[Model], stored: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a stored version without what it has many of, and that by its field, as it is stored."""
    chosen = {field.name: stored[field.name] for field in _choices(model) if field.name in stored}
    return {name: value for name, value in stored.items() if name not in chosen}, chosen


def give_chosen(row: Model, chosen: Mapping[str, Any], found: Found) -> None:
    """Let a row have the many that were chosen, in the order of their table."""
    for field in _choices(type(row)):
        if field.name in chosen:
            behind, numbers = (
                found.get(field.related_model, {}),
                {_number(field, value) for value in chosen[field.name]},
            )
            setattr(row, field.name, [one for number, one in behind.items() if number in numbers])


class KeysReadMixin:
    """A row that does not ask whether what its keys point to is there where that was read already."""

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Check each field but such keys."""
        super().clean_fields(exclude={*(exclude or ()), *keys_read(self)})  # type: ignore[misc,arg-type]


def read_choices(forms: Iterable[Any]) -> None:
    """Let the fields of bound forms find what was chosen in them, in one statement instead of one a field.

    Only what each field itself would find: anything else is asked, and refused, as before.
    """
    fields = [found for form in forms for found in _choices_of(form)]
    numbers: dict[tuple[type[Model], str], set[int]] = defaultdict(set)
    for field, sent in fields:
        numbers[_kind(field)].add(int(sent))
    some = {_kind(field): field.queryset.order_by() for field, _ in fields if field.queryset.query.where}
    read = read_each({kind: rows.filter(pk__in=numbers[kind]) for kind, rows in some.items()})
    read |= _read_any({kind: padded(sorted(keys)) for kind, keys in numbers.items() if kind not in some})
    found = {kind: {row.pk: row for row in rows} for kind, rows in read.items()}
    for field, sent in fields:
        row = found[_kind(field)].get(int(sent))
        if row is not None:
            field.to_python = partial(_chosen, field.to_python, sent, row)


def _read_any(keys: Mapping[tuple[type[Model], str], Sequence[int]]) -> dict[tuple[type[Model], str], list[Any]]:
    """Return rows of tables of which any row may be chosen."""
    statement = _choosing(tuple((kind, len(numbers)) for kind, numbers in keys.items()))
    return statement.read(list(chain.from_iterable(keys.values())))


@lru_cache(maxsize=500)
def _choosing(sizes: tuple[tuple[tuple[type[Model], str], int], ...]) -> OneStatement[tuple[type[Model], str]]:
    places = count()
    stand_ins = {kind: [KEY.stand_in(next(places)) for _ in range(size)] for kind, size in sizes}
    asked = {kind: kind[0]._default_manager.order_by().filter(pk__in=keys) for kind, keys in stand_ins.items()}
    return OneStatement(asked, list(chain.from_iterable(stand_ins.values())))


def _choices_of(form: Any) -> Iterator[tuple[Any, str]]:
    """Yield the fields of a form in which one row is chosen, each with the number that was sent."""
    for name, field in form.fields.items():
        sent = form.data.get(form.add_prefix(name), "")
        is_one = isinstance(field, ModelChoiceField) and not isinstance(field, ModelMultipleChoiceField)
        if is_one and _is_by_number(field) and sent.isdecimal() and len(sent) < MOST_DIGITS:
            yield field, sent


def _is_by_number(field: Any) -> bool:
    return field.to_field_name in (None, field.queryset.model._meta.pk.name)


def _kind(field: Any) -> tuple[type[Model], str]:
    """Return what a field chooses from: rows of a table, by the condition that they fulfil."""
    return field.queryset.model, str(field.queryset.query.where)


def _chosen(ask: Callable[[Any], Any], sent: str, row: Model, value: Any) -> Any:
    return row if value == sent else ask(value)


def keys_read(row: Model) -> set[str]:
    """Return the names of the keys of a row whose rows were read already: that they are there need not be asked."""
    keys: list[Any] = [field for field in row._meta.concrete_fields if isinstance(field, ForeignKey)]
    read = (key for key in keys if key.is_cached(row))
    return {key.name for key in read if _is_of(key.get_cached_value(row), getattr(row, key.attname))}


def _is_of(found: Model | None, key: Any) -> bool:
    """True for a row of the database that has this key."""
    return found is not None and not found._state.adding and found.pk == key


def _keys_of(pointing: Iterable[tuple[Any, Any]]) -> Keys:
    keys: Keys = defaultdict(set)
    for field, value in pointing:
        keys[field.related_model].add(_number(field, value))
    return keys


def _number(field: Any, value: Any) -> Any:
    target = field.related_model._meta.pk if field.many_to_many else field.target_field
    return target.to_python(value)


def _choices(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.many_to_many if isinstance(field, ParentalManyToManyField)]


def _chosen_in(model: type[Model], stored: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    for field in _choices(model):
        yield from ((field, value) for value in stored.get(field.name) or ())


def _keys_in(model: type[Model], stored: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey) and stored.get(field.name) is not None:
            yield field, stored[field.name]
    for relation in get_all_child_relations(model):
        for row in stored.get(relation.get_accessor_name(), ()):
            # That a row belongs to what it stands in need not be asked.
            of_parent = relation.field.name if row.get(relation.field.name) == stored.get("pk") else None
            yield from (key for key in _keys_in(relation.related_model, row) if key[0].name != of_parent)


def _read(keys: Keys) -> Found:
    together = _together.get()
    known = {table: together[table] for table, numbers in keys.items() if numbers <= together.get(table, NONE_READ)[0]}
    found = {
        table: {number: row for number, row in rows.items() if number in keys[table]}
        for table, (_, rows) in known.items()
    }
    return found | _rows({table: numbers for table, numbers in keys.items() if table not in known})


def _rows(keys: Keys) -> Found:
    """Return the rows by their number, those of each table in its own order; of large ones only the numbers."""
    given = {table: padded(sorted(numbers)) for table, numbers in keys.items()}
    statement = _reading(tuple((table, len(numbers)) for table, numbers in given.items()))
    read = statement.read(list(chain.from_iterable(given.values())))
    return {
        table: dict.fromkeys(row["pk"] for row in rows) if _is_counted(table) else {row.pk: row for row in rows}
        for table, rows in read.items()
    }


@lru_cache(maxsize=500)
def _reading(sizes: tuple[tuple[type[Model], int], ...]) -> OneStatement[type[Model]]:
    """Return the statement that reads so many rows of some tables by their keys."""
    places = count()
    stand_ins = {table: [KEY.stand_in(next(places)) for _ in range(size)] for table, size in sizes}
    asked = {table: _asked(table).filter(pk__in=numbers) for table, numbers in stand_ins.items()}
    return OneStatement(asked, list(chain.from_iterable(stand_ins.values())))


def _asked(table: type[Model]) -> QuerySet[Any, Any]:
    rows = table._default_manager.all()
    return rows.values("pk") if _is_counted(table) else rows


def _is_counted(table: type[Model]) -> bool:
    return issubclass(table, ONLY_COUNTED)
