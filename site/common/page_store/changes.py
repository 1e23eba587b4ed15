"""What changes of the database do to the store: they purge what shows the rows, in every process.

A rule says of each table that a kept page reads which tags a changed row has. Changes that no rule could name
(``update()`` of a query set, SQL by hand, a shell) are seen as statements, and end every page that reads the table:
what a change purges may be too much, never too little. A page that reads a table without a rule is not kept.

Each purge is made twice: before the commit, and after it, for pages that were made of the old rows in between.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from threading import local
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.models.signals import post_delete, pre_save

from common.page_store import outside, place
from common.page_store.shown import Page, being_made

logger = logging.getLogger("countersign.page_store")

#: Returns the tags of a row; none where no page shows it; None where every page that reads the table may.
TagsOf = Callable[[Any], Iterable[str] | None]

WRITES = re.compile(
    r"\b(?P<how>INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|COPY)\s+"
    r'(?:ONLY\s+)?"?(?P<table>\w+)"?',
    re.IGNORECASE,
)
# Not of what a database keeps about itself: Django asks PostgreSQL for its types when it connects.
READS = re.compile(r'\b(?:FROM|JOIN)\s+"?(?!pg_|sqlite_)(\w+)"?', re.IGNORECASE)
SET = re.compile(r"\bSET\s+(.*?)(?:\bWHERE\b|$)", re.IGNORECASE | re.DOTALL)
COLUMN = re.compile(r'"?(\w+)"?\s*=')


@dataclass(frozen=True)
class Rule:
    """What a change of a table does.

    ``unseen`` names columns that no kept page prints, sorts or selects by; ``new_rows_unseen`` says that a new row
    shows nowhere until a row of another table points to it; ``moves``, that a save may give the row other tags.
    """

    tags: TagsOf | None = None
    moves: bool = False
    unseen: frozenset[str] = frozenset()
    new_rows_unseen: bool = False


@dataclass
class _Write:
    """A statement that changed a table, and whether somebody named what it changed."""

    table: str
    is_named: bool = False


class _Open(local):
    def __init__(self) -> None:
        self.writes: list[_Write] = []


_rules: dict[str, Rule] = {}
_open = _Open()


def rule(
    model: type[Model],
    tags: TagsOf | None = None,
    *,
    moves: bool = False,
    unseen: Iterable[str] = (),
    new_rows_unseen: bool = False,
) -> None:
    """Say what a change of a model's table does to kept pages; without ``tags``, it ends all that read it."""
    _rules[model._meta.db_table] = Rule(tags, moves, frozenset(unseen), new_rows_unseen)
    if tags not in (None, by_hand) and not model._meta.auto_created and not model.__subclasses__():
        # Of these models only: a receiver for all would make every deletion fetch its rows first.
        post_delete.connect(follow_row, sender=model, dispatch_uid="common.page_store")
    if moves:
        pre_save.connect(follow_before, sender=model, dispatch_uid="common.page_store")


def by_hand(row: Any) -> None:
    """Stand as the tags of a table whose module names what it changed, by ``changed``."""


def has_rule(table: str) -> bool:
    """Tell whether changes of a table are known to the store."""
    return table in _rules


def any_row(table: str) -> str:
    """Return the tag of all pages that read a table: a change that nobody named ends them."""
    return f"any:{table}"


def unnamed_row(table: str) -> str:
    """Return the tag of pages that read a table without naming the rows they show: any change ends them."""
    return f"some:{table}"


def tags_of(page: Page) -> tuple[str, ...] | None:
    """Return all tags of a page that was made; None when it reads a table that no rule knows."""
    unknown = sorted(table for table in page.tables if table not in _rules)
    if unknown:
        logger.error("A page reads %s, whose changes the store does not know: it is not kept.", ", ".join(unknown))
        return None
    found = {*page.tags, *(any_row(table) for table in page.tables)}
    unnamed = (table for table in page.tables - page.named if _rules[table].tags is not None)
    return tuple(sorted(found | set(map(unnamed_row, unnamed))))


def changed(model: type[Model], *tags: str) -> None:
    """Say what statements since the transaction began changed of a model, where no row was saved one by one."""
    if place.is_on():
        for write in _open.writes:
            write.is_named = write.is_named or write.table == model._meta.db_table
        _purge_twice({*tags, unnamed_row(model._meta.db_table)} if tags else set())


def follow_row(sender: type[Model], instance: Model, raw: bool = False, using: str = "", **kwargs: Any) -> None:
    """A row was saved or deleted, or its relations: purge what shows it."""
    if not place.is_on() or _is_of_a_migration(sender):
        return
    for model in (type(instance), *type(instance)._meta.all_parents):
        if model._meta.db_table in _rules and _is_noted(model, kwargs.get("update_fields")):
            _follow(model._meta.db_table, instance)


def _is_noted(model: type[Model], update_fields: Iterable[str] | None) -> bool:
    """Tell whether a save wrote a statement that was noted, so that the last one of the table is its own."""
    if update_fields is None:
        return True
    names = set(update_fields)
    written = {field.column for field in model._meta.local_concrete_fields if names & {field.name, field.attname}}
    return not written <= _rules[model._meta.db_table].unseen


def follow_before(sender: type[Model], instance: Model, raw: bool = False, **kwargs: Any) -> None:
    """A row is about to be saved that may get other tags: purge what shows it as it was."""
    of_row = _rules[sender._meta.db_table].tags
    if place.is_on() and of_row is not None:
        for before in sender._default_manager.filter(pk=instance.pk):
            _purge_twice(set(of_row(before) or ()))


def follow_relation(sender: type[Model], instance: Model, action: str, **kwargs: Any) -> None:
    """Relations of a row were added or taken off: purge what shows the row."""
    if _is_of_a_migration(sender) or not action.startswith("post_") or kwargs.get("pk_set") == set():
        return  # no statement was made for it, or none yet
    if place.is_on() and sender._meta.db_table in _rules and not kwargs.get("reverse"):
        _follow(sender._meta.db_table, instance)


def _is_of_a_migration(model: type[Model]) -> bool:
    """Tell whether a model is one of a migration, which has columns and no methods; its statements are seen."""
    return model.__module__ == "__fake__"


def _follow(table: str, instance: Model) -> None:
    of_row = _rules[table].tags
    tags = of_row(instance) if of_row is not None else None
    if tags is None:
        return  # its statement ends all that read the table
    last = next((write for write in reversed(_open.writes) if write.table == table), None)
    if last is not None:
        last.is_named = True
    named = set(tags)
    _purge_twice({*named, unnamed_row(table)} if named else set())


def watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run a statement; note what it reads for a page that is made, and what it writes for the store."""
    words = sql if isinstance(sql, str) else str(sql)
    page = being_made.get()
    if page is not None:
        page.tables.update(READS.findall(words))
    if words.startswith("SELECT"):
        return execute(sql, params, many, context)
    result = execute(sql, params, many, context)
    # An UPDATE that met no row changed nothing: a save of a new row begins with one. Of an INSERT that returns its
    # rows, SQLite does not say yet how many there are.
    if words.startswith("UPDATE") and getattr(context["cursor"], "rowcount", -1) == 0:
        return result
    for table in _tables_written(words):
        _wrote(context["connection"], table)
    return result


def _tables_written(words: str) -> Iterator[str]:
    for found in WRITES.finditer(words):
        known = _rules.get(found["table"])
        if known is None:
            continue
        how = found["how"].upper()
        if known.new_rows_unseen and how.startswith("INSERT") and "ON CONFLICT" not in words.upper():
            continue
        if how == "UPDATE" and known.unseen and _columns_set(words) <= known.unseen:
            continue
        yield found["table"]


def _columns_set(words: str) -> set[str]:
    """Return the columns that an UPDATE sets; a name that is none of ours when they cannot be told."""
    found = SET.search(words)
    if found is None or "SELECT" in words.upper():
        return {""}
    return set(COLUMN.findall(found[1])) or {""}


def _wrote(connection: BaseDatabaseWrapper, table: str) -> None:
    """Note a write until its transaction ends; without one it has ended, before anybody could name its rows.

    Also where no pages are kept: what is remembered of a table is not what an open transaction reads.
    """
    write = _Write(table)
    if connection.in_atomic_block:
        _open.writes.append(write)
    else:
        _open.writes.clear()  # of a transaction that was rolled back
    transaction.on_commit(partial(_settle, write), using=connection.alias)


def _settle(write: _Write) -> None:
    _open.writes.clear()
    if not write.is_named:
        purge({any_row(write.table)})


def _purge_twice(tags: set[str]) -> None:
    if not tags:
        return
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        _purge_here(tags)
    transaction.on_commit(partial(purge, tags))


def purge(tags: set[str]) -> None:
    """End, in every process of this machine, every page that has one of these tags; and tell caches outside."""
    _purge_here(tags)
    store = place.store()
    if store is not None and outside.is_on():
        try:
            outside.purge_urls(store.urls_of(tags))
        except Exception:  # whatever the folder or the database raises, the other purges of this commit are made
            logger.exception("Caches outside could not be told; they keep nothing for longer than a minute")


def _purge_here(tags: set[str]) -> None:
    store = place.store()
    if store is None:
        return
    try:
        store.stamps.purge(tags)
    except OSError:
        # Who serves pages cannot read the folder either, or ends them within a minute.
        logger.exception("Pages could not be purged")


def has_written(*models: type[Model]) -> bool:
    """Tell whether the open transaction wrote one of these tables: what it reads there may never be committed."""
    connection = connections[DEFAULT_DB_ALIAS]
    # The one that a test is wrapped in, as Django knows it, is none of ours.
    if all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        return False
    tables = {model._meta.db_table for model in models}
    waiting = (after for _, after, *_ in connection.run_on_commit)
    return any(
        isinstance(after, partial) and after.func is _settle and after.args[0].table in tables for after in waiting
    )


def version_of(*models: type[Model]) -> str:
    """Return what is another text after any change of these models: for what processes keep in their memory."""
    store = place.store()
    if store is None:
        return ""
    tables = [model._meta.db_table for model in models]
    try:
        epoch, number = store.stamps.newest([tag(table) for table in tables for tag in (any_row, unnamed_row)])
    except OSError:
        # The door has said so. Readers get their pages all the same, and what is kept in memory ends within a minute.
        return ""
    return f":{epoch}:{number}"


def install(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Watch the statements of a connection, first of all: who adds a wrapper for a while takes off the last one."""
    if watch not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, watch)
        run_all = connection.run_and_clear_commit_hooks
        connection.run_and_clear_commit_hooks = partial(_purge_first, connection, run_all)  # type: ignore[method-assign]


def _purge_first(connection: BaseDatabaseWrapper, run_all: Callable[[], None]) -> None:
    """Run what waits for a commit, purges before all else: where one fails, Django drops those that wait behind it."""
    connection.run_on_commit.sort(key=lambda waiting: not _is_purge(waiting[1]))
    run_all()


def _is_purge(after: Callable[[], Any]) -> bool:
    return isinstance(after, partial) and after.func in (_settle, purge)
