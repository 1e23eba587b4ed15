"""What a page says of itself while it is made: that it may be kept, what it shows, and until when that is so."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db.models import Model
from django.http.response import HttpResponseBase

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


@dataclass
class Page:
    """A page that is just made for the store."""

    may_be_kept: bool = False
    parameters: frozenset[str] = frozenset()
    tags: set[str] = field(default_factory=set)
    #: Tables that its statements read, and those of which it names each row that it shows.
    tables: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    until: datetime | None = None


being_made: ContextVar[Page | None] = ContextVar("page_being_made", default=None)


def kept(*parameters: str, names: Iterable[type[Model]] = ()) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let the pages of a view be kept.

    Args:
        parameters: what the view reads of the query, among those that the store knows.
        names: the models of which the view names every row that it shows, by ``shows``. Of every other model that
            it reads, any change ends its pages.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def keeping(*args: P.args, **kwargs: P.kwargs) -> R:
            keep(*parameters, names=names)
            return view(*args, **kwargs)

        vars(keeping)["is_kept"] = True
        return keeping

    return decorate


def keep(*parameters: str, names: Iterable[type[Model]] = ()) -> None:
    """Let the page that is just made be kept; as ``kept`` does."""
    page = being_made.get()
    if page is not None:
        page.may_be_kept = True
        page.parameters = frozenset(parameters)
        page.named = {model._meta.db_table for model in names}


def leave() -> None:
    """Keep the page that is just made out of the store, whatever its view said."""
    page = being_made.get()
    if page is not None:
        page.may_be_kept = False


def shows(*tags: str) -> None:
    """Name what the page shows: when that changes, the page goes."""
    page = being_made.get()
    if page is not None:
        page.tags.update(tags)


def reads(*models: type[Model]) -> None:
    """Say what a page shows of tables without asking them, from what was kept of an earlier statement."""
    page = being_made.get()
    if page is not None:
        page.tables.update(model._meta.db_table for model in models)


def shows_until(*moments: datetime | None) -> None:
    """Say when time alone makes the page another one; None is never."""
    page = being_made.get()
    if page is not None:
        page.until = min((moment for moment in (page.until, *moments) if moment is not None), default=None)


@contextmanager
def noting() -> Iterator[Page]:
    """Note what is said of a page meanwhile, for ``say``: by who makes a part of it that others are given, too."""
    noted = Page()
    token = being_made.set(noted)
    try:
        yield noted
    finally:
        being_made.reset(token)


def say(noted: Page) -> None:
    """Say of the page that is just made what was noted when a part of it was made."""
    page = being_made.get()
    if page is not None:
        page.tags |= noted.tags
        page.tables |= noted.tables
        shows_until(noted.until)
