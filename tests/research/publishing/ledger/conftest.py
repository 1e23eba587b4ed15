"""A database with fifty due releases and real commits, for processes of their own."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.migrated import Template

HOW_MANY = 50
PATIENCE_SECONDS = 240
MEDIA = Path(tempfile.mkdtemp(prefix="countersign-test-newsroom-"))


class Newsroom:
    """One database, the processes on it, and what they left behind."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.published = folder / "published.txt"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``newsroom.py`` with these arguments."""
        return self.start_python("-m", "tests.research.publishing.ledger.newsroom", *arguments)

    def start_python(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a process of this project on the database."""
        log = (self.folder / f"process-{len(self.processes)}.log").open("wb")
        paths = [str(settings.BASE_DIR), str(settings.SITE_DIR)]
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings.test",
                "TEST_DATABASE_URL": self.url,
                "DATA_DIR": str(self.folder),
                # Names are random, so that all newsrooms of a session may use one store.
                "NEWSROOM_MEDIA": str(MEDIA),
                "TEST_MEDIA_ROOT": str(MEDIA),
                "PYTHONPATH": os.pathsep.join(paths),
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        log.close()
        self.processes.append(process)
        return process

    def run(self, *arguments: str) -> int:
        """Run ``newsroom.py`` to its end; return the exit code."""
        return self.start(*arguments).wait(PATIENCE_SECONDS)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database past Django, so that no test shares its connection."""
        opened = self._open()
        try:
            return opened.execute(query).fetchall()
        finally:
            opened.close()

    def execute(self, statement: str) -> None:
        """Change the database past Django."""
        opened = self._open()
        try:
            opened.execute(statement)
            opened.commit()
        finally:
            opened.close()

    def _open(self) -> Any:
        if self.url.startswith("sqlite"):
            return sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=30)
        import psycopg

        return psycopg.connect(self.url)

    def states(self) -> dict[str, int]:
        """Return how many releases are in each state."""
        return dict(self.rows("SELECT state, count(*) FROM research_release GROUP BY state"))

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something that the processes do."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < deadline, (self.states(), self.logs())
            time.sleep(0.2)

    def stop(self) -> list[int]:
        """Ask the running processes to end, and return their exit codes."""
        running = [process for process in self.processes if process.poll() is None]
        for process in running:
            process.terminate()
        return [process.wait(30) for process in running]

    def logs(self) -> str:
        """Return what the processes wrote."""
        return "\n".join(path.read_text()[-4000:] for path in sorted(self.folder.glob("process-*.log")))

    def assert_each_done_once(self, count: int = HOW_MANY) -> None:
        """Each release is done, with one receipt, one change to done, one signal, one log entry, one row."""
        assert self.states() == {"done": count}, self.logs()
        done = "SELECT release_id, count(*) FROM research_releasechange WHERE state = 'done' GROUP BY release_id"
        entries = (
            "SELECT page_id, count(*) FROM wagtailcore_pagelogentry WHERE action = 'wagtail.publish' GROUP BY page_id"
        )
        assert Counter(times for _, times in self.rows(done)) == {1: count}
        assert Counter(times for _, times in self.rows(entries)) == {1: count}
        assert self.rows("SELECT count(*) FROM research_publishedarticle WHERE withdrawn_at IS NULL") == [(count,)]
        signals = Counter(self.published.read_text().split())
        assert Counter(signals.values()) == {1: count}
        receipts = self.rows("SELECT receipt, digest FROM research_release")
        assert all(digest in str(receipt) for receipt, digest in receipts)

    def close(self) -> None:
        """End what still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def _planned(
    django_db_setup: None,
    django_db_modify_db_settings: Template,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, str]]:
    """A migrated database with fifty due releases, made once a session: its address and its name."""
    folder = tmp_path_factory.mktemp("planned")
    if connection.vendor == "sqlite":
        path = folder / "planned.sqlite3"
        django_db_modify_db_settings.write_to(path)
        newsroom = Newsroom(f"sqlite:///{path}", folder)
        assert newsroom.run("plan", str(HOW_MANY)) == 0, newsroom.logs()
        yield newsroom.url, str(path)
        return
    name = f"planned_{uuid.uuid4().hex[:12]}"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {django_db_modify_db_settings.name}")
    newsroom = Newsroom(_address(name), folder)
    assert newsroom.run("plan", str(HOW_MANY)) == 0, newsroom.logs()
    yield newsroom.url, name
    _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def newsroom(_planned: tuple[str, str], tmp_path: Path) -> Iterator[Newsroom]:
    """A copy of the planned database for one test; nothing runs on it yet."""
    url, name = _planned
    if url.startswith("sqlite"):
        copy = tmp_path / "newsroom.sqlite3"
        shutil.copy(name, copy)
        made = Newsroom(f"sqlite:///{copy}", tmp_path)
        yield made
        made.close()
        return
    copied = f"{name}_{uuid.uuid4().hex[:8]}"
    _on_server(f"CREATE DATABASE {copied} TEMPLATE {name}")
    made = Newsroom(_address(copied), tmp_path)
    yield made
    made.close()
    _on_server(f"DROP DATABASE {copied} WITH (FORCE)")


def _address(name: str) -> str:
    values = connection.settings_dict
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    return f"postgres://{values['USER']}{password}@{values['HOST']}:{values['PORT'] or 5432}/{name}"


def _on_server(statement: str) -> None:
    import psycopg

    with psycopg.connect(_address("postgres"), autocommit=True) as opened:
        opened.execute(statement)
