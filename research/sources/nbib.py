"""PubMed's export format (.nbib, MEDLINE): four-letter tags, long values continued on indented lines."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from research.sources.dates import from_words
from research.sources.errors import Problem
from research.sources.names import author_of, family_key, issns_in, orcid_of, pmcid_of
from research.sources.notices import (
    HARMLESS,
    Direction,
    cited_notice,
    fold_relation,
    folded,
    is_notice,
    retracted_by_type,
    with_title_mark,
)
from research.sources.reading import Reading
from research.sources.records import (
    AbstractPart,
    Author,
    Grant,
    Journal,
    JournalKind,
    MeshQualifier,
    MeshTerm,
    Notice,
    NoticeSource,
    RecordKind,
    Source,
    SourceRecord,
    known_doi,
    known_pmid,
    link_to,
)
from research.sources.registrations import registered_as
from research.sources.text import markup_text, squash, unbracketed

LINE = re.compile(r"(?P<tag>[A-Z][A-Z0-9 ]{3})- ?(?P<value>.*)\Z")
_ID = re.compile(r"(?P<value>\S.*?)\s*\[(?P<kind>doi|pii|bookaccession)\]\Z", re.IGNORECASE)

#: The tags of notices, by what PubMed XML calls the same relation.
RELATION_TAGS = {
    "RIN": "RetractionIn", "ROF": "RetractionOf", "PRIN": "PartialRetractionIn", "PROF": "PartialRetractionOf",
    "EIN": "ErratumIn", "EFR": "ErratumFor", "ECI": "ExpressionOfConcernIn", "ECF": "ExpressionOfConcernFor",
    "UIN": "UpdateIn", "UOF": "UpdateOf", "RPI": "RepublishedIn", "RPF": "RepublishedFrom",
    "CRI": "CorrectedandRepublishedIn", "CRF": "CorrectedandRepublishedFrom",
    "RRI": "RetractedandRepublishedIn", "RRF": "RetractedandRepublishedFrom",
    "CIN": "CommentIn", "CON": "CommentOn", "SPIN": "SummaryForPatientsIn", "ORI": "OriginalReportIn",
}  # fmt: skip
#: Tags that a record has once, so that a second one belongs to the next record.
ONCE_A_RECORD = {"OWN", "STAT", "TI", "BTI", "TT", "DP", "JT", "TA", "SO"}
LAY_SUMMARY = "plain-language-summary"


@dataclass(slots=True)
class _Raw:
    """The lines of one record, those of each value together."""

    line: int
    lines: list[tuple[str, list[str]]] = field(default_factory=list)
    has_once: set[str] = field(default_factory=set)

    def add(self, tag: str, value: str) -> None:
        self.lines.append((tag, []))
        self.go_on(value)

    def go_on(self, words: str) -> None:
        """Add words to the last value; an empty tag is not taken for the one that a record has once."""
        tag, lines = self.lines[-1]
        lines.append(words)
        if tag in ONCE_A_RECORD and words.strip():
            self.has_once.add(tag)

    def has_number(self) -> bool:
        """Whether the record has its PubMed number, which stands in its first line."""
        tag, lines = self.lines[0]
        return tag == "PMID" and any(line.strip() for line in lines)

    def values(self) -> Iterator[tuple[str, str]]:
        return ((tag, squash(" ".join(lines))) for tag, lines in self.lines)

    def all(self, tag: str) -> list[str]:
        return [words for name, lines in self.lines if name == tag and (words := squash(" ".join(lines)))]

    def first(self, tag: str) -> str:
        return next(iter(self.all(tag)), "")


def read_nbib(text: str, name: str) -> Reading:
    """Yield the records of an .nbib file in their order, and a ``Problem`` for each part that is none.

    Records without a PubMed number (ERIC writes such) are parted by blank lines, and any two where a tag comes again
    that a record has once. Unknown tags are passed over.

    Args:
        text: with line ends made one, as ``reading.text_of`` gives it.
        name: of the file, for messages.

    Source: NLM, "MEDLINE/PubMed Data Element (Field) Descriptions".
    """
    for number, raw in enumerate(_split(text), start=1):
        if not any(raw.first(tag) for tag in ("PMID", "TI", "BTI", "TT")):
            yield Problem(name, "There is no PMID and no title in this part.", raw.line, number)
            continue
        yield replace(_record(raw), line=raw.line, number=number)


def _split(text: str) -> Iterator[_Raw]:
    current: _Raw | None = None
    after_blank = False
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if not line.strip():
            after_blank = True
            continue
        match = LINE.match(line)
        if match is None:
            if current is not None and line[:1].isspace():
                current.go_on(line.strip())
                # The value goes on behind the blank line, and with it the record.
                after_blank = False
            continue
        tag = match["tag"].strip()
        if current is None or _begins_record(tag, current, _paragraph(lines, index) if after_blank else None):
            if current is not None:
                yield current
            current = _Raw(index + 1)
        current.add(tag, match["value"])
        after_blank = False
    if current is not None:
        yield current


def _begins_record(tag: str, current: _Raw, paragraph: set[str] | None) -> bool:
    """Whether this tag opens the next record: a number, or what the current record has already and has once.

    Behind a blank line, the whole paragraph is asked, for the tag that comes again need not be its first. A blank
    line parts records without a number anyway; inside a record that has its number it may stand anywhere.

    Args:
        paragraph: the tags from this one on, as ``_paragraph`` gives them; None when no blank line stands before.
    """
    if tag == "PMID" or (paragraph is not None and not current.has_number()):
        return True
    return not current.has_once.isdisjoint({tag} if paragraph is None else paragraph)


def _paragraph(lines: list[str], start: int) -> set[str]:
    """Return the tags from a line to the next blank line or number."""
    tags: set[str] = set()
    for index in range(start, len(lines)):
        match = LINE.match(lines[index])
        tag = match["tag"].strip() if match else ""
        if tag == "PMID" or not lines[index].strip():
            break
        tags.add(tag)
    return tags


def _record(raw: _Raw) -> SourceRecord:
    title, is_translated = unbracketed(markup_text(raw.first("TI") or raw.first("BTI")))
    types = tuple(raw.all("PT"))
    relations = list(_relations(raw))
    notices = [notice for direction, notice in relations if direction is Direction.AFFECTED]
    notice_of = tuple(notice for direction, notice in relations if direction is Direction.NOTICE)
    doi, pmid = _doi(raw), known_pmid(raw.first("PMID"))
    abstract = tuple(AbstractPart(words) for value in raw.all("AB") if (words := markup_text(value)))
    record = SourceRecord(
        source=Source.NBIB,
        doi=doi,
        pmid=pmid,
        title=title,
        title_is_translated=is_translated,
        original_title=markup_text(raw.first("TT")),
        language=" ".join(raw.all("LA")),
        journal=_journal(raw, types),
        kind=_kind(raw, types),
        date=from_words(raw.first("DP")),
        authors=tuple(_authors(raw)),
        abstract=abstract,
        pmcid=pmcid_of(raw.first("PMC")),
        registrations=registered_as(_databank_entries(raw), *(part.text for part in abstract)),
        volume=raw.first("VI"),
        issue=raw.first("IP"),
        pages=raw.first("PG"),
        keywords=tuple(dict.fromkeys(word.lstrip("*").strip() for word in raw.all("OT"))),
        lay_summary=_lay_summary(raw),
        publication_types=types,
        mesh_terms=tuple(_mesh_term(value) for value in raw.all("MH")),
        funding=tuple(_grant(value) for value in raw.all("GR")),
        interests=raw.first("COIS") or None,
        notices=(*notices, *retracted_by_type(types, notices, NoticeSource.PUBMED)),
        notice_of=notice_of,
        is_notice=is_notice(types, notice_of),
        patient_summaries=tuple(notice.pmid for notice in _cited(raw, "SPIN") if notice.pmid),
        url=link_to("", pmid) or link_to(doi, ""),
    )
    return with_title_mark(record, NoticeSource.PUBMED)


def _doi(raw: _Raw) -> str:
    for value in (*raw.all("AID"), *raw.all("LID")):
        match = _ID.match(value)
        if match and match["kind"].lower() == "doi" and known_doi(match["value"]):
            return known_doi(match["value"])
    return ""


def _databank_entries(raw: _Raw) -> Iterator[tuple[str, str]]:
    for value in raw.all("SI"):
        name, _, number = value.partition("/")
        yield name, number


def _kind(raw: _Raw, types: tuple[str, ...]) -> RecordKind:
    if "Preprint" in types:
        return RecordKind.PREPRINT
    return RecordKind.BOOK_CHAPTER if raw.first("BTI") else RecordKind.JOURNAL_ARTICLE


def _journal(raw: _Raw, types: tuple[str, ...]) -> Journal:
    if raw.first("BTI"):
        return Journal(name=raw.first("BTI") if raw.first("TI") else "", kind=JournalKind.BOOK_SERIES)
    linking = [value for value in raw.all("IS") if "linking" in value.lower()]
    issns = issns_in(*linking, *raw.all("IS"))
    kind = JournalKind.PREPRINT_SERVER if "Preprint" in types else JournalKind.JOURNAL
    name = raw.first("JT") or raw.first("TA")
    return Journal(name=name, issn=issns[0] if issns else "", issns=issns, kind=kind)


def _authors(raw: _Raw) -> Iterator[Author]:
    """Yield persons and groups in their order, each once: FAU is the full name, AU the short form of the same one.

    The two may be spelt so differently ("Müller, Hans" and "Mueller H") that only their places tell that they are one.
    """
    entries = [(tag, value) for tag, value in raw.values() if tag in ("FAU", "AU", "CN", "AUID")]
    shorts = [value for tag, value in entries if tag == "AU"]
    fulls = [value for tag, value in entries if tag == "FAU"]
    in_pairs = len(fulls) == len(shorts)
    found: list[Author] = []
    count, is_open = 0, False  # how many full names came, and whether the last one still waits for its short form
    for tag, value in entries:
        if tag == "AUID":
            found[-1:] = [replace(author, orcid=orcid_of(value) or author.orcid) for author in found[-1:]]
        elif tag == "CN":
            found.append(Author(collective=value))
            is_open = False
        elif tag == "FAU":
            author = author_of(value)
            short = author_of(shorts[count]) if in_pairs else None
            count, is_open = count + 1, not in_pairs
            found += [_with_initials(author, short)] if author else []
        elif not in_pairs and is_open and not _is_named(found[:-1], value):
            found[-1:] = [_with_initials(author, author_of(value)) for author in found[-1:]]
            is_open = False
        elif not fulls or not (in_pairs or _is_named(found, value)):
            found += [author for author in [_plain(author_of(value), value)] if author]
    yield from found


def _with_initials(author: Author, short: Author | None) -> Author:
    if short is None or not short.initials or author.collective:
        return author
    return replace(author, initials=short.initials, suffix=author.suffix or short.suffix)


def _is_named(found: Sequence[Author], value: str) -> bool:
    """Whether this short form is of a person who was named in full."""
    short = _plain(author_of(value), value)
    return short is not None and any(
        family_key(author.family) == family_key(short.family) and author.initials[:1] == short.initials[:1]
        for author in found
        if author.family
    )


def _plain(found: Author | None, value: str) -> Author | None:
    """Return a person where only the short form is given, even when it is one word."""
    return Author(family=value) if found and found.collective else found


def _lay_summary(raw: _Raw) -> str:
    for value in raw.all("OAB"):
        kind, _, words = value.partition(":")
        if folded(kind) == folded(LAY_SUMMARY):
            return markup_text(words)
    return ""


def _mesh_term(value: str) -> MeshTerm:
    """Return a heading such as "Brain Ischemia/diagnostic imaging/*surgery"; the export has no identifiers."""
    name, *qualifiers = value.split("/")
    return MeshTerm(
        name=name.lstrip("*").strip(),
        is_major=name.startswith("*"),
        qualifiers=tuple(MeshQualifier(part.lstrip("*").strip(), is_major=part.startswith("*")) for part in qualifiers),
    )


def _grant(value: str) -> Grant:
    """Return the money in "R01 NS062796/NS/NINDS NIH HHS/United States", any of whose parts may be missing."""
    parts = [part.strip() for part in value.split("/")]
    if len(parts) < 3:
        return Grant(agency=value)
    return Grant(agency=parts[-2], number="/".join(parts[:-3]) or parts[0], country=parts[-1])


def _relations(raw: _Raw) -> Iterator[tuple[Direction, Notice]]:
    for tag, word in RELATION_TAGS.items():
        direction, _ = fold_relation(word)
        if folded(word) not in HARMLESS:
            yield from ((direction, notice) for notice in _cited(raw, tag))


def _cited(raw: _Raw, tag: str) -> Iterator[Notice]:
    word = RELATION_TAGS[tag]
    for value in raw.all(tag):
        yield cited_notice(fold_relation(word)[1], word, value, "", NoticeSource.PUBMED)
