"""Servers of a site or of a reference, each in processes of its own, and readers who ask them as a browser does."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

OF_THE_SERVER = ("date", "server", "connection")
#: As a browser asks. http.client would ask as a program, whom nothing counts and nothing is compressed for.
ASKED_WITH = {
    "Host": "localhost",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.5",
    "Accept-Encoding": "gzip, deflate, br, zstd",
}
#: Ours, and what ``manage.py start`` runs where it has several workers.
OURS, PRELOADED = "config.wsgi:application", "config.preloaded"
SERVERS = {
    "granian": (
        *("--interface", "wsgi", "--no-access-log", "--log-level", "error", "--host", "127.0.0.1"),
        *("--workers", "{workers}", "--blocking-threads", "1", "--port", "{port}"),
    ),
    "gunicorn": ("--workers", "{workers}", "--log-level", "error", "--bind", "127.0.0.1:{port}"),
}


def variables(folder: Path) -> dict[str, str]:
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


def environment(variables: dict[str, str]) -> dict[str, str]:
    """Return the shell's variables with these over them; an empty one is left out."""
    paths = os.pathsep.join([str(settings.BASE_DIR), str(settings.SITE_DIR), os.environ.get("PYTHONPATH", "")])
    return {name: value for name, value in {**os.environ, "PYTHONPATH": paths, **variables}.items() if value}


@contextmanager
def served(
    server: str, application: str, folder: Path, variables: dict[str, str], *, workers: int = 1
) -> Iterator[tuple[int, int]]:
    """Run a server with so many workers; yield its port and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = [option.format(port=port, workers=workers) for option in SERVERS[server]]
    is_started_as_ours = application == OURS and workers > 1
    words = [sys.executable, "-m", PRELOADED if is_started_as_ours else server, *options, application]
    process = subprocess.Popen(words, env=environment(variables), cwd=folder)  # noqa: S603 - the command is ours
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


def ask(server: tuple[int, int], address: str, times: int) -> tuple[bytes, list[tuple[str, str]]]:
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
