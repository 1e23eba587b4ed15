"""RIS files, as reference managers and databases export them. The tags are rispy's; the guards are ours."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import rispy

from research.sources.dates import from_numbers, from_words
from research.sources.errors import Problem
from research.sources.names import authors_of, issns_in, pages_of, pmcid_of
from research.sources.notices import with_title_mark
from research.sources.reading import Reading
from research.sources.records import (
    Journal,
    JournalKind,
    NoticeSource,
    PartialDate,
    RecordKind,
    Source,
    SourceRecord,
    known_doi,
    known_pmid,
    link_to,
)
from research.sources.registrations import registrations_in
from research.sources.text import markup_parts, markup_text, squash

START = re.compile(r"TY {0,3}-(?: |\Z)")
_GOOD_START = re.compile(r"TY  -(?: |\Z)")
_TAG = re.compile(r"(?P<tag>[A-Z][A-Z0-9])  -")
_ONE_SPACE_TAG = re.compile(r"(?P<tag>[A-Z][A-Z0-9]) -(?: |\Z)")
_END = re.compile(r"ER  ?-\s*\Z")
_PUBMED_ADDRESS = re.compile(r"pubmed(?:\.ncbi\.nlm\.nih\.gov|/)/?(\d{1,9})\b", re.ASCII)
_PUBMED_NOTE = re.compile(r"\bPMID:?\s*(\d{1,9})\b", re.ASCII)
_ADDRESS = re.compile(r"https?://\S+\Z")

#: A record of a thousand authors and a long abstract is far below both.
MAX_LINES = 20_000
MAX_SIGNS = 1_000_000
KINDS = {
    "CHAP": RecordKind.BOOK_CHAPTER,
    "ECHAP": RecordKind.BOOK_CHAPTER,
    "BOOK": RecordKind.BOOK,
    "EBOOK": RecordKind.BOOK,
    "EDBOOK": RecordKind.BOOK,
    "THES": RecordKind.DISSERTATION,
    "RPRT": RecordKind.REPORT,
    "CONF": RecordKind.CONFERENCE_PAPER,
    "CPAPER": RecordKind.CONFERENCE_PAPER,
    "ENCYC": RecordKind.REFERENCE_ENTRY,
    "DICT": RecordKind.REFERENCE_ENTRY,
}
IN_BOOKS = {RecordKind.BOOK, RecordKind.BOOK_CHAPTER, RecordKind.REFERENCE_ENTRY}
ONE_SPACE = "“{line}” has not two spaces behind its tag; RIS needs “TY  - JOUR”. Export the file again."
#: Words that go on over several lines, one of which may look like a tag that RIS does not have.
FREE_TEXT = {"AB", "N1", "N2"}
WEB_OF_SCIENCE = "This is a Web of Science file, not RIS. Export it there as RIS, or as BibTeX."


def read_ris(text: str, name: str) -> Reading:
    """Yield the records of a RIS file in their order, and a ``Problem`` for each that cannot be read.

    Each record is parsed alone, so that a bad one does not take the others with it and the last one needs no end.

    Args:
        text: with line ends made one, as ``reading.text_of`` gives it.
        name: of the file, for messages.

    Source: RIS tags as rispy 0.10 maps them; quirks of real exports in the project's evidence notes.
    """
    for number, (line, lines) in enumerate(_split(text), start=1):
        if not _GOOD_START.match(lines[0]):
            yield Problem(name, ONE_SPACE.format(line=lines[0].strip()[:40]), line, number)
            continue
        if len(lines) > MAX_LINES or sum(map(len, lines)) > MAX_SIGNS:
            yield Problem(name, "The record is far longer than a reference can be.", line, number)
            continue
        short = _one_space_line(lines)
        if short is not None:
            words = ONE_SPACE.format(line=lines[short].strip()[:40])
            yield Problem(name, words, line + short, number)
            continue
        entries = rispy.loads("\n".join([*lines, "ER  - "]))
        record = _record(entries[0]) if entries else None
        if record is None or not (record.title or record.identifier):
            yield Problem(name, "The record has no title, no DOI and no PubMed number.", line, number)
            continue
        yield replace(record, line=line, number=number)


def _split(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of each record with the number of the first; what stands between records is left out."""
    lines: list[str] = []
    begun_on = 0
    for line_number, line in enumerate(text.split("\n"), start=1):
        if START.match(line):
            if lines:
                yield begun_on, lines
            lines, begun_on = [line], line_number
        elif _END.match(line):
            if lines:
                yield begun_on, lines
            lines = []
        elif lines:
            lines.append(line)
    if lines:
        yield begun_on, lines


def _one_space_line(lines: list[str]) -> int | None:
    """Return which line has one space where a tag is due; None when all are well.

    rispy would take such a line for more of the value above it, so that "AU - Jones, B" became an author's name.
    """
    above = ""
    for index, line in enumerate(lines):
        if match := _ONE_SPACE_TAG.match(line):
            if above not in FREE_TEXT or match["tag"] in rispy.TAG_KEY_MAPPING:
                return index
        elif match := _TAG.match(line):
            above = match["tag"]
    return None


def _record(entry: dict[str, Any]) -> SourceRecord:
    doi, pmid = _doi(entry), _pmid(entry)
    keys = ("title", "primary_title", "translated_title", "short_title")
    title = next((words for key in keys if (words := markup_text(entry.get(key)))), "")
    address = next((url for url in _addresses(entry) if _ADDRESS.match(url)), "")
    abstract = markup_parts(squash(entry.get("abstract")) or squash(entry.get("notes_abstract")))
    central = squash(entry.get("custom2"))
    record = SourceRecord(
        source=Source.RIS,
        doi=doi,
        pmid=pmid,
        title=title,
        language=squash(entry.get("language")),
        journal=_journal(entry),
        kind=_kind(entry),
        date=_date(entry),
        authors=authors_of(entry.get("authors") or ()) or authors_of(entry.get("first_authors") or ()),
        abstract=abstract,
        pmcid=pmcid_of(central) if central.upper().startswith("PMC") else "",
        registrations=registrations_in(*(part.text for part in abstract)),
        volume=squash(entry.get("volume")),
        issue=squash(entry.get("number")),
        pages=pages_of(squash(entry.get("start_page")), squash(entry.get("end_page"))),
        keywords=tuple(dict.fromkeys(words for word in entry.get("keywords") or () if (words := markup_text(word)))),
        publication_types=tuple(word for word in (squash(entry.get("type_of_work")),) if word),
        url=link_to(doi, pmid) or address,
    )
    return with_title_mark(record, NoticeSource.FILE)


def _addresses(entry: dict[str, Any]) -> list[str]:
    links = [squash(url) for url in entry.get("urls") or ()]
    return [*links, squash(entry.get("file_attachments2"))]


def _doi(entry: dict[str, Any]) -> str:
    """Return the DOI of its own tag, else of a link to doi.org."""
    links = (link for link in _addresses(entry) if "doi.org/" in link)
    return next((doi for text in (squash(entry.get("doi")), *links) if (doi := known_doi(text))), "")


def _pmid(entry: dict[str, Any]) -> str:
    """Return the PubMed number, from the places where programs put it; a number of another database is none."""
    database = f"{entry.get('name_of_database', '')} {entry.get('database_provider', '')}".casefold()
    if "pubmed" in database or "medline" in database:
        pmid = known_pmid(squash(entry.get("accession_number")))
        if pmid:
            return pmid
    for pattern, texts in ((_PUBMED_ADDRESS, _addresses(entry)), (_PUBMED_NOTE, entry.get("notes") or ())):
        for text in texts:
            found = pattern.search(text)
            if found:
                return known_pmid(found[1])
    return ""


def _is_preprint(entry: dict[str, Any]) -> bool:
    words = f"{entry.get('type_of_work', '')} {entry.get('publisher', '')}".casefold()
    return any(word in words for word in ("preprint", "biorxiv", "medrxiv", "research square"))


def _kind(entry: dict[str, Any]) -> RecordKind:
    kind = KINDS.get(squash(entry.get("type_of_reference")).upper())
    return kind or (RecordKind.PREPRINT if _is_preprint(entry) else RecordKind.JOURNAL_ARTICLE)


def _journal(entry: dict[str, Any]) -> Journal:
    keys = ("journal_name", "alternate_title3", "secondary_title", "alternate_title2", "alternate_title1")
    name = next((words for key in keys if (words := markup_text(entry.get(key)))), "")
    issns = issns_in(squash(entry.get("issn")))
    kind = JournalKind.BOOK_SERIES if _kind(entry) in IN_BOOKS else JournalKind.JOURNAL
    if _kind(entry) is RecordKind.PREPRINT:
        name, kind = name or squash(entry.get("publisher")), JournalKind.PREPRINT_SERVER
    return Journal(name=name, issn=issns[0] if issns else "", issns=issns, kind=kind)


def _date(entry: dict[str, Any]) -> PartialDate:
    """Return the first of the most exact dates given, which may not contradict the year."""
    given = [squash(entry.get(key)) for key in ("date", "year", "publication_year")]
    dates = [date for text in given if text and (date := _read_date(text)).year]
    if not dates:
        return PartialDate(as_given=next((text for text in given if text), ""))
    year = dates[-1].year
    return max(
        (date for date in dates if date.year == year), key=lambda date: (date.month is not None, date.day is not None)
    )


def _read_date(text: str) -> PartialDate:
    date = from_numbers(text)
    return date if date.year else from_words(text)
