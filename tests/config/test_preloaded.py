"""What several workers share is loaded before they are made, and nothing that they must not share."""

import re
import socket
import subprocess
import time
from pathlib import Path

import pytest
from django.db import connection

from common.management.commands import start
from tests.processes import own_database, run

LOADED = """
import gc, sys, threading
from config import preloaded
preloaded.load()
from common.page_store import place
from django.db import connections
assert "home.views" in sys.modules and gc.get_freeze_count() > 100_000 and gc.isenabled()
assert threading.active_count() == 1 and place.store.cache_info().currsize == 0
assert all(connection.connection is None for connection in connections.all())
print("loaded")
"""


def test_what_is_loaded_before_the_fork_is_open_nowhere(tmp_path):
    assert run(LOADED, f"sqlite:///{tmp_path / 'none.sqlite3'}") == "loaded\n"


@pytest.mark.parametrize(("workers", "server"), [(1, "granian"), (2, "config.preloaded")])
def test_only_several_workers_are_loaded_for(workers, server):
    pytest.importorskip("granian")

    assert start.web_command("127.0.0.1", 8123, workers, 8)[2] == server


@pytest.mark.slow
@pytest.mark.django_db
def test_two_workers_answer_and_share_most_of_what_they_hold(tmp_path, migrated, monkeypatch):
    pytest.importorskip("granian")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.test")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with own_database(connection.vendor, tmp_path, migrated) as address:
        environment = {**start.environment(), "TEST_DATABASE_URL": address}
        server = subprocess.Popen(start.web_command("127.0.0.1", port, 2, 1), env=environment)
        try:
            is_there = _answers_within(60, f"http://127.0.0.1:{port}/health/live")
            workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
            shares = [_kibibytes(worker, "Pss") / _kibibytes(worker, "Rss") for worker in workers]
        finally:
            server.terminate()
            server.wait(20)

    assert is_there
    assert len(shares) == 2
    assert max(shares) < 0.7


def _answers_within(seconds: int, address: str) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if start.answers(address):
            return True
        time.sleep(0.2)
    return False


def _kibibytes(pid: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1])
