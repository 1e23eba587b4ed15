"""A copy of the migrated database is what migrations make, and never that of other code."""

import sqlite3
from contextlib import closing

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from research.newsroom import append_only
from tests import migrated as kept
from tests.migrated import Template, key

pytestmark = pytest.mark.django_db
# What a test's transaction writes to cannot be copied.
committed = pytest.mark.django_db(transaction=True)
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="files are SQLite's")


def schema_of(path):
    with closing(sqlite3.connect(path)) as opened:
        return set(opened.execute("SELECT type, name, sql FROM sqlite_master"))


def test_the_copy_has_every_migration_and_every_trigger():
    executor = MigrationExecutor(connection)

    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert append_only.missing(connection) == []


@committed
@on_sqlite
def test_what_is_kept_is_the_database_as_migrations_left_it(tmp_path):
    template = Template(connection, tmp_path / "kept")
    template.offer()
    assert not template.exists()

    template.keep()
    template.write_to(tmp_path / "copy.sqlite3")

    with connection.cursor() as cursor:
        cursor.execute("SELECT type, name, sql FROM sqlite_master")
        assert schema_of(tmp_path / "copy.sqlite3") == set(cursor.fetchall())


@on_sqlite
def test_what_a_killed_run_left_is_no_copy(tmp_path):
    template = Template(connection, tmp_path)
    template._file.with_suffix(".unfinished").write_bytes(b"half of it")

    assert not template.exists()


def test_a_run_without_a_test_database_keeps_nothing(tmp_path, monkeypatch):
    template = Template(connection, tmp_path)
    template.name += "x"

    monkeypatch.setitem(connection.settings_dict, "NAME", "another")
    template.keep()

    assert not template.exists()


@on_sqlite
def test_one_process_migrates_while_the_others_wait(tmp_path):
    first, second = Template(connection, tmp_path), Template(connection, tmp_path)
    first.offer()

    with pytest.raises(BlockingIOError):
        second._take_lock(wait=False)

    first.close()
    second._take_lock(wait=False)
    second.close()


@committed
@on_sqlite
def test_only_the_newest_copies_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "KEPT", 2)
    for number in range(4):
        template = Template(connection, tmp_path)
        template.name += str(number)
        template.offer()
        template.keep()

    assert len(list(tmp_path.glob("*.sqlite3"))) == 2
    assert template.exists()


def test_the_same_code_has_the_same_key():
    assert key(connection) == key(connection)


@pytest.mark.parametrize("what", ["_migrations", "_settings"])
def test_another_migration_or_setting_is_another_key(what, tmp_path, monkeypatch):
    before = key(connection)
    more = tmp_path / "0001_more.py"
    more.write_text("changed = True\n")
    found = getattr(kept, what)()

    monkeypatch.setattr(kept, what, lambda: [*found, more])
    added = key(connection)
    more.write_text("changed = False\n")

    assert len({before, added, key(connection)}) == 3


def test_what_migrations_call_is_part_of_the_key(tmp_path):
    written = [path for path in kept._migrations() if "RunPython" in path.read_text()]

    called = {path.name for path in kept._called(written)}

    assert {"permissions.py", "append_only.py"} <= called


def test_what_a_called_module_imports_is_called_too(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "ROOTS", (tmp_path,))
    (tmp_path / "desk").mkdir()
    for name, text in (
        ("0002_rows.py", "from desk import roles\n"),
        ("desk/__init__.py", ""),
        ("desk/roles.py", "import desk.rights\n"),
        ("desk/rights.py", "import json\n"),
        ("desk/other.py", ""),
    ):
        (tmp_path / name).write_text(text)

    called = kept._called([tmp_path / "0002_rows.py"])

    assert {path.name for path in called} == {"__init__.py", "roles.py", "rights.py"}


@pytest.mark.parametrize(
    ("what", "other"), [("_versions", lambda: ["django-0.1.dist-info"]), ("_columns", lambda connection: ["a b c\n"])]
)
def test_other_versions_or_columns_are_another_key(what, other, monkeypatch):
    before = key(connection)

    monkeypatch.setattr(kept, what, other)

    assert key(connection) != before


def test_another_clock_is_another_key(monkeypatch):
    before = key(connection)

    monkeypatch.setenv("TEST_NOW", "2028-02-29T12:00:00+00:00")

    assert key(connection) != before
