"""What a kept article costs a server beside the plainest answers of the same bytes: under granian, and gunicorn."""

import http.client
import importlib.util
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connection

from research.trials.bench import Figure
from research.trials.bench.references import HEADERS_NAME, PAGE_NAME
from research.trials.throwaway import countersign, make_article, make_reviewer

MEASURED = "processor time of a server, medians of {runs} rounds of 100 requests by turns; one worker of each server"
A_ROUND = 100
# A hit is to be served 0.7 times for each time that WSGI alone gives the same bytes, and ten times for each bare view
# of Django under gunicorn. No target is made of that: no application costs less than its server does, which is printed
# beside it. Where gunicorn is not installed (it is no part of us), its view is taken for so many times that of granian
# as was measured in November 2026.
OF_RAW, TIMES, GUNICORN_BY_GRANIAN = 0.7, 10, 1.4
OF_THE_SERVER = ("date", "server", "connection")
UNIT = "µs of CPU"
REFERENCES = "research.trials.bench.references"
#: As a browser asks. http.client would ask as a program, whom nothing counts and nothing is compressed for.
ASKED_WITH = {
    "Host": "localhost",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.5",
    "Accept-Encoding": "gzip, deflate, br, zstd",
}
SERVERS = {
    "granian": (
        *("--interface", "wsgi", "--no-access-log", "--log-level", "error", "--host", "127.0.0.1"),
        *("--workers", "1", "--blocking-threads", "1", "--port", "{port}"),
    ),
    "gunicorn": ("--workers", "1", "--log-level", "error", "--bind", "127.0.0.1:{port}"),
}


def run(runs: int) -> Iterator[Figure]:
    """Yield the cost of bytes by WSGI alone, of a bare view of Django, and of a kept article."""
    address = _publish()
    servers = [name for name in SERVERS if importlib.util.find_spec(name)]
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        ours = stack.enter_context(_served("granian", "config.wsgi:application", folder, _variables(folder)))
        page, headers = _ask(ours, address, 20)
        (folder / PAGE_NAME).write_bytes(page)
        (folder / HEADERS_NAME).write_text(json.dumps(headers))
        running = {("hit", "granian"): ours}
        for server in servers:
            for kind in ("raw", "bare_django"):
                given = _served(server, f"{REFERENCES}:{kind}", folder, {"DJANGO_SETTINGS_MODULE": ""})
                running[kind, server] = stack.enter_context(given)
        costs = _costs(running, address, runs)
    hit, raw = costs["hit", "granian"], costs["raw", "granian"]
    for server in servers:
        yield Figure(f"{len(page):,} bytes by WSGI alone, {server}", costs["raw", server], unit=UNIT)
        yield Figure(f"the same by a bare view of Django, {server}", costs["bare_django", server], unit=UNIT)
    yield Figure("a kept article, granian; goal by WSGI alone", hit, raw / OF_RAW, unit=UNIT)
    view = costs.get(("bare_django", "gunicorn"), costs["bare_django", "granian"] * GUNICORN_BY_GRANIAN)
    name = (
        f"a kept article for each bare view under gunicorn, goal {TIMES}, of which WSGI alone reaches {view / raw:.1f}"
    )
    yield Figure(name, view / hit, unit="times")


def _publish() -> str:
    article = make_article("kept")
    countersign(article, make_reviewer("kept-reviewer"))
    article.get_latest_revision().publish(skip_permission_checks=True)
    return "/section/kept/"


def _variables(folder: Path) -> dict[str, str]:
    """Return the variables of a site on this database, with a store of its own."""
    name = str(connection.settings_dict["NAME"])
    server = os.environ.get("TEST_DATABASE_URL", "").rpartition("/")[0]
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "TEST_DATABASE_URL": f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{server}/{name}",
        "TEST_MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "TEST_PAGE_STORE": "1",
        "DATA_DIR": str(folder / "var"),
    }


@contextmanager
def _served(server: str, application: str, folder: Path, variables: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Run a server; yield its port and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    paths = os.pathsep.join([str(settings.BASE_DIR), str(settings.SITE_DIR), os.environ.get("PYTHONPATH", "")])
    environment = {name: value for name, value in {**os.environ, "PYTHONPATH": paths, **variables}.items() if value}
    options = [option.format(port=port) for option in SERVERS[server]]
    words = [sys.executable, "-m", server, *options, application]
    process = subprocess.Popen(words, env=environment, cwd=folder)  # noqa: S603 - the command is ours
    try:
        _wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("The server does not answer.")


def _ask(server: tuple[int, int], address: str, times: int) -> tuple[bytes, list[tuple[str, str]]]:
    """Return the page, asked for so many times, and its headers."""
    link = http.client.HTTPConnection("127.0.0.1", server[0], timeout=30)
    page, headers = b"", list[tuple[str, str]]()
    for _ in range(times):
        link.request("GET", address, headers=ASKED_WITH)  # opens another connection where a server ends each
        answer = link.getresponse()
        page, headers = answer.read(), answer.getheaders()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{answer.status} for {address}")
    link.close()
    return page, [(name, value) for name, value in headers if name.lower() not in OF_THE_SERVER]


def _costs(running: dict[tuple[str, str], tuple[int, int]], address: str, runs: int) -> dict[tuple[str, str], float]:
    """Return the median processor time of a request in microseconds, of all processes of each server."""
    rounds: dict[tuple[str, str], list[float]] = {name: [] for name in running}
    for number in range(runs + 1):
        for name, server in running.items():
            before = _seconds_of(server[1])
            _ask(server, address, A_ROUND)
            if number:  # the first warms the caches
                rounds[name].append((_seconds_of(server[1]) - before) * 1_000_000 / A_ROUND)
    return {name: statistics.median(costs) for name, costs in rounds.items()}


def _seconds_of(pid: int) -> float:
    """Return the processor time that a process and its children have used, to the nanosecond as Linux counts it."""
    used = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            own, parent = int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])
            if pid in (own, parent):
                threads = (stat.parent / "task").glob("*/schedstat")
                used += sum(int(thread.read_text().split()[0]) for thread in threads)
        except OSError:
            continue
    return used / 1_000_000_000
