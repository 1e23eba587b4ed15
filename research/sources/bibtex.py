"""BibTeX files. bibtexparser finds the entries; LaTeX is decoded here, with the signs that exports forget to escape."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace

import bibtexparser
from bibtexparser.middlewares import RemoveEnclosingMiddleware
from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names
from bibtexparser.model import Block, DuplicateBlockKeyBlock, DuplicateFieldKeyBlock, Entry, ParsingFailedBlock
from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import LatexWalkerError

from research.sources.dates import dated, from_numbers
from research.sources.errors import Problem
from research.sources.names import author_of, initials_of, issns_in, pmcid_of
from research.sources.notices import with_title_mark
from research.sources.reading import BIBTEX_START, Reading
from research.sources.records import (
    Author,
    Grant,
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

#: Longer values are no citation; deeper braces overflow the decoder.
MAX_VALUE = 100_000
MAX_BRACES = 40
#: bibtexparser slows down with broken entries, of which a small file can hold very many.
MAX_ENTRIES = 10_000
KINDS = {
    "book": RecordKind.BOOK,
    "mvbook": RecordKind.BOOK,
    "collection": RecordKind.BOOK,
    "proceedings": RecordKind.BOOK,
    "inbook": RecordKind.BOOK_CHAPTER,
    "incollection": RecordKind.BOOK_CHAPTER,
    "inreference": RecordKind.REFERENCE_ENTRY,
    "inproceedings": RecordKind.CONFERENCE_PAPER,
    "conference": RecordKind.CONFERENCE_PAPER,
    "phdthesis": RecordKind.DISSERTATION,
    "mastersthesis": RecordKind.DISSERTATION,
    "thesis": RecordKind.DISSERTATION,
    "techreport": RecordKind.REPORT,
    "report": RecordKind.REPORT,
}
IN_BOOKS = {RecordKind.BOOK, RecordKind.BOOK_CHAPTER, RecordKind.REFERENCE_ENTRY}
UNREADABLE = "The entry cannot be read: it is cut off, or its braces do not match."
PREPRINT_SERVERS = ("biorxiv", "medrxiv", "arxiv", "research square", "ssrn", "preprint")

_UNESCAPED = re.compile(r"(?<!\\)([%&#])")
#: Dollars that hold no formula are money.
_DOLLARS = re.compile(r"(?<!\\)(?:(?P<formula>\$[^$]{0,200}?[\\^_][^$]{0,200}\$)|\$)")
_ADDRESS = re.compile(r"https?://\S+\Z")
# It would log a line for each bad entry, which is already a problem with its place.
logging.getLogger("bibtexparser.splitter").setLevel(logging.CRITICAL)
_DECODER = LatexNodes2Text(math_mode="text")


def read_bibtex(text: str, name: str) -> Reading:
    """Yield the records of a BibTeX file in their order, and a ``Problem`` for each entry that cannot be read.

    An entry that gives a field twice, as Scopus does, is read with the first one; one whose key was used before is
    read as well, as the key says nothing about the study.

    Args:
        text: with line ends made one, as ``reading.text_of`` gives it.
        name: of the file, for messages.

    Source: bibtexparser 2; quirks of real exports in the project's evidence notes.
    """
    if sum(1 for _ in BIBTEX_START.finditer(text)) > MAX_ENTRIES:
        yield Problem(name, f"The file has more than {MAX_ENTRIES} entries. Split it.")
        return
    library = bibtexparser.parse_string(text, parse_stack=[])
    _recover(library)
    number = 0
    for block in library.blocks:
        entry = _entry(block)
        if entry is None and not isinstance(block, ParsingFailedBlock):
            continue
        number += 1
        line = (block.start_line or 0) + 1
        if entry is None:
            yield Problem(name, UNREADABLE, line, number)
            continue
        yield _read(entry, name, line, number)


def _recover(library: bibtexparser.Library) -> None:
    """Resolve strings and take off braces in every entry, also those that were set aside for a double."""
    entries = [entry for block in library.blocks if (entry := _entry(block))]
    strings = {key.lower(): string.value for key, string in library.strings_dict.items()}
    for entry in entries:
        for field in entry.fields:
            field.value = strings.get(str(field.value).lower(), field.value)
    remove = RemoveEnclosingMiddleware(allow_inplace_modification=True)
    for entry in entries:
        remove.transform_entry(entry, library)


def _entry(block: Block | None) -> Entry | None:
    while isinstance(block, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock):
        block = block.ignore_error_block
    return block if isinstance(block, Entry) else None


def _read(entry: Entry, name: str, line: int, number: int) -> SourceRecord | Problem:
    fields: dict[str, str] = {}
    for field in entry.fields:
        fields.setdefault(field.key.lower(), str(field.value))
    too_much = next((key for key, value in fields.items() if not _is_bounded(value)), None)
    if too_much:
        reason = f"The field “{too_much}” is longer than {MAX_VALUE} signs or has too many braces inside each other."
        return Problem(name, reason, line, number)
    try:
        record = _record(entry.entry_type.lower(), fields)
    except (RecursionError, LatexWalkerError):
        return Problem(name, f"The LaTeX of the entry “{entry.key}” cannot be decoded.", line, number)
    if not (record.title or record.identifier):
        return Problem(name, f"The entry “{entry.key}” has no title, no DOI and no PubMed number.", line, number)
    return replace(record, line=line, number=number)


def _is_bounded(value: str) -> bool:
    depth = deepest = 0
    for sign in value:
        depth += (sign == "{") - (sign == "}")
        deepest = max(deepest, depth)
    return len(value) <= MAX_VALUE and deepest <= MAX_BRACES


def decoded(value: str) -> str:
    r"""Return LaTeX as text: ``{\"u}`` is ü. A bare % or & is a sign here, not a comment or a column."""
    if not re.search(r"[\\{}$~]", value):
        return squash(value)
    value = _UNESCAPED.sub(r"\\\1", value)
    value = _DOLLARS.sub(lambda found: found["formula"] or r"\$", value)
    return squash(_DECODER.latex_to_text(value))


def _record(kind: str, fields: dict[str, str]) -> SourceRecord:
    def text(*keys: str) -> str:
        return next((words for key in keys if (words := markup_text(decoded(fields.get(key, ""))))), "")

    doi = known_doi(fields.get("doi", "").replace("\\_", "_").replace("{", "").replace("}", ""))
    pmid = known_pmid(text("pmid"))
    record_kind = _kind(kind, text("journal", "journaltitle", "howpublished", "publisher", "note", "eprinttype"))
    is_complete, authors = _authors(fields.get("author", ""))
    address = squash(fields.get("url"))
    abstract = markup_parts(decoded(fields.get("abstract", "")))
    record = SourceRecord(
        source=Source.BIBTEX,
        doi=doi,
        pmid=pmid,
        title=text("title"),
        language=text("language", "langid"),
        journal=_journal(record_kind, text("journal", "journaltitle", "booktitle", "howpublished"), text("issn")),
        kind=record_kind,
        date=_date(fields),
        authors=tuple(authors),
        authors_complete=is_complete,
        abstract=abstract,
        pmcid=pmcid_of(text("pmcid")),
        registrations=registrations_in(*(part.text for part in abstract)),
        volume=text("volume"),
        issue=text("number", "issue"),
        pages=re.sub(r"\s*[-\u2013]+\s*", "-", text("pages", "eid", "art_number")),
        keywords=_keywords(text("author_keywords", "keywords")),
        publication_types=tuple(word for word in (text("document_type"),) if word),
        funding=tuple(_grants(text("funding", "funding_details", "funding-acknowledgement"))),
        url=link_to(doi, pmid) or (address if _ADDRESS.match(address) else ""),
    )
    return with_title_mark(record, NoticeSource.FILE)


def _keywords(words: str) -> tuple[str, ...]:
    parts = words.split(";") if ";" in words else words.split(",")
    return tuple(dict.fromkeys(word.strip() for word in parts if word.strip()))


def _grants(words: str) -> Iterator[Grant]:
    if words:
        yield Grant(agency=words)


def _kind(kind: str, words: str) -> RecordKind:
    if kind in KINDS:
        return KINDS[kind]
    is_preprint = any(server in words.casefold() for server in PREPRINT_SERVERS)
    return RecordKind.PREPRINT if is_preprint else RecordKind.JOURNAL_ARTICLE


def _journal(kind: RecordKind, name: str, issn: str) -> Journal:
    issns = issns_in(issn)
    kinds = {RecordKind.PREPRINT: JournalKind.PREPRINT_SERVER, **dict.fromkeys(IN_BOOKS, JournalKind.BOOK_SERIES)}
    return Journal(name=name, issn=issns[0] if issns else "", issns=issns, kind=kinds.get(kind, JournalKind.JOURNAL))


def _date(fields: dict[str, str]) -> PartialDate:
    whole = from_numbers(decoded(fields.get("date", "")))
    if whole.year:
        return whole
    parts = [decoded(fields.get(key, "")) for key in ("year", "month", "day")]
    return dated(*parts)


def _authors(value: str) -> tuple[bool, list[Author]]:
    """Return whether the list is complete, and the authors; "and others" says that there are more."""
    names = split_multiple_persons_names(value) if value.strip() else []
    is_complete = "others" not in [name.strip().lower() for name in names]
    people = (_author(name.strip()) for name in names if name.strip().lower() != "others")
    return is_complete, [author for author in people if author]


def _author(name: str) -> Author | None:
    words = decoded(name)
    if name.startswith("{") and name.endswith("}") and "," not in words:
        return Author(collective=words) if words else None
    author = author_of(words)
    if author is None or not author.collective:
        return author
    try:
        parts = parse_single_name_into_parts(words, strict=False)
    except ValueError:
        return author
    given = " ".join(parts.first)
    family = " ".join([*parts.von, *parts.last])
    suffix = " ".join(parts.jr)
    return Author(family=family, given=given, initials=initials_of(given), suffix=suffix) if given else author
