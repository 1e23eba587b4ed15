"""The steps that many tests begin with, taken once: the next test that begins alike gets the same rows, written again.

A factory, or one of the newsroom's own ways, is a step. What it wrote is kept under the steps that were taken before it
and what it was asked for; a test that comes the same way, from the database as migrations left it, gets those
statements again, without the models and rules that made them. Whatever else is written ends this for the rest of a
test, and so does a setting or a function that the test has replaced, or a clock that it has set and that goes on. On
PostgreSQL, where numbers go on counting after a rollback, each step is taken anew, and so it is in the run of mutants.
"""

import copy
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import time_machine
from django.conf import settings
from django.core import mail
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.db.models import Model
from factory.base import FactoryMetaClass
from treebeard.mp_tree import MP_Node

# How old rows may be that are written again: tests compare times with the clock.
KEPT_SECONDS = 60

SAVEPOINTS = ("SAVEPOINT", "RELEASE")
READS = ("SELECT", "PRAGMA", "EXPLAIN")

Key = tuple[Any, ...]
P = ParamSpec("P")
T = TypeVar("T")


class NotAlike(Exception):
    """A value by which two calls cannot be told apart."""


def key_of(value: Any) -> Any:
    """Return what two equal arguments have in common.

    Raises:
        NotAlike: it is of a kind that may differ where it seems equal.
    """
    if value is None or isinstance(value, bool | int | str | bytes | float | Decimal | UUID | date):
        return (type(value).__name__, value)
    if isinstance(value, Model) and value.pk is not None and not value._state.adding:
        return (value._meta.label, value.pk)
    if isinstance(value, list | tuple):
        return tuple(map(key_of, value))
    if isinstance(value, dict):
        return tuple((name, key_of(each)) for name, each in value.items())
    raise NotAlike


@dataclass
class Taken:
    """What a step left behind."""

    model: type[Model] | None
    pk: Any
    statements: list[tuple[str, Any, bool]]
    counted: dict[FactoryMetaClass, int]
    mails: list[Any]
    files: dict[str, bytes]
    at: float = field(default_factory=time.monotonic)
    number: int = field(default_factory=itertools.count().__next__)

    def is_old(self) -> bool:
        """Tell whether it is to be taken anew."""
        return time.monotonic() - self.at > KEPT_SECONDS


class Scenes:
    """The steps of this process, and how far the running test has come."""

    def __init__(self) -> None:
        self.factories: list[FactoryMetaClass] = []
        self.is_on = False
        self._taken: dict[Key, Taken] = {}
        self._first: set[Key] = set()
        self._way: Key | None = None
        self._changes = 0
        self._replaced: list[Callable[[], bool]] = []

    def note_first(self) -> None:
        """Note that the database is now as migrations left it."""
        if connection.vendor == "sqlite":
            self._first.add(_counters())

    def begin(self, replaced: list[Callable[[], bool]]) -> None:
        """Let a test begin its way, in a transaction; each of ``replaced`` tells whether it replaced something."""
        self.end()
        if self.is_on and connection.vendor == "sqlite" and _counters() in self._first:
            self._way, self._changes, self._replaced = _counters(), _changes(), replaced

    def end(self) -> None:
        """Let nothing be written again until the next test begins."""
        self._way = None

    def step(self, name: str, given: Any, take: Callable[[], Any]) -> Any:
        """Take a step, or write again what it wrote before; return the row that it returned, as it is stored."""
        way = self._way_to(name, given)
        self._way = None  # a step within is part of this one
        if way is None:
            return take()
        taken = self._taken.get(way)
        if taken is None or taken.is_old():
            result, taken = self._take(take)
            if taken is None:
                return result
            self._taken = {way: taken} | {way: each for way, each in self._taken.items() if not each.is_old()}
        else:
            self._write_again(taken)
            _follow_tree(given)
        # Not by its name: what was taken anew has other rows, and no step after the old one follows it.
        self._way, self._changes = (taken.number,), _changes()
        return taken.model and taken.model._default_manager.get(pk=taken.pk)

    def _way_to(self, name: str, given: Any) -> Key | None:
        if self._way is None or _changes() != self._changes or any(is_replaced() for is_replaced in self._replaced):
            return None
        try:
            return (*self._way, name, key_of(given), _stopped_clock())
        except NotAlike:
            return None

    def _take(self, take: Callable[[], Any]) -> tuple[Any, Taken | None]:
        mails = len(mail.outbox)
        with _noted_statements() as statements, _noted_files() as names:
            result = take()
        if not (result is None or isinstance(result, Model)):
            return result, None
        files = {name: Path(settings.MEDIA_ROOT, name).read_bytes() for name in names}
        counted = {factory: factory._meta._counter.seq for factory in self.factories}
        model = None if result is None else type(result)
        if not any(sql.startswith("ROLLBACK") for sql, _, _ in statements):
            statements = [each for each in statements if not each[0].startswith(SAVEPOINTS)]
        return result, Taken(model, result and result.pk, statements, counted, mail.outbox[mails:], files)

    def _write_again(self, taken: Taken) -> None:
        with closing(connection.create_cursor()) as cursor:
            for sql, params, many in taken.statements:
                (cursor.executemany if many else cursor.execute)(sql, params)
        for factory, count in taken.counted.items():
            factory.reset_sequence(count, force=True)
        mail.outbox.extend(copy.copy(each) for each in taken.mails)
        for name, written in taken.files.items():
            file = Path(settings.MEDIA_ROOT, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(written)  # a test may have changed it


@contextmanager
def _noted_statements() -> Iterator[list[tuple[str, Any, bool]]]:
    noted: list[tuple[str, Any, bool]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        params = list(params) if many else params
        if not sql.startswith(READS):
            noted.append((sql, params, many))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield noted


@contextmanager
def _noted_files() -> Iterator[list[str]]:
    names: list[str] = []
    save = FileSystemStorage._save

    def note(storage: FileSystemStorage, name: str, content: Any) -> str:
        names.append(save(storage, name, content))
        return names[-1]

    FileSystemStorage._save = note
    try:
        yield names
    finally:
        FileSystemStorage._save = save


def _follow_tree(given: Any) -> None:
    """Tell pages that a step was given what stands below them now, as treebeard does when it writes."""
    for value in _values(given):
        if isinstance(value, MP_Node):
            value.numchild = type(value)._default_manager.values_list("numchild", flat=True).get(pk=value.pk)


def _values(given: Any) -> Iterator[Any]:
    if isinstance(given, dict):
        given = tuple(given.values())
    if not isinstance(given, list | tuple):
        yield given
        return
    for each in given:
        yield from _values(each)


def _counters() -> Key:
    """Return how far SQLite has counted the rows of each table; a rollback sets it back."""
    with closing(connection.create_cursor()) as cursor:
        return tuple(cursor.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name").fetchall())


def _stopped_clock() -> float | None:
    """Return when a test has stopped the clock; None where it has left it alone.

    Raises:
        NotAlike: it has set a clock that goes on.
    """
    if not time_machine.escape_hatch.is_travelling():
        return None
    now = time.time()
    if time.time() != now:
        raise NotAlike
    return now


def _changes() -> int:
    """Return how many rows this connection ever changed."""
    changes: int = connection.connection.total_changes
    return changes


scenes = Scenes()


class OneStep:
    """A factory whose every row is a step."""

    @classmethod
    def create(cls, **kwargs: Any) -> Any:
        return scenes.step(cls.__name__, ((), kwargs), lambda: super(OneStep, cls).create(**kwargs))


def one_step(way: Callable[P, T]) -> Callable[P, T]:
    """Make a function that writes rows a step; it returns a row, or nothing."""

    @wraps(way)
    def step(*args: P.args, **kwargs: P.kwargs) -> T:
        result: T = scenes.step(way.__name__, (args, kwargs), lambda: way(*args, **kwargs))
        return result

    return step
