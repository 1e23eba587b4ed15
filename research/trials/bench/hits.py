"""What a kept article costs a server beside the plainest answers of the same bytes, all under granian."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connection

from research.trials.bench import Figure
from research.trials.bench.references import HEADERS_NAME, PAGE_NAME
from research.trials.throwaway import countersign, make_article, make_reviewer

MEASURED = "processor time of a server for each of {runs} × 100 requests, one worker of granian, connections kept"
A_RUN = 100
# Bytes by WSGI alone are to cost 0.7 of a hit, and a bare view under gunicorn ten hits; under granian a bare view costs
# 2.2 times less, as was measured in November 2026.
OF_RAW, TIMES_CHEAPER = 0.7, 10 / 2.2
OF_THE_SERVER = ("date", "server", "connection")
UNIT = "µs of CPU"
REFERENCES = "research.trials.bench.references"


def run(runs: int) -> Iterator[Figure]:
    """Yield the cost of bytes by WSGI alone, of a bare view of Django, and of a kept article."""
    address = _publish()
    with TemporaryDirectory() as name:
        folder = Path(name)
        with _served("config.wsgi:application", folder, _variables(folder)) as server:
            page, headers = _ask(server, address, 20)
            (folder / PAGE_NAME).write_bytes(page)
            (folder / HEADERS_NAME).write_text(json.dumps(headers))
            hit = _cost(server, address, runs)
        costs = {}
        for reference in ("raw", "bare_django"):
            with _served(f"{REFERENCES}:{reference}", folder, {"DJANGO_SETTINGS_MODULE": ""}) as server:
                costs[reference] = _cost(server, address, runs)
    yield Figure(f"{len(page):,} bytes by WSGI alone", costs["raw"], unit=UNIT)
    yield Figure("the same by a bare view of Django", costs["bare_django"], unit=UNIT)
    yield Figure("a kept article", hit, costs["raw"] / OF_RAW, unit=UNIT)
    yield Figure("a kept article, goal by the bare view", hit, costs["bare_django"] / TIMES_CHEAPER, unit=UNIT)


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
def _served(application: str, folder: Path, variables: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Run a server; yield its port and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    paths = os.pathsep.join([str(settings.BASE_DIR), str(settings.SITE_DIR)])
    environment = {name: value for name, value in {**os.environ, "PYTHONPATH": paths, **variables}.items() if value}
    words = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-access-log", "--log-level", "error"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "1", application),
    ]
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
        link.request("GET", address, headers={"Host": "localhost"})
        answer = link.getresponse()
        page, headers = answer.read(), answer.getheaders()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{answer.status} for {address}")
    link.close()
    return page, [(name, value) for name, value in headers if name.lower() not in OF_THE_SERVER]


def _cost(server: tuple[int, int], address: str, runs: int) -> float:
    """Return the processor time of a request in microseconds, of all processes of the server."""
    _ask(server, address, A_RUN)
    before = _seconds_of(server[1])
    _ask(server, address, runs * A_RUN)
    return (_seconds_of(server[1]) - before) * 1_000_000 / (runs * A_RUN)


def _seconds_of(pid: int) -> float:
    """Return the processor time that a process and its children have used."""
    used = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            own, fields = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if own == pid or int(fields[1]) == pid:
            used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used
