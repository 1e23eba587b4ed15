"""Runs the benchmarks, each in a process and a throw-away database of its own."""

import subprocess
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from common.management.commands.start import environment, manage
from research.trials.bench import (
    Figure,
    admin,
    checks,
    guard,
    hits,
    imports,
    lighthouse,
    memory,
    pages,
    proofs,
    releases,
    search,
)
from research.trials.throwaway import throwaway_database

EXIT_TOO_SLOW = 1
RUNS, SHORT_RUNS = 50, 10
BENCHMARKS: dict[str, Any] = {
    "admin": admin,
    "checks": checks,
    "guard": guard,
    "hits": hits,
    "imports": imports,
    "lighthouse": lighthouse,
    "memory": memory,
    "pages": pages,
    "proofs": proofs,
    "releases": releases,
    "search": search,
}


class Command(BaseCommand):
    """Prints a line a figure: its value and unit, the target, and the ratio to the stock way."""

    help = "Measures the digest, the guard and what else research/trials/bench holds; never touches the site's data."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("names", nargs="*", help=f"which of: {', '.join(BENCHMARKS)}; all when none is named")
        parser.add_argument("--runs", type=int, help=f"runs behind each median; {RUNS}, or {SHORT_RUNS} with --short")
        parser.add_argument("--short", action="store_true", help="in minutes: fewer runs, and a tenth of the rows")

    def handle(
        self, *args: Any, names: list[str], runs: int | None = None, short: bool = False, **options: Any
    ) -> None:
        """Run, print, and fail when a target is missed."""
        runs = runs or (SHORT_RUNS if short else RUNS)
        wanted = names or list(BENCHMARKS)
        if len(wanted) == 1:
            held = [self._run(wanted[0], runs, short)]
        else:
            # What one leaves in a process (models, memory, caches) would be measured with the next.
            self.stdout.flush()
            held = [self._run_apart(name, runs, short) for name in wanted]
        if not all(held):
            raise SystemExit(EXIT_TOO_SLOW)

    def _run_apart(self, name: str, runs: int, short: bool) -> bool:
        words = [*manage("bench", name, "--runs", str(runs)), *(["--short"] if short else [])]
        return subprocess.run(words, env=environment(), check=False).returncode == 0  # noqa: S603 - the command is ours

    def _run(self, name: str, runs: int, short: bool) -> bool:
        """Print the figures of one benchmark; tell whether all targets hold."""
        held = True
        benchmark = BENCHMARKS[name]
        if hasattr(benchmark, "missing") and (missing := benchmark.missing()):
            self.stdout.write(f"{name}: {missing}")
            return held
        sizes = {"size": benchmark.SHORT_SIZE if short else benchmark.SIZE} if hasattr(benchmark, "SIZE") else {}
        self.stdout.write(f"{name}: {benchmark.MEASURED.format(runs=runs, **sizes)}")
        with throwaway_database():
            for figure in benchmark.run(runs, **sizes):
                self.stdout.write(f"  {line_of(figure)}")
                held = held and figure.holds
        return held


def line_of(figure: Figure) -> str:
    """Return a figure with its target and how it compares, in words."""
    cpu = f" ({figure.cpu_milliseconds:.1f} ms of CPU)" if figure.cpu_milliseconds else ""
    target = f", goal {figure.target:.1f}" if figure.target else ""
    ratio = f", {figure.ratio:.2f} times the stock way" if figure.ratio else ""
    verdict = "" if figure.holds else "  TARGET MISSED"
    return f"{figure.name}: {figure.value:.1f} {figure.unit}{cpu}{target}{ratio}{verdict}"
