"""Loads the articles of another system as drafts."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from common.faults import OF_THE_DATABASE
from common.management.progress import ProgressBar
from common.models import User
from research.record.loading.loading import Batch, load_articles

# What cron gets to know: all is well; some lines were left out; nothing was read at all.
ALL_WELL, SOME_LEFT_OUT, NOTHING_READ = 0, 1, 2


class Command(BaseCommand):
    """A transaction a hundred lines; run again after it was cut short, it goes on and loads nothing twice."""

    help = (
        "Loads articles from a file of JSON objects, one a line, as unsigned drafts; docs/loading.md says "
        "what a line holds. Exit code 0: all is well. 1: some lines were left out. 2: no line was read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("file", type=Path, metavar="FILE", help="the file with the lines")
        parser.add_argument("--owner", required=True, help="the user name or mail address of whose drafts they become")
        parser.add_argument("--system", default="", help="the other system's name, where ids of several may be equal")
        parser.add_argument(
            "--add-missing", action="store_true", help="add the topics and contributors that are not here yet, by name"
        )
        parser.add_argument("--refused", type=Path, metavar="FILE", help="where to write the lines that are left out")

    def handle(
        self, *args: Any, file: Path, owner: str, system: str, add_missing: bool, refused: Path | None, **options: Any
    ) -> None:
        """Load, and say what came of it."""
        user = User.objects.filter(Q(username=owner) | Q(email=owner), is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account “{owner}”.", returncode=NOTHING_READ)
        try:
            stream, size = file.open("rb"), file.stat().st_size
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.", returncode=NOTHING_READ) from error
        total, bar = Batch(), ProgressBar(sys.stderr)
        bar.begin(file.name, size)
        try:
            with stream:
                for batch in load_articles(stream, user, system=system, add_missing=add_missing):
                    total.add(batch)
                    bar.show(total.size)
        except OF_THE_DATABASE as error:
            raise CommandError(
                f"The database failed: {error}. {total.loaded:,} were loaded. Run this again when it is back: it goes "
                "on where it ended.",
                returncode=SOME_LEFT_OUT,
            ) from error
        bar.end()
        self._sum_up(total, refused)

    def _sum_up(self, total: Batch, refused: Path | None) -> None:
        total.refused.sort(key=lambda told: told[0].number)
        for line, reason in total.refused:
            self.stderr.write(f"line {line.number}: {reason}")
        lines = {line.number: line.content for line, _ in total.refused}
        if refused is not None:
            refused.write_bytes(b"".join(content.rstrip(b"\r\n") + b"\n" for content in lines.values()))
        self.stdout.write(
            f"{total.loaded:,} loaded as drafts, {total.there_already:,} there already, {len(lines):,} refused"
        )
        if not total.size:
            self.stderr.write("No line was read: nothing was loaded.")
            raise SystemExit(NOTHING_READ)
        if lines:
            raise SystemExit(SOME_LEFT_OUT)
