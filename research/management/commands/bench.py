"""Runs the benchmarks in a throw-away database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from research.trials.bench import Figure, checks, guard, hits, imports, proofs, releases, search
from research.trials.throwaway import throwaway_database

EXIT_TOO_SLOW = 1
BENCHMARKS: dict[str, Any] = {
    "checks": checks,
    "guard": guard,
    "hits": hits,
    "imports": imports,
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
        parser.add_argument("--runs", type=int, default=50, help="runs behind each median")

    def handle(self, *args: Any, names: list[str], runs: int = 50, **options: Any) -> None:
        """Run, print, and fail when a target is missed."""
        held = [self._run(name, runs) for name in names or BENCHMARKS]
        if not all(held):
            raise SystemExit(EXIT_TOO_SLOW)

    def _run(self, name: str, runs: int) -> bool:
        """Print the figures of one benchmark, each in a database of its own; tell whether all targets hold."""
        held = True
        benchmark = BENCHMARKS[name]
        self.stdout.write(f"{name}: {benchmark.MEASURED.format(runs=runs)}")
        with throwaway_database():
            for figure in benchmark.run(runs):
                self.stdout.write(f"  {line_of(figure)}")
                held = held and figure.holds
        return held


def line_of(figure: Figure) -> str:
    """Return a figure with its target and how it compares, in words."""
    cpu = f" ({figure.cpu_milliseconds:.1f} ms of CPU)" if figure.cpu_milliseconds else ""
    target = f", target {figure.target:g} {figure.unit}" if figure.target else ""
    ratio = f", {figure.ratio:.2f} times the stock way" if figure.ratio else ""
    verdict = "" if figure.holds else "  TARGET MISSED"
    return f"{figure.name}: {figure.value:.1f} {figure.unit}{cpu}{target}{ratio}{verdict}"
