"""Rows below a page that are as they were stored: django-modelcluster writes each of them again at each save.

It also reads whole rows to find which are gone, a statement a relation (6.4, ``commit``).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Model
from modelcluster.models import ClusterableModel, get_all_child_m2m_relations, get_all_child_relations

from common.one_statement import OneStatement
from common.prepared import KEY

IN_MEMORY = "_cluster_related_objects"


def unchanged(page: ClusterableModel) -> set[str]:
    """Return the names of the relations of a stored page whose rows in memory are those that are stored."""
    held: dict[str, list[Model]] = getattr(page, IN_MEMORY, None) or {}
    return {
        _name(relation)
        for relation, stored in _stored(page, held)
        if not (stored and _has_rows_below(relation)) and stored == _in_memory(page, relation, held[_name(relation)])
    }


def in_memory(page: ClusterableModel) -> dict[str, list[Model]]:
    """Return the rows below a page that are in memory, by relation."""
    held: dict[str, list[Model]] = getattr(page, IN_MEMORY, None) or {}
    return {name: list(rows) for name, rows in held.items()}


def let_go(page: ClusterableModel, names: Iterable[str]) -> None:
    """Take the rows of some relations out of memory, so that they are not written."""
    held: dict[str, list[Model]] = getattr(page, IN_MEMORY, None) or {}
    for name in names:
        held.pop(name, None)


@contextmanager
def remembered(page: ClusterableModel, rows: dict[str, list[Model]]) -> Iterator[None]:
    """Let a page that was just saved know the rows it was saved with, for a block that changes none of them."""
    remember(page, rows)
    try:
        yield
    finally:
        remember(page, {})


@contextmanager
def known(page: ClusterableModel, name: str, rows: list[Model]) -> Iterator[None]:
    """Let a page know the rows of one more relation, which were read already, for a block that changes none of them."""
    held = in_memory(page)
    remember(page, {**held, name: rows})
    try:
        yield
    finally:
        remember(page, held)


def remember(page: ClusterableModel, rows: dict[str, list[Model]]) -> None:
    """Let a page know the rows below it, as they are stored."""
    setattr(page, IN_MEMORY, rows)


def _has_rows_below(relation: Any) -> bool:
    """True for comments: what changed may be their replies."""
    return issubclass(relation.related_model, ClusterableModel)


def _stored(page: ClusterableModel, held: dict[str, list[Model]]) -> Iterator[tuple[Any, list[tuple[Any, ...]]]]:
    """Yield each relation that is in memory with its rows as they are stored: numbers for topics and the like."""
    relations = [
        relation
        for relation in (*get_all_child_relations(page), *get_all_child_m2m_relations(page))
        if _name(relation) in held
    ]
    if not relations:
        return
    read = _reading(type(page)._meta.label, tuple(map(_name, relations))).read([page.pk])
    for relation in relations:
        yield relation, sorted((tuple(row.values()) for row in read[_name(relation)]), key=str)


@cache
def _reading(label: str, names: tuple[str, ...]) -> OneStatement[str]:
    """Return the statement that reads the rows of some relations of a page of the type of this name."""
    model = apps.get_model(label)
    of_page = KEY.stand_in(0)
    relations = [*get_all_child_relations(model), *get_all_child_m2m_relations(model)]
    rows = {_name(one): _table(one)._base_manager.filter(**{_key(one).attname: of_page}) for one in relations}
    columns = {_name(one): _columns(one) for one in relations}
    return OneStatement({name: rows[name].order_by().values(*columns[name]) for name in names}, [of_page])


def _in_memory(page: ClusterableModel, relation: Any, rows: list[Model]) -> list[tuple[Any, ...]] | None:
    """Return rows in the form of ``_stored``; None where one is new or of another page."""
    if relation.many_to_many:
        return sorted(((row.pk,) for row in rows), key=str)
    own = relation.field.attname
    fields = relation.related_model._meta.concrete_fields
    if any(row.pk is None or getattr(row, own) != page.pk for row in rows):
        return None
    return sorted((tuple(getattr(row, field.attname) for field in fields) for row in rows), key=str)


def _name(relation: Any) -> str:
    return str(relation.name if relation.many_to_many else relation.get_accessor_name())


def _table(relation: Any) -> Any:
    return relation.remote_field.through if relation.many_to_many else relation.related_model


def _key(relation: Any) -> Any:
    """Return the column that says which page a row belongs to."""
    if relation.many_to_many:
        return relation.remote_field.through._meta.get_field(relation.m2m_field_name())
    return relation.field


def _columns(relation: Any) -> list[str]:
    if relation.many_to_many:
        return [relation.remote_field.through._meta.get_field(relation.m2m_reverse_field_name()).attname]
    return [field.attname for field in relation.related_model._meta.concrete_fields]
