"""What every file reader shares: limits, and bytes in pieces that stop at the limit."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from research.sources.errors import Problem, SourceMalformed
from research.sources.records import SourceRecord

CHUNK_BYTES = 64 * 1024
#: One PubMed record reaches 188 KB and a set of 176 is 1.9 MB, so an upload of 5 MB is ample.
UPLOAD_BYTES = 5_000_000

#: How an entry of BibTeX begins.
BIBTEX_START = re.compile(r"@[ \t]*[A-Za-z]+[ \t]*[{(]")

#: So many lines of bad bytes are named; the rest is surely alike.
MAX_BAD_LINES = 100

#: What a reader yields: a record, or what is wrong with one.
Reading = Iterator[SourceRecord | Problem]


class Readable(Protocol):
    """Whatever gives bytes: an open file, an upload."""

    def read(self, size: int = -1, /) -> bytes: ...


_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read. ``max_bytes`` None is for files that an operator names, never for uploads."""

    max_bytes: int | None = UPLOAD_BYTES
    max_records: int = 10_000
    max_depth: int = 60
    max_problems: int = 100


def pieces(stream: Readable, name: str, limits: Limits) -> Iterator[bytes]:
    """Yield the bytes of a stream in pieces of at most ``CHUNK_BYTES``.

    Raises:
        SourceMalformed: there are more than ``limits.max_bytes``; nothing beyond them was read.
    """
    seen = 0
    while piece := stream.read(CHUNK_BYTES):
        seen += len(piece)
        if limits.max_bytes is not None and seen > limits.max_bytes:
            raise too_large(name, limits.max_bytes)
        yield piece


def too_large(name: str, max_bytes: int) -> SourceMalformed:
    """Return the complaint about a file of more than ``max_bytes``."""
    reason = f"The file is larger than {max_bytes / 1_000_000:g} MB. Split it, or ask for the import by command."
    return SourceMalformed(Problem(name, reason))


def byte_order(start: bytes) -> tuple[int, str]:
    """Return how many bytes of mark to skip, and the encoding told by the mark or by zero bytes; "" for neither."""
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return len(mark), encoding
    head = start[:64]
    if len(head) >= 4 and head[1::2].count(0) > len(head) // 3:
        return 0, "utf-16-le"
    if len(head) >= 4 and head[0::2].count(0) > len(head) // 3:
        return 0, "utf-16-be"
    return 0, ""


def text_of(data: bytes, name: str) -> tuple[str, list[Problem]]:
    """Return the text of a file, its line ends made one, and what was odd about its bytes.

    UTF-8 and, by their marks, UTF-16 and UTF-32 are read as they are. Lines that are none of these are read as
    Windows-1252, which older programs write, and named in a problem that keeps its record.

    Raises:
        SourceMalformed: a file marked UTF-16 or UTF-32 is neither.
    """
    skip, encoding = byte_order(data)
    if encoding and encoding != "utf-8":
        try:
            return _one_line_end(data[skip:].decode(encoding)), []
        except UnicodeDecodeError as error:
            line = data[: error.start].decode(encoding, "ignore").count("\n") + 1
            raise SourceMalformed(Problem(name, f"The bytes are not {encoding.upper()} as marked.", line)) from error
    try:
        return _one_line_end(data[skip:].decode("utf-8")), []
    except UnicodeDecodeError:
        return _line_by_line(data[skip:], name)


def _one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _line_by_line(data: bytes, name: str) -> tuple[str, list[Problem]]:
    lines: list[str] = []
    problems: list[Problem] = []
    for number, line in enumerate(re.split(rb"\r\n|\r|\n", data), start=1):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            lines.append(line.decode("cp1252", "replace"))
            reason = "These bytes are not UTF-8; they were read as Windows-1252. Check the accents and signs."
            if len(problems) < MAX_BAD_LINES:
                problems.append(Problem(name, reason, number, kept=True))
    return "\n".join(lines), problems
