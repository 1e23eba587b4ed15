"""Replays, for sceptics, what goes wrong with plain Wagtail pages, beside what becomes of articles."""

import textwrap
from typing import Any

import wagtail
from django.core.management.base import BaseCommand, CommandParser

from research.trials.proving.replay import Outcome, outcomes
from research.trials.throwaway import throwaway_database

EXIT_DOES_NOT_HOLD = 1
WIDTHS = (26, 34, 60)


class Command(BaseCommand):
    """Prints a table: what was tried, plain Wagtail, Countersign."""

    help = "Tries known failures on plain pages and on articles, in a throw-away database. Exit code 0: all hold."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--width", type=int, default=WIDTHS[2], help="characters of the last column")

    def handle(self, *args: Any, width: int = WIDTHS[2], **options: Any) -> None:
        """Replay, print, and fail unless every row holds."""
        with throwaway_database():
            found = list(outcomes())
        self.print_table(found, (*WIDTHS[:2], width))
        if not all(outcome.holds for outcome in found):
            raise SystemExit(EXIT_DOES_NOT_HOLD)

    def print_table(self, found: list[Outcome], widths: tuple[int, ...] = WIDTHS) -> None:
        """Print the outcomes as a table, and the threads that discuss them."""
        self._row(("What was tried", f"Plain Wagtail {wagtail.__version__}", "Countersign"), widths)
        self._row(tuple("-" * width for width in widths), widths)
        for number, outcome in enumerate(found, start=1):
            verdict = "holds" if outcome.holds else "DOES NOT HOLD"
            self._row((f"{number} {outcome.tried}", outcome.plain, f"{verdict}: {outcome.countersign}"), widths)
        self.stdout.write("")
        for number, outcome in enumerate(found, start=1):
            if outcome.thread:
                self.stdout.write(f"{number} is discussed in {outcome.thread}")

    def _row(self, cells: tuple[str, ...], widths: tuple[int, ...]) -> None:
        columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
        for line in range(max(len(column) for column in columns)):
            parts = [column[line] if line < len(column) else "" for column in columns]
            text = " | ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True))
            self.stdout.write(text.rstrip())
