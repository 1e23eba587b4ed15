"""Servers of a site or of a reference, each in processes of its own, and readers who ask them as a browser does."""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.utils.crypto import get_random_string

from common.management.commands.start import manage

#: One for all servers, as the processes of a site have one.
SECRET_KEY = get_random_string(50)
#: A server that runs: its port and its process.
Server = tuple[int, int]
Name = TypeVar("Name", bound=Hashable)

OF_THE_SERVER = ("date", "server", "connection")
#: As a browser asks. http.client would ask as a program, whom nothing counts and nothing is compressed for.
ASKED_WITH = {
    "Host": "localhost",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.5",
    "Accept-Encoding": "gzip, deflate, br, zstd",
}
#: All that is taken over from the shell, so that no store or cache of another site is named to the server.
OF_THE_SHELL = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH")
#: The same without compression: what is measured then is the page.
UNCOMPRESSED = ASKED_WITH | {"Accept-Encoding": "identity"}
#: Ours, and what ``manage.py start`` runs where it has several workers.
OURS, PRELOADED = "config.wsgi:application", "config.preloaded"
STOCK_SITE = "research.trials.bench.servers.stock.site"
STOCK = f"{STOCK_SITE}:application"
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
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "TEST_DATABASE_URL": f"sqlite:///{name}" if connection.vendor == "sqlite" else _on_server(name),
        "TEST_MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "TEST_PAGE_STORE": "1",
        "DATA_DIR": str(folder / "var"),
    }


def _on_server(name: str) -> str:
    """Return the address of a database on the server that the tests use."""
    return f"{os.environ.get('TEST_DATABASE_URL', '').rpartition('/')[0]}/{name}"


def reference_variables(folder: Path, schema: str = "public") -> dict[str, str]:
    """Return the variables of a reference: it has a file of its own, or a schema on the server that ours is on."""
    on_file = f"sqlite:///{folder / 'reference.sqlite3'}"
    on_server = f"{_on_server(str(connection.settings_dict['NAME']))}?options=-c%20search_path%3D{schema}"
    address = on_file if connection.vendor == "sqlite" else on_server
    return {"DJANGO_SETTINGS_MODULE": "", "REFERENCE_DATABASE_URL": address}


def make_stock(folder: Path, variables: dict[str, str], articles: int) -> None:
    """Make the tables of Wagtail alone, and so many articles."""
    words = [sys.executable, "-m", STOCK_SITE, "fill", str(articles)]
    subprocess.run(words, cwd=folder, env=environment(variables), check=True)  # noqa: S603 - the command is ours


def environment(variables: dict[str, str]) -> dict[str, str]:
    """Return the shell's variables with these over them; an empty one is left out."""
    paths = os.pathsep.join([str(settings.BASE_DIR), str(settings.SITE_DIR), os.environ.get("PYTHONPATH", "")])
    return {name: value for name, value in {**os.environ, "PYTHONPATH": paths, **variables}.items() if value}


def as_in_production(folder: Path) -> dict[str, str]:
    """Return the variables of a site on this database in production, but for TLS, which ends in front of it."""
    ours = variables(folder)
    return dict.fromkeys(os.environ.keys() - set(OF_THE_SHELL), "") | {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": SECRET_KEY,
        "ALLOWED_HOSTS": "localhost",
        "SECURE_SSL_REDIRECT": "0",
        "LOG_LEVEL": "ERROR",  # what it would warn of at its start is so by intent
        "DATABASE_URL": ours["TEST_DATABASE_URL"],
        "MEDIA_ROOT": ours["TEST_MEDIA_ROOT"],
        "DATA_DIR": ours["DATA_DIR"],
    }


@contextmanager
def served_as_in_production(folder: Path) -> Iterator[Server]:
    """Run ours as in production, with one worker; yield its port and its process."""
    given = as_in_production(folder)
    collect = manage("collectstatic", "--noinput", "--verbosity", "0")
    subprocess.run(collect, env=environment(given), check=True)  # noqa: S603 - the command is ours
    with served("granian", OURS, folder, given) as server:
        yield server


def print_by_another(folder: Path, addresses: Iterable[str]) -> None:
    """Let another process of the site that is served as in production print some pages, and end."""
    with served("granian", OURS, folder, as_in_production(folder)) as server:
        for address in addresses:
            ask(server, address, 1)


@contextmanager
def served(
    server: str, application: str, folder: Path, variables: dict[str, str], *, workers: int = 1
) -> Iterator[Server]:
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


def ask(
    server: Server, addresses: str | Iterator[str], times: int, headers: Mapping[str, str] = ASKED_WITH
) -> tuple[bytes, list[tuple[str, str]]]:
    """Return the page, asked for so many times, and its headers; the last of several addresses, where each is asked."""
    link = http.client.HTTPConnection("127.0.0.1", server[0], timeout=30)
    page, given = b"", list[tuple[str, str]]()
    for _ in range(times):
        address = addresses if isinstance(addresses, str) else next(addresses)
        link.request("GET", address, headers=headers)  # opens another connection where a server ends each
        answer = link.getresponse()
        page, given = answer.read(), answer.getheaders()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{answer.status} for {address}")
    link.close()
    return page, [(name, value) for name, value in given if name.lower() not in OF_THE_SERVER]


def costs(
    asked: Mapping[Name, tuple[Server, str | Iterator[str]]],
    rounds: int,
    a_round: int,
    headers: Mapping[str, str] = ASKED_WITH,
) -> dict[Name, float]:
    """Return the median processor time of a request by name, in microseconds: of a server's processes and its database.

    Args:
        asked: a server and an address each, by turns, so that whatever else the machine does falls on all of them; or
            a server and the addresses to ask it for, one after the other.
        rounds: how often each has its turn; once more at first, to warm what it keeps in memory.
        a_round: how many requests a turn is of.
    """
    found: dict[Name, list[float]] = {name: [] for name in asked}
    for number in range(rounds + 1):
        for name, (server, addresses) in asked.items():
            before = _seconds_of(server[1]) + _seconds_of_database()
            ask(server, addresses, a_round, headers)
            if number:
                after = _seconds_of(server[1]) + _seconds_of_database()
                found[name].append((after - before) * 1_000_000 / a_round)
    return {name: statistics.median(each) for name, each in found.items()}


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


def _seconds_of_database() -> float:
    """Return what the processes of this database's connections have used; 0 where the server's own process is it."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return sum(_seconds_of(pid) for (pid,) in cursor.fetchall())
