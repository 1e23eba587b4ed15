"""The migrated test database, made once for each state of the migrations and copied into every test process.

Migrating takes some twelve seconds of a processor, copying a few hundredths. Django's own ``migrate`` runs on the copy
all the same: it finds nothing to do, and lets what follows migrations (content types, permissions, triggers) be of the
code as it is. A copy is never older than the code, because its name is a digest of all that decides what is in it.
"""

import ast
import contextlib
import fcntl
import hashlib
import os
import shutil
import sqlite3
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.db import models

ROOTS = (settings.BASE_DIR, settings.SITE_DIR)
KEPT = 12
PREFIX = "countersign_migrated_"


class Template:
    """What a migrated database of this code and this server looks like; one process at a time makes it.

    Call ``offer`` before Django makes the test database, ``keep`` when it was made, and ``close`` at the end.
    """

    def __init__(self, connection: Any, folder: Path, *, anew: bool = False) -> None:
        self.connection, self.folder, self.anew = connection, folder, anew
        self.name = PREFIX + key(connection)
        # Asked before it is made: afterwards Django puts its prefix before the name that has it.
        self._test_database = connection.creation._get_test_db_name()
        self._lock: IO[str] | None = None
        self._opened: sqlite3.Connection | None = None

    def offer(self) -> None:
        """Let the test database be a copy, if there is one to copy; else hold the lock until ``keep`` is called."""
        self._take_lock()
        if self.anew or not self.exists():
            return
        if self.connection.vendor == "sqlite":
            # Kept open: a database in memory goes with its last connection.
            self._opened = sqlite3.connect(self._test_database, uri=True)
            with contextlib.closing(sqlite3.connect(self._file)) as kept:
                kept.backup(self._opened)
            self._file.touch()
        else:
            self.connection.settings_dict["TEST"]["TEMPLATE"] = self.name
        self._release()

    def keep(self) -> None:
        """Keep a copy of the test database as migrations left it, unless that is what it was copied from."""
        try:
            if self._is_made() and (self.anew or not self.exists()):
                self._keep_file() if self.connection.vendor == "sqlite" else self._keep_database()
        finally:
            self._release()

    def write_to(self, path: Path) -> None:
        """Write a migrated SQLite database to a file, once ``keep`` was called."""
        shutil.copyfile(self._file, path)

    def close(self) -> None:
        """Let go of the database and of the lock."""
        if self._opened is not None:
            self._opened.close()
        self._release()

    def exists(self) -> bool:
        """Return whether a copy is kept."""
        if self.connection.vendor == "sqlite":
            return self._file.exists()
        return self.name in self._kept_databases()

    def _is_made(self) -> bool:
        """Return whether there is a test database: none is made for tests that ask for none."""
        return bool(self.connection.settings_dict["NAME"] == self._test_database)

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.name}.sqlite3"

    def _keep_file(self) -> None:
        # A run that is killed before the end leaves nothing that looks like a copy.
        unfinished = self._file.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        self.connection.ensure_connection()
        with contextlib.closing(sqlite3.connect(unfinished)) as copy:
            self.connection.connection.backup(copy)
        unfinished.replace(self._file)
        found = sorted(self.folder.glob(f"{PREFIX}*.sqlite3"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in found[KEPT:]:
            path.unlink(missing_ok=True)
            path.with_suffix(".lock").unlink(missing_ok=True)

    def _keep_database(self) -> None:
        self.connection.close()  # nobody may be connected to what is copied
        made_from = self.connection.ops.quote_name(self.connection.settings_dict["NAME"])
        with self.connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {self.name}")
            cursor.execute(f"CREATE DATABASE {self.name} TEMPLATE {made_from}")
        for name in self._kept_databases()[KEPT:]:
            with contextlib.suppress(Exception), self.connection._nodb_cursor() as cursor:  # another run copies it
                cursor.execute(f"DROP DATABASE IF EXISTS {name}")

    def _kept_databases(self) -> list[str]:
        with self.connection._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid DESC", [f"{PREFIX}%"])
            return [name for (name,) in cursor.fetchall()]

    def _take_lock(self, *, wait: bool = True) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = self._file.with_suffix(".lock").open("w")
        # Let go of by the system when the process is killed.
        fcntl.flock(self._lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def key(connection: Any) -> str:
    """Return a digest of all that decides what a migrated database holds.

    The migrations, what those that write rows call, the columns that all fields make, the settings, every installed
    version, Python, the database, and the clock that the run was given.
    """
    found = hashlib.sha256()
    for part in (sys.version, connection.vendor, _server(connection), os.environ.get("TEST_NOW", ""), *_versions()):
        found.update(f"{part}\n".encode())
    for line in _columns(connection):
        found.update(line.encode())
    written = [path for path in _migrations() if "RunPython" in path.read_text()]
    for path in sorted({*_migrations(), *_settings(), *_called(written)}):
        found.update(f"{path.name}\n".encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _server(connection: Any) -> str:
    if connection.vendor == "sqlite":
        return sqlite3.sqlite_version
    with connection._nodb_cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def _versions() -> list[str]:
    return sorted(path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))


def _columns(connection: Any) -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            yield f"{model._meta.db_table} {field.column} {field.db_type(connection)} {_collation(field)}\n"


def _collation(field: "models.Field[Any, Any]") -> str:
    return getattr(field, "db_collation", None) or ""


def _migrations() -> list[Path]:
    return [path for app in apps.get_app_configs() for path in sorted(Path(app.path).glob("migrations/**/*.py"))]


def _settings() -> list[Path]:
    return sorted((settings.SITE_DIR / "config").rglob("*.py"))


def _called(paths: Iterable[Path]) -> set[Path]:
    """Return the project's modules that files import, and what those import."""
    found: set[Path] = set()
    waiting = list(paths)
    while waiting:
        for module in _imports(waiting.pop()) - found:
            found.add(module)
            waiting.append(module)
    return found


def _run_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Give what runs: all but what is there for the type checker."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from _run_nodes(node)


def _imports(path: Path) -> set[Path]:
    named: set[str] = set()
    for node in _run_nodes(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            named.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            named.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    places = [root / name.replace(".", "/") for name in named for root in ROOTS]
    files = [file for place in places for file in (place.with_suffix(".py"), place / "__init__.py")]
    return {file for file in files if file.is_file()}
