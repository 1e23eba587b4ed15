"""One run of the sentinel, for cron or by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from research.record import sentinel
from research.record.checkers import configured_checkers


class Command(BaseCommand):
    """Checks the studies that articles rest on and are due; reacts to what is found."""

    help = "Asks the sources about every study that is due for a check. Exit code 2 when some could not be checked."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--limit", type=int, default=None, help="check at most so many studies")

    def handle(self, *args: Any, limit: int | None = None, **options: Any) -> None:
        """Check and say what came of it."""
        with configured_checkers() as checkers:
            if not checkers:
                raise CommandError(
                    "No source to ask. Set SOURCES_CONTACT to an address that sources may write to, or "
                    "RETRACTION_WATCH_CSV to a local copy of the data."
                )
            result = sentinel.run(checkers, timezone.now(), limit=limit)
        for notice in result.notices:
            self.stdout.write(f"new notice: {notice}")
        self.stdout.write(f"{result.checked} checked, {result.failed} failed, {len(result.notices)} new notices")
        if result.failed:
            raise SystemExit(2)
