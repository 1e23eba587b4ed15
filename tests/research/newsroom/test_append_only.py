from importlib import import_module  # noqa: TID251 - its name is no identifier
from uuid import UUID

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.migrations.state import ProjectState
from django.db.models import UniqueConstraint

from research.models import (
    Contribution,
    ContributionPersonal,
    Erasure,
    Receipt,
    Release,
    SealedContent,
    SignOff,
    SignOffPersonal,
)
from research.newsroom import append_only
from research.review import contributions
from research.review.chain import CHAINS
from tests.factories import publish, schedule, sign
from tests.made_rows import any_value

migration = import_module("research.migrations.0003_append_only")

pytestmark = pytest.mark.django_db

FIELD, OTHER = "subject_uuid", UUID(int=9)
TABLES = pytest.mark.parametrize("model", [SignOff, Contribution])


@pytest.fixture
def lines(article, reviewer):
    """A line in each table: the draft's contribution and its signature."""
    sign(article, reviewer)
    assert Contribution.objects.exists()


def in_sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def save_a_line(model):
    line = model.objects.first()
    setattr(line, FIELD, OTHER)
    line.save()


def bulk_update_lines(model):
    line = model.objects.first()
    setattr(line, FIELD, OTHER)
    model.objects.bulk_update([line], [FIELD])


FORBIDDEN = {
    "save": save_a_line,
    "queryset_update": lambda model: model.objects.update(**{FIELD: OTHER}),
    "bulk_update": bulk_update_lines,
    "sql_update": lambda model: in_sql(f"UPDATE {model._meta.db_table} SET {FIELD} = '{OTHER.hex}'"),  # noqa: S608
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
    # What the lines were written with is checked at the end of the transaction; until then nothing is truncated anyway.
    in_sql("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        in_sql(f"TRUNCATE {model._meta.db_table} CASCADE")

    assert model.objects.count() == before


def test_a_replaced_line_is_refused_too(lines):
    line = SignOff.objects.get()
    line.reviewer_id = 99

    with pytest.raises(DatabaseError), transaction.atomic():
        line.save(force_insert=True)

    assert SignOff.objects.get().reviewer_id != 99


def test_lines_are_added(lines, article, editor):
    contributions.record(article.subject_uuid, editor)
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
        SignOff.objects.update(subject_uuid=OTHER)


def columns_of(model):
    return ", ".join(field.column for field in model._meta.concrete_fields)


@pytest.fixture
def released(article, reviewer):
    """A line in every append-only table that a publication writes to."""
    return publish(article, reviewer)


REPLACED = pytest.mark.parametrize("model", [SignOff, Contribution, Receipt, SignOffPersonal, SealedContent, Release])


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces")
@REPLACED
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
def test_no_line_is_replaced(released, model, verb):
    table, columns = model._meta.db_table, columns_of(model)
    before = list(model.objects.order_by("pk").values())

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        in_sql(f"{verb} INTO {table} ({columns}) SELECT {columns} FROM {table}")  # noqa: S608

    assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces")
@pytest.mark.parametrize("model", [SignOff, Contribution, Receipt])
def test_no_line_is_replaced_under_another_number_by_its_hash(released, model):
    table, columns = model._meta.db_table, columns_of(model)
    moved = columns.replace("sequence,", "sequence + 100,", 1)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        in_sql(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {moved} FROM {table}")  # noqa: S608


RULES = pytest.mark.parametrize("rule", append_only.RULES, ids=lambda rule: rule.table)
BY_TABLE = {model._meta.db_table: model for model in apps.get_models()}


def unique_columns(model):
    """Return the columns by which ``OR REPLACE`` would find the row in its way, each a set of its own."""
    groups = [[field] for field in model._meta.local_concrete_fields if field.unique]
    groups += [[model._meta.get_field(name) for name in names] for names in model._meta.unique_together]
    groups += [
        [model._meta.get_field(name) for name in constraint.fields]
        for constraint in model._meta.constraints
        if isinstance(constraint, UniqueConstraint) and not constraint.condition  # one is, of releases that wait
    ]
    return [[field.column for field in group] for group in groups]


def a_row_of(model):
    """Add a row, past all rules, and return its columns and values."""
    fields = [field for field in model._meta.local_concrete_fields if not field.null]
    values = {field.column: field.get_db_prep_save(any_value(field), connection) for field in fields}
    values |= {"state": "done"} if model is Release else {}
    values |= {model._meta.pk.column: 1 if model._meta.pk.get_internal_type() != "CharField" else "x"}
    put("INSERT", model, values)
    return values


def put(verb, model, values):
    with connection.cursor() as cursor:
        columns, places = ", ".join(values), ", ".join(["%s"] * len(values))
        cursor.execute(f"{verb} INTO {model._meta.db_table} ({columns}) VALUES ({places})", list(values.values()))


def test_every_chain_and_all_that_its_lines_commit_to_is_append_only():
    held = {rule.table for rule in append_only.RULES}

    assert {model._meta.db_table for model in CHAINS.values()} <= held
    assert {SignOffPersonal._meta.db_table, ContributionPersonal._meta.db_table} <= held
    assert {SealedContent._meta.db_table, Erasure._meta.db_table} <= held


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces")
@RULES
def test_no_row_of_any_append_only_table_is_replaced_by_any_of_its_keys(db, rule):
    """A row of the same primary key, or of any other unique value: each would delete the one that is there."""
    model = BY_TABLE[rule.table]
    with transaction.atomic():
        first = a_row_of(model)
        for columns in unique_columns(model):
            other = {
                field.column: field.get_db_prep_save(any_value(field, 8), connection)
                for field in model._meta.local_concrete_fields
                if field.column in first
            }
            other |= {model._meta.pk.column: 2 if model._meta.pk.get_internal_type() != "CharField" else "y"}
            other |= {column: first[column] for column in columns}
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                put("INSERT OR REPLACE", model, other)
        transaction.set_rollback(True)


@RULES
@pytest.mark.parametrize("way", ["update", "delete"])
def test_no_row_of_any_append_only_table_is_changed_or_deleted(db, rule, way):
    model = BY_TABLE[rule.table]
    with transaction.atomic():
        values = a_row_of(model)
        column = next(name for name in values if name != model._meta.pk.column)
        change = f"UPDATE {rule.table} SET {column} = {column}" if way == "update" else f"DELETE FROM {rule.table}"  # noqa: S608
        if rule.table in ("research_release", "research_publishedversion") and way == "update":
            change = f"UPDATE {rule.table} SET digest = 'other'"  # noqa: S608
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            in_sql(change)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE research_release SET receipt = '{}' WHERE state = 'done'",
        "UPDATE research_release SET state = 'held' WHERE state = 'done'",
        "UPDATE research_release SET done_at = NULL WHERE state = 'done'",
        "UPDATE research_release SET digest = 'x' WHERE state = 'done'",
        "UPDATE research_release SET id = id + 1000",
        "DELETE FROM research_release WHERE state = 'done'",
    ],
)
def test_a_release_that_was_carried_out_stays_what_it_was(released, change):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        in_sql(change)


def test_a_release_that_waits_is_changed_and_deleted(article, reviewer):
    schedule(article, reviewer)
    in_sql("UPDATE research_release SET attempts = 3, state = 'held', receipt = '{}'")
    in_sql("DELETE FROM research_releasechange")
    in_sql("DELETE FROM research_release")

    assert not Release.objects.exists()


@pytest.mark.parametrize("table", [rule.table for rule in append_only.RULES])
def test_a_trigger_that_is_gone_is_missed_and_put_back_after_a_migration(lines, table):
    assert append_only.missing(connection) == []
    on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
    in_sql(f"DROP TRIGGER {table}_no_update{on_table}")
    assert append_only.missing(connection) == [f"{table}_no_update"]

    append_only.reinstall_if_missing(connection)

    assert append_only.missing(connection) == []


def test_a_trigger_that_was_weakened_is_missed(lines):
    name = "research_signoff_no_update"
    if connection.vendor == "postgresql":
        in_sql(f"ALTER TABLE research_signoff DISABLE TRIGGER {name}")
    else:
        in_sql(f"DROP TRIGGER {name}")
        in_sql(f"CREATE TRIGGER {name} BEFORE UPDATE ON research_signoff WHEN 0 BEGIN SELECT 1; END")

    assert append_only.missing(connection) == [name]
