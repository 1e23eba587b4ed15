"""Two real servers on one store: a change a second, readers who go on asking, and no old word.

``RACE_SECONDS`` says for how long; how many changes a machine made of it is printed.
"""

import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection

from common.page_store import stamps
from common.page_store.stamps import Stamps
from tests.processes import ROOT, own_database, run, start

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
granian = pytest.importorskip("granian")

SECONDS = float(os.environ.get("RACE_SECONDS", "8"))
SHOWING = ("/ms/one/", "/", "/ms/", "/feed/", "/ms/feed.json")
#: Pages that do not show what is changed, so many that an article of them has neighbours of its own.
OTHERS = tuple(f"/far/other-{number}/" for number in range(8))
#: Between two pages of a reader: without, six of them leave the newsroom no processor to change anything with.
PAUSE_SECONDS = 0.001
VERSION = re.compile(rb"Words of version (\d+)")

SET_UP = """
from research.publishing import pictures
pictures.ARTWORK_SIZE, pictures.WIDTHS = (32, 18), (8, 16)
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, publish
far = TopicIndexPageFactory(slug="far", title="Far")
for number in range(8):
    publish(ArticlePageFactory(parent=far, slug=f"other-{number}"))
publish(ArticlePageFactory(parent=TopicIndexPageFactory(), slug="one", title="Words of version 0"))
"""
#: Publishes new words at each second, by the newsroom's own way, and says so when that has returned. A machine that
#: takes longer lets the words stand for half a second all the same, so that somebody reads each.
CHANGE = """
import time
from research.models import ArticlePage
from research.publishing import pictures
pictures.ARTWORK_SIZE, pictures.WIDTHS = (32, 18), (8, 16)
from tests.factories import edit, publish
from tests.factories.people import reviewer_user
reviewer, page = reviewer_user(username="changer"), ArticlePage.objects.get(slug="one")
print("ready", flush=True)
begun = time.monotonic()
for number in range(1, 10_000):
    time.sleep(max(0.5, begun + number - time.monotonic()))
    edit(page, title=f"Words of version {number}")
    publish(page, reviewer)
    print(number, time.monotonic(), flush=True)
"""


@dataclass
class Polling:
    """What readers got: when they asked, and the version that was on the page."""

    seen: list[tuple[float, str, int]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def read(self, port: int) -> None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        while not self.is_over.is_set():
            for address in (*SHOWING, *OTHERS):
                time.sleep(PAUSE_SECONDS)
                asked_at = time.monotonic()
                link.request("GET", address, headers={"Host": "localhost"})
                answer = link.getresponse()
                page = answer.read()
                if answer.status != 200:
                    self.failed.append(f"{answer.status} {address}")
                elif address in SHOWING:
                    self.seen.append((asked_at, address, int(VERSION.findall(page)[0])))


@pytest.fixture
def servers(tmp_path, migrated) -> Iterator[tuple[list[int], str, Path]]:
    """Two servers in processes of their own, on one database and one store."""
    with pytest.MonkeyPatch.context() as patch, own_database(connection.vendor, tmp_path, migrated) as address:
        patch.setenv("DATA_DIR", str(tmp_path / "var"))
        patch.setenv("TEST_MEDIA_ROOT", str(tmp_path / "media"))
        patch.setenv("TEST_PAGE_STORE", "1")
        setting_up = start(SET_UP, address)
        out, errors = setting_up.communicate()
        assert setting_up.returncode == 0, out + errors
        ports = [free_port(), free_port()]
        running = [serve(port, address) for port in ports]
        try:
            for port in ports:
                wait_for(port)
            yield ports, address, tmp_path / "var" / "pages"
        finally:
            for process in running:
                process.terminate()
                process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(port: int, address: str) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "TEST_DATABASE_URL": address,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
    }
    words = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-access-log", "--log-level", "error"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"),
        "config.wsgi:application",
    ]
    return subprocess.Popen(words, env=environment)


def wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            link.request("GET", "/ms/one/", headers={"Host": "localhost"})
            if link.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server does not answer")


def test_no_reader_of_two_servers_gets_an_old_word(servers, capsys):
    ports, address, folder = servers
    numbers = Stamps(folder).numbers()
    before = numbers[stamps.HITS_AT], numbers[stamps.MISSES_AT]
    changing = start(CHANGE, address)
    assert changing.stdout.readline() == "ready\n", changing.stderr.read()
    polling = Polling()
    readers = [threading.Thread(target=polling.read, args=(ports[number % 2],)) for number in range(6)]
    for reader in readers:
        reader.start()
    time.sleep(SECONDS)
    changing.terminate()
    told = [line.split() for line in changing.communicate()[0].splitlines()]
    time.sleep(0.5)
    polling.is_over.set()
    for reader in readers:
        reader.join()

    done = [(int(number), float(at)) for number, at in told]
    old = [
        (where, version, wanted)
        for asked_at, where, version in polling.seen
        if version < (wanted := max((number for number, at in done if at <= asked_at), default=0))
    ]
    hits, misses = numbers[stamps.HITS_AT] - before[0], numbers[stamps.MISSES_AT] - before[1]
    share = hits / (hits + misses)
    with capsys.disabled():
        print(f"\n{len(done)} changes, {hits + misses} pages read, {share:.1%} from the store, {len(old)} old")  # noqa: T201
    assert done
    assert {version for *_, version in polling.seen} >= {number for number, _ in done[:-1]}
    assert polling.failed == []
    assert old == []
    assert share >= 0.95


def test_an_empty_database_is_migrated_with_the_store_on(tmp_path, monkeypatch):
    """Rows of migrations are of models that have columns only."""
    monkeypatch.setenv("TEST_PAGE_STORE", "1")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    program = "from django.core.management import call_command; call_command('migrate', verbosity=0); print('done')"

    assert "done" in run(program, f"sqlite:///{tmp_path / 'empty.sqlite3'}")
