"""What a source says about a study, typed and frozen, before anyone decides what to do with it."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from research.sources.identifiers import DOI_SHAPE, PMID_SHAPE, normalise_doi, normalise_pmid

#: How a notice names a later version of a preprint that keeps its DOI: "version 2".
VERSION_WORD = "version"


class Source(StrEnum):
    """Where a record was read."""

    PUBMED = "pubmed"
    CROSSREF = "crossref"
    EUROPE_PMC = "europepmc"
    BIORXIV = "biorxiv"
    PUBMED_XML = "pubmed-xml"
    NBIB = "nbib"
    RIS = "ris"
    BIBTEX = "bibtex"


#: What our own clients ask. The others are files, and those anybody can write.
FETCHED = frozenset({Source.PUBMED, Source.CROSSREF, Source.EUROPE_PMC, Source.BIORXIV})


class RecordKind(StrEnum):
    """The values of ``Study.Kind``."""

    JOURNAL_ARTICLE = "journal_article"
    PREPRINT = "preprint"
    CONFERENCE_PAPER = "conference_paper"
    BOOK_CHAPTER = "book_chapter"
    BOOK = "book"
    REFERENCE_ENTRY = "reference_entry"
    DISSERTATION = "dissertation"
    REPORT = "report"
    OTHER = "other"


class JournalKind(StrEnum):
    """The values of ``Journal.Kind``."""

    JOURNAL = "journal"
    PREPRINT_SERVER = "preprint_server"
    BOOK_SERIES = "book_series"


class NoticeKind(StrEnum):
    """The values of ``StudyNotice.Kind``, and one for words that nobody has mapped yet."""

    CORRECTION = "correction"
    CONCERN = "expression_of_concern"
    RETRACTION = "retraction"
    PARTIAL_RETRACTION = "partial_retraction"
    WITHDRAWAL = "withdrawal"
    REMOVAL = "removal"
    MARKED_RETRACTED = "marked_retracted"
    MARKED_WITHDRAWN = "marked_withdrawn"
    REINSTATEMENT = "reinstatement"
    REPLACEMENT = "replacement"
    CORRECTED_REPUBLISHED = "corrected_republished"
    NEWER_VERSION = "newer_version"
    NEEDS_A_LOOK = "needs_a_look"


class NoticeSource(StrEnum):
    """Who says that something happened."""

    PUBLISHER = "publisher"
    RETRACTION_WATCH = "retraction-watch"
    PUBMED = "pubmed"
    EUROPE_PMC = "europepmc"
    PREPRINT_SERVER = "preprint-server"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date to the precision that was given; a missing part is None and never guessed.

    Attributes:
        year: four digits; of a span of years the first, under which libraries file it.
        month: 1 to 12; None for a season or a span of months.
        day: 1 to 31; None unless the source named one day.
        as_given: the source's own words, such as "1998 Dec-1999 Jan".
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    as_given: str = ""

    def as_date(self) -> date | None:
        """Return the calendar day, or None unless all three parts are known and make one."""
        if self.year is None or self.month is None or self.day is None:
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None

    def first_day(self) -> date | None:
        """Return the earliest day that it can mean; None without a year."""
        return self.as_date() or (date(self.year, self.month or 1, 1) if self.year else None)

    def last_day(self) -> date | None:
        """Return the latest day that it can mean, of a year alone its end; None without a year."""
        if self.year is None:
            return None
        month = self.month or 12
        return self.as_date() or date(self.year, month, monthrange(self.year, month)[1])


@dataclass(frozen=True, slots=True)
class Journal:
    """Where a study appeared; ``issn`` is the linking one where the source tells it, ``issns`` all of them."""

    name: str = ""
    issn: str = ""
    issns: tuple[str, ...] = ()
    kind: JournalKind = JournalKind.JOURNAL


@dataclass(frozen=True, slots=True)
class Author:
    """A person, or a group when ``collective`` is set; a group has no other part."""

    family: str = ""
    given: str = ""
    initials: str = ""
    suffix: str = ""
    collective: str = ""
    orcid: str = ""

    @property
    def name(self) -> str:
        """The way citations write it, such as "Park JH", "Smith J Jr" or the name of the group."""
        if self.collective:
            return self.collective
        return " ".join(part for part in (self.family, self.initials or self.given, self.suffix) if part)


@dataclass(frozen=True, slots=True)
class AbstractPart:
    """One part of an abstract in its order; ``label`` as printed, ``category`` as NLM sorts it, either may be ""."""

    text: str
    label: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class MeshQualifier:
    name: str
    ui: str = ""
    is_major: bool = False


@dataclass(frozen=True, slots=True)
class MeshTerm:
    """A subject heading; ``is_automated`` when a machine chose it, so it may be suggested and never assigned."""

    name: str
    ui: str = ""
    is_major: bool = False
    qualifiers: tuple[MeshQualifier, ...] = ()
    is_automated: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """Money named by the record; any part may be ""."""

    agency: str = ""
    number: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to a paper, as one source reports it.

    Attributes:
        kind: what the raw word means; ``NEEDS_A_LOOK`` for a word not yet mapped.
        raw_word: the source's own word, such as "RetractionIn" or "retration".
        source: who says so.
        date: when, to the precision given.
        doi, pmid: the other paper: the notice in ``SourceRecord.notices``, the paper it is about in ``notice_of``.
        label: the source's words for a reader: a citation, or a label such as "Retraction".
        reason: why, where the source tells.
        part: which part of the paper it is about, in the source's own words; "" where it does not say.
    """

    kind: NoticeKind
    raw_word: str
    source: NoticeSource
    date: PartialDate = PartialDate()
    doi: str = ""
    pmid: str = ""
    label: str = ""
    reason: str = ""
    part: str = ""

    @property
    def link(self) -> str:
        """The address where the other paper can be read; "" when it has no identifier."""
        return link_to(self.doi, self.pmid)


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One study as one source describes it. All text is plain: no markup, to be escaped when shown.

    Attributes:
        source: where it was read.
        doi: normalised; "" for none.
        pmid: digits; "" for none.
        pmcid: the number of the free full text in PubMed Central, such as "PMC5546321"; "" for none.
        registrations: of trials and reviews, such as "NCT01234567", in the order met.
        volume, issue, pages: as printed; any may be "".
        keywords: the authors' own, which are no subject headings.
        other_dois: further DOIs of the same work, as the source states them.
        title: may be ""; without the brackets that mark a translation.
        title_is_translated: the title was translated into English; ``original_title`` may hold the author's own.
        language: the source's code or word; several are parted by a space.
        authors: persons and groups in order; empty when the record names none.
        authors_complete: False when the record says that there are more.
        abstract: the main abstract in its parts; empty when there is none.
        lay_summary: a plain-language summary that the record carries; "" for none.
        publication_types: in the source's own words.
        interests: the statement of interests; None when the record has none, which is not the same as "none".
        notices: what happened to this paper.
        notice_of: the papers that this record says something about, such as the paper it retracts.
        is_notice: the record itself is a notice of retraction, correction or concern, and no study.
        patient_summaries: PubMed numbers of summaries for patients.
        url: an address for a reader; never asked for by us.
        line, number: where in its file the record begins, counted from 1; None when it came from no file.
    """

    source: Source
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    registrations: tuple[str, ...] = ()
    volume: str = ""
    issue: str = ""
    pages: str = ""
    keywords: tuple[str, ...] = ()
    other_dois: tuple[str, ...] = ()
    title: str = ""
    title_is_translated: bool = False
    original_title: str = ""
    language: str = ""
    journal: Journal = Journal()
    kind: RecordKind = RecordKind.JOURNAL_ARTICLE
    date: PartialDate = PartialDate()
    authors: tuple[Author, ...] = ()
    authors_complete: bool = True
    abstract: tuple[AbstractPart, ...] = ()
    lay_summary: str = ""
    publication_types: tuple[str, ...] = ()
    mesh_terms: tuple[MeshTerm, ...] = ()
    funding: tuple[Grant, ...] = ()
    interests: str | None = None
    notices: tuple[Notice, ...] = ()
    notice_of: tuple[Notice, ...] = ()
    is_notice: bool = False
    patient_summaries: tuple[str, ...] = ()
    url: str = ""
    line: int | None = field(default=None, compare=False)
    number: int | None = field(default=None, compare=False)

    @property
    def identifier(self) -> str:
        """What duplicates meet on: "doi:10.1000/x", else "pmid:123", else ""."""
        if self.doi:
            return f"doi:{self.doi}"
        return f"pmid:{self.pmid}" if self.pmid else ""

    @property
    def is_fetched(self) -> bool:
        """Whether our own client had it from the source; a file is anybody's."""
        return self.source in FETCHED

    @property
    def is_retracted(self) -> bool:
        """Whether a notice of retraction is among the notices; a reinstatement does not undo it here."""
        return any(notice.kind is NoticeKind.RETRACTION for notice in self.notices)


def known_doi(text: str | None) -> str:
    """Return the normalised DOI, or "" when the text is none."""
    doi = normalise_doi(text or "")
    return doi if DOI_SHAPE.match(doi) else ""


def known_pmid(text: str | None) -> str:
    """Return the digits of a PubMed number, or "" when the text is none."""
    pmid = normalise_pmid(text or "")
    return pmid if PMID_SHAPE.match(pmid) else ""


def link_to(doi: str, pmid: str) -> str:
    """Return the public address of a DOI, else of a PubMed number, else ""."""
    if doi:
        return f"https://doi.org/{doi}"
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else ""
