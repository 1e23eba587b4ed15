from importlib import import_module  # noqa: TID251 - its name is no identifier

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.state import ProjectState
from django.utils import timezone

from research.models import Contribution, SignOff
from research.newsroom import append_only
from tests.factories import sign

migration = import_module("research.migrations.0003_append_only")

pytestmark = pytest.mark.django_db

TABLES = pytest.mark.parametrize("model", [SignOff, Contribution])


@pytest.fixture
def lines(article, reviewer):
    """A line in each table: the draft's contribution and its signature."""
    sign(article, reviewer)
    assert Contribution.objects.exists()


def in_sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def a_field_of(model):
    return "comment" if model is SignOff else "username"


def save_a_line(model):
    line = model.objects.first()
    setattr(line, a_field_of(model), "Changed.")
    line.save()


def bulk_update_lines(model):
    line = model.objects.first()
    setattr(line, a_field_of(model), "Changed.")
    model.objects.bulk_update([line], [a_field_of(model)])


FORBIDDEN = {
    "save": save_a_line,
    "queryset_update": lambda model: model.objects.update(**{a_field_of(model): "Changed."}),
    "bulk_update": bulk_update_lines,
    "sql_update": lambda model: in_sql(f"UPDATE {model._meta.db_table} SET {a_field_of(model)} = 'x'"),  # noqa: S608
    "delete": lambda model: model.objects.first().delete(),
    "queryset_delete": lambda model: model.objects.all().delete(),
    "raw_delete": lambda model: model.objects.all()._raw_delete("default"),
    "sql_delete": lambda model: in_sql(f"DELETE FROM {model._meta.db_table}"),  # noqa: S608
}


@TABLES
@pytest.mark.parametrize("way", FORBIDDEN)
def test_a_line_is_neither_changed_nor_deleted(lines, model, way):
    before = list(model.objects.values())

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        FORBIDDEN[way](model)

    assert list(model.objects.values()) == before


@pytest.mark.postgres
@TABLES
def test_a_table_of_lines_is_not_truncated(lines, model):
    before = model.objects.count()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        in_sql(f"TRUNCATE {model._meta.db_table} CASCADE")

    assert model.objects.count() == before


def test_a_replaced_line_is_refused_too(lines):
    line = SignOff.objects.get()
    line.comment = "Changed."

    with pytest.raises(DatabaseError), transaction.atomic():
        line.save(force_insert=True)

    assert not SignOff.objects.get().comment


def test_lines_are_added(lines, article, editor):
    Contribution.objects.create(subject_uuid=article.subject_uuid, user_id=editor.pk, username="e", at=timezone.now())
    sign(article)

    assert (SignOff.objects.count(), Contribution.objects.count()) == (2, 2)


def test_the_migration_is_reversed_and_applied_again(lines):
    operation, state = migration.Migration.operations[0], ProjectState()
    editor = connection.schema_editor()

    operation.database_backwards("research", editor, state, state)
    with transaction.atomic():
        save_a_line(Contribution)

    operation.database_forwards("research", editor, state, state)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        save_a_line(Contribution)


def test_the_triggers_can_be_put_on_and_taken_off_twice(lines):
    append_only.install(connection)
    append_only.remove(connection)
    append_only.remove(connection)
    append_only.install(connection)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        save_a_line(Contribution)


@pytest.mark.parametrize("turn", [1, 2])
def test_a_database_emptied_after_a_test_is_append_only_again(transactional_db, article, turn):
    """Twice, so that one of them follows the other's flush."""
    sign(article)

    assert (SignOff.objects.count(), Contribution.objects.count()) == (1, 1)
    with pytest.raises(DatabaseError, match="append-only"):
        SignOff.objects.update(comment="Changed.")
