"""Benchmarks, run by ``manage.py bench``: a module each.

Each has ``run(runs)``, which yields figures, and ``MEASURED``, which says of what. One that makes many rows takes
``size``, too, and says by ``SIZE`` and ``SHORT_SIZE`` how many there are in the whole form and in the short one. One
that needs more than is installed with the site has ``missing()``: what to install, or "" when all is there.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client


@dataclass(frozen=True)
class Timing:
    """The median of some runs: by the clock, and of this process's own work, which other load leaves alone."""

    milliseconds: float
    cpu_milliseconds: float

    def without(self, other: "Timing") -> "Timing":
        """Return what is left when the part that was measured alone is taken off."""
        return Timing(self.milliseconds - other.milliseconds, self.cpu_milliseconds - other.cpu_milliseconds)


@dataclass(frozen=True)
class Figure:
    """One measured figure; ``ratio`` compares it with the stock way, where there is one."""

    name: str
    value: float
    target: float | None = None
    ratio: float | None = None
    cpu_milliseconds: float | None = None
    unit: str = "ms"

    @property
    def holds(self) -> bool:
        """True when there is no target, or it is kept: by the processor, where its time was taken."""
        return self.target is None or (self.cpu_milliseconds or self.value) <= self.target


def timed(work: Callable[[], Any], runs: int) -> Timing:
    """Return the median time of some work, after one run that warms the caches."""
    work()
    clock, cpu = [], []
    for _ in range(runs):
        start, started_cpu = time.perf_counter(), time.process_time()
        work()
        cpu.append((time.process_time() - started_cpu) * 1000)
        clock.append((time.perf_counter() - start) * 1000)
    return Timing(statistics.median(clock), statistics.median(cpu))


def cost(work: Callable[[], Any]) -> float:
    """Return the milliseconds of processor time that some work took here, and of the database's process."""
    before, started = _database_seconds(), time.process_time()
    work()
    here = time.process_time() - started
    return (here + _database_seconds() - before) * 1000


def opened(browser: Client, address: str, **variables: str) -> None:
    """Let a browser open a page: the page alone, without what a test's browser keeps of each template.

    Args:
        browser: who asks.
        address: a path, and a query where it has one.
        variables: of the request, as WSGI calls them.

    Raises:
        RuntimeError: another answer than 200.
    """
    path, _, query = address.partition("?")
    environ: Any = browser._base_environ(PATH_INFO=path, QUERY_STRING=query, **variables)  # type: ignore[attr-defined]
    answer = browser.handler(environ)
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{address} answered {answer.status_code}")


def _database_seconds() -> float:
    """Return how long the database's process for this connection has worked; 0 where it is this process."""
    if connection.vendor != "postgresql":
        return 0.0
    times = Path(f"/proc/{_backend()}/schedstat")
    return int(times.read_text().split()[0]) / 1e9 if times.exists() else 0.0


@cache
def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
