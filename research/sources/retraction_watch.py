"""The Retraction Watch data, a CSV file that Crossref gives away: looked through once for the studies at hand."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from research.sources.dates import dated, from_numbers
from research.sources.errors import Problem, SourceMalformed
from research.sources.notices import fold
from research.sources.records import Notice, NoticeSource, PartialDate, known_doi, known_pmid
from research.sources.text import squash

#: The columns that are read; the file has 20.
NEEDED = (
    "RetractionDate", "RetractionDOI", "RetractionPubMedID", "OriginalPaperDOI", "OriginalPaperPubMedID",
    "RetractionNature", "Reason",
)  # fmt: skip
_AMERICAN = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})(?:\s.*)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class WatchRow:
    """One row: the paper it is about, by every identifier given, and what happened to it.

    Attributes:
        dois, pmids: of the original paper, normalised; both may be empty.
        notice: with the identifiers of the notice itself.
        line: of the file, counted from 1.
    """

    dois: tuple[str, ...]
    pmids: tuple[str, ...]
    notice: Notice
    line: int


def read_rows(stream: BinaryIO, name: str) -> Iterator[WatchRow]:
    """Yield the rows of the file one at a time; rows without a usable identifier are left out.

    Blank, ``0``, ``unavailable`` and whatever else is no DOI and no PubMed number means none. Bytes that are not UTF-8
    are replaced: identifiers and dates are plain, and one bad name must not hide every retraction.

    Raises:
        SourceMalformed: the columns are not those of the data, or the file is cut off inside quotes.

    Source: Crossref's documentation of the Retraction Watch data (20 columns).
    """
    wrapper = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    reader = csv.reader(wrapper, strict=True)
    try:
        columns = [column.strip() for column in next(reader, [])]
        missing = [column for column in NEEDED if column not in columns]
        if missing:
            reason = f"This is not the Retraction Watch data: the column {missing[0]} is missing."
            raise SourceMalformed(Problem(name, reason, 1))
        for values in reader:
            row = _row(dict(zip(columns, values, strict=False)), reader.line_num)
            if row.dois or row.pmids:
                yield row
    except csv.Error as error:
        raise SourceMalformed(Problem(name, f"The rows cannot be told apart: {error}.", reader.line_num)) from error
    finally:
        wrapper.detach()


def notices_for(
    stream: BinaryIO, name: str, *, dois: Collection[str] = (), pmids: Collection[str] = ()
) -> dict[str, tuple[Notice, ...]]:
    """Return what the data says about these papers, oldest first, by their "doi:…" or "pmid:…" as asked for.

    The file is read once; memory is bounded by what is found. A paper that is not in it has no entry.

    Args:
        dois, pmids: of the papers looked for, in any way of writing.

    Raises:
        SourceMalformed: as ``read_rows``.
    """
    wanted_dois = {doi for text in dois if (doi := known_doi(text))}
    wanted_pmids = {pmid for text in pmids if (pmid := known_pmid(text))}
    found: dict[str, list[Notice]] = defaultdict(list)
    for row in read_rows(stream, name):
        for doi in wanted_dois.intersection(row.dois):
            found[f"doi:{doi}"].append(row.notice)
        for pmid in wanted_pmids.intersection(row.pmids):
            found[f"pmid:{pmid}"].append(row.notice)
    return {identifier: tuple(sorted(notices, key=_age)) for identifier, notices in found.items()}


def _age(notice: Notice) -> tuple[int, int, int]:
    return notice.date.year or 0, notice.date.month or 0, notice.date.day or 0


def _row(values: Mapping[str, str], line: int) -> WatchRow:
    def each(column: str) -> list[str]:
        return [part.strip() for part in values.get(column, "").split(";")]

    word = squash(values.get("RetractionNature"))
    reasons = (part.lstrip("+").strip() for part in each("Reason"))
    notice = Notice(
        kind=fold(word),
        raw_word=word,
        source=NoticeSource.RETRACTION_WATCH,
        date=_date(values.get("RetractionDate", "")),
        doi=next((doi for part in each("RetractionDOI") if (doi := known_doi(part))), ""),
        pmid=next((pmid for part in each("RetractionPubMedID") if (pmid := known_pmid(part))), ""),
        label=word,
        reason="; ".join(reason for reason in reasons if reason),
    )
    return WatchRow(
        dois=tuple(doi for part in each("OriginalPaperDOI") if (doi := known_doi(part))),
        pmids=tuple(pmid for part in each("OriginalPaperPubMedID") if (pmid := known_pmid(part))),
        notice=notice,
        line=line,
    )


def _date(text: str) -> PartialDate:
    """Return a date written the American way, "10/3/2020 0:00", or year first."""
    words = squash(text)
    match = _AMERICAN.match(words)
    return dated(match["year"], match["month"], match["day"], as_given=words) if match else from_numbers(words)
