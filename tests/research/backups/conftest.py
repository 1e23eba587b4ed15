"""Installations in processes of their own: a database with real commits, and a folder of media."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.migrated import Template

PATIENCE_SECONDS = 240


class Installation:
    """One database and one media folder; commands run on them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.media = folder / "media"
        folder.mkdir(exist_ok=True)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start a process of this project on the installation."""
        paths = [str(settings.BASE_DIR), str(settings.SITE_DIR)]
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings.test",
                "TEST_DATABASE_URL": self.url,
                "TEST_MEDIA_ROOT": str(self.media),
                "DATA_DIR": str(self.folder),
                "PYTHONPATH": os.pathsep.join(paths),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )

    def manage(self, *arguments: str) -> tuple[int, str]:
        """Run a management command to its end; return its exit code and what it said."""
        process = self.start("manage.py", *arguments)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, said

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database past Django, so that no test shares its connection."""
        if self.url.startswith("sqlite"):
            with contextlib.closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=30)) as opened:
                return opened.execute(query).fetchall()
        with psycopg.connect(self.url) as asked:
            return asked.execute(query).fetchall()


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something that a process does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def installation(migrated: Template, tmp_path: Path) -> Iterator[Installation]:
    """A migrated installation without content."""
    if connection.vendor == "sqlite":
        path = tmp_path / "site.sqlite3"
        migrated.write_to(path)
        yield Installation(f"sqlite:///{path}", tmp_path / "site")
        return
    with _server_database(template=migrated.name) as name:
        yield Installation(_address(name), tmp_path / "site")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Installation]:
    """An empty installation: no table, no file."""
    if connection.vendor == "sqlite":
        yield Installation(f"sqlite:///{tmp_path / 'elsewhere' / 'restored.sqlite3'}", tmp_path / "elsewhere")
        return
    with _server_database() as name:
        yield Installation(_address(name), tmp_path / "elsewhere")


@contextlib.contextmanager
def _server_database(template: str = "template1") -> Iterator[str]:
    name = f"drill_{uuid.uuid4().hex[:12]}"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield name
    finally:
        _on_server(f"DROP DATABASE {name} WITH (FORCE)")


def _address(name: str) -> str:
    values = connection.settings_dict
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    return f"postgres://{values['USER']}{password}@{values['HOST']}:{values['PORT'] or 5432}/{name}"


def _on_server(statement: str) -> None:
    with psycopg.connect(_address("postgres"), autocommit=True) as opened:
        opened.execute(statement)
