"""Loads a file of articles, batch by batch; run again, it goes on where it ended."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, islice
from typing import TypeVar

from django.db import Error as DatabaseProblem

from common.faults import is_of_environment, twice
from common.models import User
from research.models.pages import ArticlePage
from research.record.loading.known import Known
from research.record.loading.lines import Line, LineRefused, identity_of, lines_of, read_line
from research.record.loading.reading import Draft, read_draft, studies_named_in
from research.record.loading.writing import write_drafts

logger = logging.getLogger("countersign.record")

A_BATCH = 100
UNFORESEEN = (
    "Nobody foresaw what is wrong with it ({error}). Leave fields out one by one until it is loaded, and tell whoever "
    "looks after this program; the log says more."
)

Read = TypeVar("Read")


@dataclass
class Batch:
    """What became of some lines: how many bytes they were, how many were loaded or are there already, and the rest."""

    size: int = 0
    loaded: int = 0
    there_already: int = 0
    refused: list[tuple[Line, str]] = field(default_factory=list)

    def refuse(self, line: Line, *reasons: str) -> None:
        """Note why a line is not loaded."""
        self.refused += [(line, reason) for reason in reasons]

    def add(self, other: "Batch") -> None:
        """Count another batch in."""
        self.size += other.size
        self.loaded += other.loaded
        self.there_already += other.there_already
        self.refused += other.refused


def load_articles(
    lines: Iterable[bytes], owner: User, *, system: str = "", add_missing: bool = False
) -> Iterator[Batch]:
    """Load the articles of a file as drafts; yield what became of each batch, which is stored by then.

    A batch is one transaction. An article whose id was loaded before is left alone, whatever its line says now.

    Args:
        lines: the lines of the file, JSON, one article each.
        owner: whose drafts they become, who must be allowed to write in the sections.
        system: the name of the other system, where ids of several may be equal.
        add_missing: whether topics and contributors that lines name and nobody knows are added.
    """
    loader = _Loader(Known(owner, add_missing=add_missing), system)
    full = lines_of(lines)
    while batch := list(islice(full, A_BATCH)):
        # What the first try stored is there already in the second.
        yield twice(partial(loader.load, batch), "Lines from %s on; once more: %s", batch[0].number)


class _Loader:
    def __init__(self, known: Known, system: str) -> None:
        self.known, self.system = known, system
        self.seen: dict[str, int] = {}

    def load(self, lines: Sequence[Line]) -> Batch:
        batch = Batch(size=sum(len(line.content) for line in lines))
        new = self._without_loaded(list(self._read(lines, batch)), batch)
        named = list(_each(new, studies_named_in, batch))
        self.known.expect_studies([one for _, of_line in named for one in of_line])
        drafts = list(self._drafts((line for line, _ in named), batch))
        drafts.sort(key=lambda draft: draft.section.pk)
        for _, of_section in groupby(drafts, key=lambda draft: draft.section.pk):
            self._write(list(of_section), batch)
        return batch

    def _read(self, lines: Sequence[Line], batch: Batch) -> Iterator[Line]:
        for line, read in _each(lines, read_line, batch):
            first = self.seen.setdefault(read.external_id, line.number)
            if first == line.number:
                yield read
            else:
                batch.refuse(line, f"“id”: {read.external_id} stands on line {first}, too. Give each article its own.")

    def _without_loaded(self, lines: Sequence[Line], batch: Batch) -> list[Line]:
        subjects = {identity_of(line.external_id, self.system): line for line in lines}
        loaded = ArticlePage.objects.filter(subject_uuid__in=subjects).values_list("subject_uuid", flat=True)
        there = set(loaded)
        batch.there_already = len(there)
        return [line for subject, line in subjects.items() if subject not in there]

    def _drafts(self, lines: Iterable[Line], batch: Batch) -> Iterator[Draft]:
        reading = partial(read_draft, known=self.known, system=self.system)
        return (draft for _, draft in _each(lines, reading, batch))

    def _write(self, drafts: Sequence[Draft], batch: Batch) -> None:
        """Store drafts; where that fails for one of them, one by one, so that it is one that is left out."""
        try:
            refused = write_drafts(drafts, drafts[0].section)
        except Exception as error:
            if is_of_environment(error):
                raise
            if len(drafts) == 1:
                _refuse_unforeseen(drafts[0].line, error, batch)
                return
            for line in [draft.line for draft in drafts]:
                self._write(list(self._drafts([line], batch)), batch)
            return
        for draft in drafts:
            if draft.line.number in refused:
                batch.refuse(draft.line, refused[draft.line.number])
        batch.loaded += len(drafts) - len(refused)


def _each(lines: Iterable[Line], read: Callable[[Line], Read], batch: Batch) -> Iterator[tuple[Line, Read]]:
    """Yield each line with what is read of it; one that cannot be read is left out, whatever is wrong with it.

    Raises:
        Exception: what we run on failed, which is no fault of the line.
    """
    for line in lines:
        try:
            found = read(line)
        except LineRefused as refused:
            batch.refuse(line, *refused.reasons)
        except Exception as error:
            if is_of_environment(error):
                raise
            _refuse_unforeseen(line, error, batch)
        else:
            yield line, found


def _refuse_unforeseen(line: Line, error: Exception, batch: Batch) -> None:
    logger.warning("Line %s was not loaded", line.number, exc_info=error)
    if isinstance(error, DatabaseProblem):
        batch.refuse(line, f"The database refused it: {error}")
    else:
        batch.refuse(line, UNFORESEEN.format(error=f"{type(error).__name__}: {error}"))
