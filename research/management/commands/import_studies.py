"""Imports studies from files, or from the sources by their identifiers."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.faults import OF_THE_DATABASE, twice
from common.management.progress import ProgressBar, WatchedStream
from research.record.checkers import open_transport, pubmed_client
from research.record.importing import Action, plan_import
from research.record.jobs import SOURCES_ARE_OFF, import_one
from research.sources.asking import ask
from research.sources.crossref import CrossrefClient
from research.sources.errors import Problem, SourceError, SourceMalformed
from research.sources.files import iter_file
from research.sources.pasted import NAME, identifiers_in
from research.sources.reading import Limits
from research.sources.records import SourceRecord

# What cron gets to know: all is well; some records were left out; nothing was read at all.
ALL_WELL, SOME_LEFT_OUT, NOTHING_READ = 0, 1, 2
WORDS = {Action.NEW: "new", Action.UPDATE: "updated", Action.UNCHANGED: "unchanged", Action.REFUSED: "refused"}
NO_LIMIT = 10**9


class Command(BaseCommand):
    """One transaction a record; run again after it was cut short, it changes nothing that is done."""

    help = (
        "Imports studies from PubMed XML, .nbib, RIS or BibTeX files, or by DOIs and PubMed numbers. "
        "Exit code 0: all is well. 1: some records were left out. 2: no record was read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("what", nargs="+", metavar="FILE|ID", help="files, DOIs, PubMed numbers, in any mixture")
        parser.add_argument(
            "--keep-unwatched",
            action="store_true",
            help="also keep records with neither a DOI nor a PMID: no source can be asked about them",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")

    def handle(
        self, *args: Any, what: list[str], dry_run: bool = False, keep_unwatched: bool = False, **options: Any
    ) -> None:
        """Import, and say what came of it."""
        self.keep_unwatched = keep_unwatched
        self.counts: Counter[str] = Counter()
        self.bar = ProgressBar(sys.stderr)
        files = [Path(name) for name in what if Path(name).is_file()]
        pasted = [name for name in what if not Path(name).is_file()]
        for path in files:
            self._import_all(self._read(path), dry_run=dry_run)
        if pasted:
            self._import_all(self._ask(pasted), dry_run=dry_run)
        self._sum_up(dry_run=dry_run)

    def _read(self, path: Path) -> Iterator[SourceRecord | Problem]:
        """Yield what a file holds. PubMed XML is read in bounded memory, however large."""
        self.bar.begin(path.name, path.stat().st_size)
        with path.open("rb") as stream:
            watched = WatchedStream(stream, self.bar)
            limits = Limits(max_bytes=None, max_records=NO_LIMIT, max_problems=NO_LIMIT)
            try:
                yield from iter_file(path.name, watched, limits)
            except SourceMalformed as error:
                yield error.problem

    def _ask(self, pasted: list[str]) -> Iterator[SourceRecord | Problem]:
        identifiers, problems = identifiers_in("\n".join(pasted))
        yield from problems
        if not identifiers:
            return
        if not settings.SOURCES_CONTACT:
            raise CommandError(SOURCES_ARE_OFF, returncode=NOTHING_READ)
        self.bar.begin(NAME, len(identifiers))
        try:
            with open_transport() as transport:
                found = ask(identifiers, pubmed_client(transport), CrossrefClient(transport), report=self.bar.show)
        except SourceError as error:
            yield Problem(NAME, str(error))
            return
        yield from found.problems
        yield from found.records

    def _import_all(self, reading: Iterator[SourceRecord | Problem], *, dry_run: bool) -> None:
        for read in reading:
            if isinstance(read, Problem):
                self.counts["look" if read.kept else "problems"] += 1
                self._say(str(read))
                continue
            if dry_run:
                plan = plan_import(read, keep_unwatched=self.keep_unwatched)
                action = str(Action.REFUSED if plan.action == Action.ASK else plan.action)
                told = plan.reason or plan.unconfirmed_words
                words = f"{plan.title[:120]}: {told}" if told else ""
            else:
                action, words = self._import(read)
            self.counts[action] += 1
            if words:
                self._say(f"refused: {words}" if action == Action.REFUSED else words)
        self.bar.end()

    def _import(self, record: SourceRecord) -> tuple[str, str]:
        try:
            return twice(
                lambda: import_one(record, keep_unwatched=self.keep_unwatched),
                "Record %s; once more: %s",
                record.identifier,
            )
        except OF_THE_DATABASE as error:
            raise CommandError(
                f"The database failed: {error}. What was imported so far is kept. Run this again when it is back: "
                "nothing is imported twice.",
                returncode=SOME_LEFT_OUT,
            ) from error

    def _say(self, words: str) -> None:
        self.bar.wipe()
        self.stderr.write(words)

    def _sum_up(self, *, dry_run: bool) -> None:
        read = sum(self.counts[action] for action in WORDS)
        told = ", ".join(f"{self.counts[action]:,} {words}" for action, words in WORDS.items())
        would = "Would be: " if dry_run else ""
        self.stdout.write(f"{would}{told}, {self.counts['problems']:,} problems")
        if not read:
            self.stderr.write("No record was read: nothing was imported.")
            raise SystemExit(NOTHING_READ)
        if self.counts[Action.REFUSED] or self.counts["problems"]:
            raise SystemExit(SOME_LEFT_OUT)
