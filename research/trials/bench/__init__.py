"""Benchmarks, run by ``manage.py bench``: a module each.

Each has ``run(runs)``, which yields figures, and ``MEASURED``, which says of what.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


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
        """True when there is no target, or it is kept."""
        return self.target is None or self.value <= self.target


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
