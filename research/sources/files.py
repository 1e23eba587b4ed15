"""Any reference file at all: told apart by its content, never by its name, and read as far as it is good."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from research.sources import nbib, ris
from research.sources.errors import Problem, SourceMalformed
from research.sources.pubmed_xml import read_pubmed_xml
from research.sources.reading import BIBTEX_START, Limits, Readable, Reading, byte_order, pieces, text_of, too_large
from research.sources.records import SourceRecord

SNIFFED_BYTES = 16_384

EMPTY = "The file is empty."
UNKNOWN = "This is no file that can be read here. Export PubMed XML, .nbib, RIS or BibTeX."
NO_RECORD = "No record could be read from this file."
NO_IDENTIFIER = "The record has neither a DOI nor a PubMed number, so that a second import could not recognise it."
WRONG_TYPES = (
    (b"%PDF", "This is a PDF. Export the reference itself, or paste its DOI."),
    (b"PK\x03\x04", "This is a zip archive or an office document. Unpack it, or export the references as text."),
    (b"\x1f\x8b", "This is a compressed file. Unpack it first."),
    (b"\xd0\xcf\x11\xe0", "This is an old office document. Export the references as text."),
)


class Format(StrEnum):
    PUBMED_XML = "PubMed XML"
    NBIB = ".nbib"
    RIS = "RIS"
    BIBTEX = "BibTeX"


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a file held.

    Attributes:
        records: in the order of the file; never empty. One without DOI and PubMed number has the identifier "".
        problems: what could not be read, and, marked ``kept``, what was read but should be looked at.
        format: what the content turned out to be.
    """

    records: tuple[SourceRecord, ...]
    problems: tuple[Problem, ...]
    format: Format


def read_file(name: str, data: bytes | Readable, limits: Limits | None = None) -> ReadResult:
    """Return the records of a reference file, and a problem for each that is not good.

    Args:
        name: for messages only; the format is told by the content.
        data: the bytes, or a stream of which no more than the limit is read.
        limits: ``Limits()`` when None: 5 MB, 10,000 records.

    Raises:
        SourceMalformed: too large, of an unknown format, refused as a whole, or without a single record; its
            ``problems`` hold every complaint.
    """
    limits = limits or Limits()
    if isinstance(data, bytes) and limits.max_bytes is not None and len(data) > limits.max_bytes:
        raise too_large(name, limits.max_bytes)
    stream: Readable = io.BytesIO(data) if isinstance(data, bytes) else data
    start = stream.read(SNIFFED_BYTES)
    kind = sniff(name, start)
    records: list[SourceRecord] = []
    problems: list[Problem] = []
    for read in _read(kind, name, _Rejoined(start, stream), limits):
        if isinstance(read, Problem):
            problems.append(read)
        else:
            records.append(read)
    if not records:
        raise SourceMalformed(problems[0] if problems else Problem(name, NO_RECORD), problems)
    return ReadResult(tuple(records), tuple(problems), kind)


def iter_file(name: str, stream: Readable, limits: Limits) -> Reading:
    """Yield records and problems one at a time, for files too large to hold; a file with no record at all raises.

    PubMed XML is read in bounded memory; the text formats are held whole.

    Raises:
        SourceMalformed: as ``read_file``; records may have been yielded before.
    """
    start = stream.read(SNIFFED_BYTES)
    first_problem, has_record = None, False
    for read in _read(sniff(name, start), name, _Rejoined(start, stream), limits):
        if isinstance(read, Problem):
            first_problem = first_problem or read
        else:
            has_record = True
        yield read
    if not has_record:
        raise SourceMalformed(first_problem or Problem(name, NO_RECORD))


def sniff(name: str, start: bytes) -> Format:
    """Return the format that the first bytes of a file tell.

    Raises:
        SourceMalformed: it is none that can be read, with what it seems to be instead.
    """
    if not start.strip():
        raise SourceMalformed(Problem(name, EMPTY))
    for mark, reason in WRONG_TYPES:
        if start.startswith(mark):
            raise SourceMalformed(Problem(name, reason))
    skip, encoding = byte_order(start)
    head = start[skip:].decode(encoding or "utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").lstrip()
    if head.startswith("<"):
        return Format.PUBMED_XML
    lines = head.split("\n")
    if lines[0].startswith(("FN ", "PT J", "VR 1.0")):
        raise SourceMalformed(Problem(name, ris.WEB_OF_SCIENCE, 1))
    found = next((kind for line in lines if (kind := _format_of(line))), None)
    if found is None:
        raise SourceMalformed(Problem(name, UNKNOWN))
    return found


def _format_of(line: str) -> Format | None:
    if ris.START.match(line):
        return Format.RIS
    if BIBTEX_START.match(line.lstrip(" \t")):
        return Format.BIBTEX
    return Format.NBIB if re.match(r"(?:PMID|OWN |STAT|TI  |DCOM|AN  )-", line) else None


class _Rejoined:
    """A stream with its first bytes, already read, put back."""

    def __init__(self, start: bytes, rest: Readable) -> None:
        self.start = start
        self.rest = rest

    def read(self, size: int = -1, /) -> bytes:
        if not self.start:
            return self.rest.read(size)
        taken, self.start = (self.start, b"") if size < 0 else (self.start[:size], self.start[size:])
        return taken


def _read(kind: Format, name: str, stream: Readable, limits: Limits) -> Reading:
    if kind is Format.PUBMED_XML:
        reading = read_pubmed_xml(stream, name, limits)
    else:
        reading = _capped(_read_text(kind, name, stream, limits), name, limits)
    for read in reading:
        yield read
        if isinstance(read, SourceRecord) and not read.identifier:
            yield Problem(name, NO_IDENTIFIER, read.line, read.number, kept=True)


def _read_text(kind: Format, name: str, stream: Readable, limits: Limits) -> Reading:
    text, problems = text_of(b"".join(pieces(stream, name, limits)), name)
    yield from problems
    readers = {Format.NBIB: nbib.read_nbib, Format.RIS: ris.read_ris, Format.BIBTEX: _read_bibtex}
    yield from readers[kind](text, name)


def _read_bibtex(text: str, name: str) -> Reading:
    from research.sources.bibtex import read_bibtex  # noqa: PLC0415 - its parsers are large, and few files are BibTeX

    return read_bibtex(text, name)


def _capped(reading: Reading, name: str, limits: Limits) -> Iterator[SourceRecord | Problem]:
    records = problems = 0
    for read in reading:
        if isinstance(read, Problem) and not read.kept:
            problems += 1
        elif isinstance(read, SourceRecord):
            records += 1
        if records > limits.max_records or problems > limits.max_problems:
            reason = f"Reading stopped after {min(records, limits.max_records)} records and {problems} problems."
            yield Problem(name, reason, kept=True)
            return
        yield read
