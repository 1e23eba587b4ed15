"""PubMed XML, read piece by piece: hostile files are refused, and the good records of a bad one still come out."""

import codecs
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from research.sources.errors import Problem, SourceMalformed
from research.sources.pubmed_article import RECORD_TAGS, read_element
from research.sources.reading import Limits, Readable, Reading, byte_order, pieces
from research.sources.text import squash

logger = logging.getLogger(__name__)

_RECORD_START = re.compile(rb"<Pubmed(?:Book)?Article[\s>]")
#: Longer than any start that `_RECORD_START` finds, so that none is lost between two pieces.
_OVERLAP = 24
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_READABLE = re.compile(r"(utf-16|utf-32|iso8859-|cp125\d|cp437|mac-roman|koi8|gb|big5|euc|shift).*")

FOREIGN_ROOTS = {
    "html": "This is a web page, not PubMed XML. Sources answer with one when they are down.",
    "article": "This is the full text of an article (JATS), not a PubMed record. Import its DOI instead.",
}
NO_RECORD = "No PubMed record was found in this XML."


class _Broken(Exception):
    """One record cannot go on; the next one may begin where this one stopped."""

    def __init__(self, reason: str, at_byte: int) -> None:
        super().__init__(reason)
        self.at_byte = at_byte


class _Refused(Exception):
    """The whole file is refused."""


class _Target:
    """What the parser tells: builds the records one at a time and forgets everything between them."""

    def __init__(self, max_depth: int, place: Callable[[], tuple[int, int]]) -> None:
        self.max_depth = max_depth
        self.place = place
        self.root = ""
        self.depth = 0
        self.builder: TreeBuilder | None = None
        self.begun_on = 0
        self.done: list[tuple[Element, int]] = []
        self.loose_words: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > self.max_depth:
            raise _Broken(f"Elements are nested more than {self.max_depth} deep.", self.place()[1])
        if not self.root:
            self.root = tag
            if tag.lower() in FOREIGN_ROOTS:
                raise _Refused(FOREIGN_ROOTS[tag.lower()])
        if tag in RECORD_TAGS:
            if self.builder is not None:
                raise _Broken("The record is cut off: the next one begins inside it.", self.place()[1])
            self.builder, self.begun_on = TreeBuilder(), self.place()[0]
        if self.builder is not None:
            self.builder.start(tag, attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        if self.builder is None:
            return
        self.builder.end(tag)
        if tag in RECORD_TAGS:
            self.done.append((self.builder.close(), self.begun_on))
            self.builder = None

    def data(self, text: str) -> None:
        if self.builder is not None:
            self.builder.data(text)
        elif self.root == "eFetchResult":
            self.loose_words.append(text)

    def close(self) -> None:
        """Called by the parser at the end; nothing is left to hand over."""


class _Parsing:
    """One run of the parser, from the start of the file or from a record behind a broken one."""

    def __init__(self, limits: Limits, lines_before: int) -> None:
        self.lines_before = lines_before
        self.fed = 0
        self.target = _Target(limits.max_depth, self.place)
        # The encoding is settled before, whatever the declaration says.
        self.parser = DefusedXMLParser(target=self.target, encoding="utf-8", forbid_dtd=False)
        self.expat = self.parser.parser
        self.expat.StartDoctypeDeclHandler = _refuse_internal_subset

    def line(self) -> int:
        return self.place()[0]

    def place(self) -> tuple[int, int]:
        """Return the line in the file, and the byte among those fed."""
        return self.lines_before + int(self.expat.CurrentLineNumber), int(self.expat.CurrentByteIndex)

    def feed(self, data: bytes) -> None:
        self.parser.feed(data)
        self.fed += len(data)

    def stopped_at(self, error: Exception) -> int:
        """Return where in the data last fed the parser stopped; negative for a tag begun in the data before."""
        # Behind an exception of ours the parser has gone on; what it says then is not where that was raised.
        return (error.at_byte if isinstance(error, _Broken) else self.place()[1]) - self.fed


def _refuse_internal_subset(
    _name: str, _system_id: str | None, _public_id: str | None, has_internal_subset: bool
) -> None:
    # Entities declared there are how a small file becomes a huge one, or one that reads other files.
    if has_internal_subset:
        raise _Refused("The file declares its own document type (<!DOCTYPE … [ … ]>), which PubMed never does.")


def read_pubmed_xml(
    stream: Readable, name: str, limits: Limits | None = None, *, may_be_empty: bool = False
) -> Reading:
    """Yield the records of PubMed XML in their order, and a ``Problem`` for each that cannot be read.

    Memory is bounded by one record, however large the file. No address in the file is ever asked for.

    Args:
        stream: UTF-8, or what its mark or declaration says among UTF-16, UTF-32 and the 8-bit encodings.
        name: of the file, for messages.
        limits: ``Limits()`` when None: 5 MB, 10,000 records, 60 levels.
        may_be_empty: a whole ``PubmedArticleSet`` without a record is no error; PubMed answers so for unknown numbers.

    Raises:
        SourceMalformed: the file as a whole is refused: larger than the limit, a document type of its own, a web
            page, an error of PubMed's, no record at all. Records may have been yielded before.

    Source: NLM's PubMed DTD; hostile input measured in the project's evidence notes.
    """
    return _Reader(name, limits or Limits(), may_be_empty).read(stream)


class _Reader:
    """Feeds one file to one parser after another: a new one begins behind each record that broke the last."""

    def __init__(self, name: str, limits: Limits, may_be_empty: bool) -> None:
        self.name = name
        self.limits = limits
        self.may_be_empty = may_be_empty
        self.parsing: _Parsing | None = None
        self.pending = b""  # not parsed yet
        self.tail = b""  # the end of what was parsed
        self.lines_before = 0  # before what is pending
        self.number = 0
        self.problems = 0
        self.is_resumed = False
        self.is_stopped = False

    def read(self, stream: Readable) -> Reading:
        chunks = _as_utf8(pieces(stream, self.name, self.limits), self.name)
        self._open(next(chunks, b""))
        for chunk in chain((b"",), chunks):
            self.pending += chunk
            while self.pending and not self.is_stopped and self._has_parser():
                yield from self._parse()
            if self.is_stopped:
                reason = f"Reading stopped after {self.number} records, {self.problems} of them with problems."
                yield Problem(self.name, reason, kept=True)
                return
        yield from self._end()

    def _open(self, start: bytes) -> None:
        self.pending = start
        self._drop(len(start) - len(start.lstrip()))  # a declaration must come first
        self.parsing = _Parsing(self.limits, self.lines_before)

    def _drop(self, count: int) -> None:
        self.lines_before += self.pending[:count].count(b"\n")
        self.pending = self.pending[count:]

    def _has_parser(self) -> bool:
        """Whether there is a parser for what is pending; behind an error, one from the next record on."""
        if self.parsing is not None:
            return True
        found = _RECORD_START.search(self.pending)
        self._drop(found.start() if found else max(len(self.pending) - _OVERLAP, 0))
        if found:
            self.parsing = _Parsing(self.limits, self.lines_before)
            self.parsing.feed(b"<PubmedArticleSet>")
            self.is_resumed = True
        return found is not None

    def _parse(self) -> Reading:
        parsing, data = self.parsing, self.pending
        if parsing is None:
            return
        try:
            parsing.feed(data)
        except (DefusedXmlException, _Refused) as error:
            raise self._refusal(error, parsing) from error
        except (ParseError, _Broken) as error:
            at = parsing.stopped_at(error)
            yield from self._completed(parsing)
            yield from self._complaint(parsing, _reason(error, data, max(at, 0)))
            self._go_behind_error(at)
        else:
            yield from self._completed(parsing)
            self.tail = (self.tail + data)[-_OVERLAP:]
            self._drop(len(data))

    def _go_behind_error(self, at: int) -> None:
        self.parsing = None
        if at < 0:
            again = self.tail[at:]
            self.lines_before -= again.count(b"\n")
            self.pending = again + self.pending
        else:
            self._drop(at)
        if not _RECORD_START.match(self.pending):
            self._drop(1)

    def _completed(self, parsing: _Parsing) -> Reading:
        for element, line in parsing.target.done:
            if self.number >= self.limits.max_records:
                self.is_stopped = True
                break
            self.number += 1
            try:
                record = read_element(element)
            except ValueError as error:
                yield self._problem(f"The record has {error}.", line)
            except (TypeError, AttributeError, LookupError, RecursionError):
                # A record that nobody foresaw must not take the others of its file with it.
                logger.exception("Record %d of %s could not be read", self.number, self.name)
                yield self._problem("The record cannot be read.", line)
            else:
                yield replace(record, line=line, number=self.number)
        parsing.target.done.clear()

    def _complaint(self, parsing: _Parsing, reason: str) -> Reading:
        if parsing.target.builder is not None:
            self.number += 1
            yield self._problem(reason, parsing.line())
        elif not self.is_resumed:  # behind a broken record the frame of the file no longer fits
            self.problems += 1
            yield Problem(self.name, reason, parsing.line())

    def _problem(self, reason: str, line: int) -> Problem:
        self.problems += 1
        self.is_stopped = self.is_stopped or self.problems >= self.limits.max_problems
        return Problem(self.name, reason, line, self.number)

    def _end(self) -> Reading:
        parsing = self.parsing
        is_whole = parsing is not None
        if parsing is not None:
            try:
                parsing.parser.close()
            except ParseError:
                is_whole = False
                yield from self._complaint(parsing, "The file ends in the middle: it was cut off.")
            if parsing.target.root == "eFetchResult":
                words = squash(" ".join(parsing.target.loose_words)) or "no reason given"
                raise SourceMalformed(Problem(self.name, f"PubMed answered with an error: {words}"))
            is_whole = is_whole and parsing.target.root == "PubmedArticleSet"
        if not self.number and not self.problems and not (is_whole and self.may_be_empty):
            raise SourceMalformed(Problem(self.name, NO_RECORD))

    def _refusal(self, error: Exception, parsing: _Parsing) -> SourceMalformed:
        words = str(error) if isinstance(error, _Refused) else "The file declares entities, which PubMed never does."
        return SourceMalformed(Problem(self.name, words, parsing.line()))


def _reason(error: Exception, data: bytes, at: int) -> str:
    if isinstance(error, _Broken):
        return str(error)
    if any(byte >= 0x80 for byte in data[at : at + 4]) and "invalid token" in str(error):
        return "These bytes are not UTF-8, which the file is said to be."
    words = str(error).partition(": line")[0]
    return f"This is not well-formed XML: {words}."


def _as_utf8(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Yield the bytes as UTF-8 without mark or leading space, whatever the mark or declaration says they are."""
    first = next(chunks, b"")
    skip, encoding = byte_order(first)
    declared = _DECLARED.match(first.lstrip())
    if not encoding and declared:
        encoding = _codec(declared[1].decode("ascii"), name)
    first = first[skip:]
    if encoding in ("", "utf-8", "ascii"):
        yield first
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        yield decoder.decode(first).encode()
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise SourceMalformed(
            Problem(name, f"The bytes are not {encoding.upper()}, which the file is said to be.")
        ) from error


def _codec(declared: str, name: str) -> str:
    """Return Python's name of a declared encoding; UTF-8 where the declaration cannot be true."""
    try:
        canonical = codecs.lookup(declared).name
    except LookupError:
        canonical = ""
    if canonical in ("utf-8", "ascii") or canonical.startswith(("utf-16", "utf-32")):
        return "utf-8"  # the declaration was readable as ASCII, so the text is not two bytes a sign
    if not _READABLE.match(canonical):
        raise SourceMalformed(Problem(name, f"The file is in the encoding “{declared}”, which is not read here.", 1))
    return canonical
