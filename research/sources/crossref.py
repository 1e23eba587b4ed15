"""Crossref's REST API: works by DOI, with what publishers and Retraction Watch report about them."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from research.sources.dates import from_parts
from research.sources.errors import Problem, SourceMalformed, SourceNotFound
from research.sources.names import initials_of, issns_in, orcid_of
from research.sources.notices import NOTICE_KINDS, fold, refined, with_title_mark
from research.sources.records import (
    Author,
    Grant,
    Journal,
    JournalKind,
    Notice,
    NoticeKind,
    NoticeSource,
    PartialDate,
    RecordKind,
    Source,
    SourceRecord,
    known_doi,
    link_to,
)
from research.sources.registrations import registrations_in
from research.sources.shapes import Json, first_text, inside, mapping, objects, text, texts
from research.sources.text import markup_parts, markup_text
from research.sources.transport import Transport

HOST = "api.crossref.org"
BASE_URL = f"https://{HOST}/works"
NAME = "Crossref"
BATCH_SIZE = 25
#: What the polite pool allows for lists; single works may go faster.
PER_SECOND = 3.0

#: Parts, containers and comments: no study of their own.
NO_STUDY = {
    "peer-review", "component", "journal", "journal-issue", "journal-volume", "proceedings", "proceedings-series",
    "book-series", "book-set", "report-series", "grant", "database", "dataset",
}  # fmt: skip
#: What Crossref calls the kinds of works; a type that is not here is named "other", never a journal article.
KINDS = {
    "journal-article": RecordKind.JOURNAL_ARTICLE,
    "proceedings-article": RecordKind.CONFERENCE_PAPER,
    "dissertation": RecordKind.DISSERTATION,
    "report": RecordKind.REPORT,
    "report-component": RecordKind.REPORT,
    "book": RecordKind.BOOK,
    "edited-book": RecordKind.BOOK,
    "monograph": RecordKind.BOOK,
    "reference-book": RecordKind.BOOK,
    "book-chapter": RecordKind.BOOK_CHAPTER,
    "book-part": RecordKind.BOOK_CHAPTER,
    "book-section": RecordKind.BOOK_CHAPTER,
    "book-track": RecordKind.BOOK_CHAPTER,
    "reference-entry": RecordKind.REFERENCE_ENTRY,
}
IN_BOOKS = {RecordKind.BOOK, RecordKind.BOOK_CHAPTER, RecordKind.REFERENCE_ENTRY}


class CrossrefClient:
    """Asks Crossref, politely: the transport's User-Agent names a contact.

    Source: Crossref REST API documentation (api.crossref.org, "Etiquette").
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        transport.set_pace(HOST, PER_SECOND)

    def fetch(self, doi: str) -> SourceRecord:
        """Return the record of a DOI.

        Raises:
            ValueError: this is no DOI; nothing was sent.
            SourceNotFound: Crossref does not know it; other agencies register DOIs too.
            SourceMalformed: the work in the answer has another DOI, and does not call this one an alias.
            SourceUnavailable: no usable answer after the last retry.
            SourceRefused: a 4xx answer other than 404 and 429.
            SourceMalformed: as well: no work in the answer, or one that is no study, such as a peer review.
        """
        asked = _checked(doi)
        answer = mapping(self.transport.get(NAME, f"{BASE_URL}/{quote(asked, safe='')}").json(), NAME, "work")
        record = read_work(answer.get("message"))
        if asked not in (record.doi, *record.other_dois):
            raise SourceMalformed(Problem(NAME, f"The answer is about another work ({record.doi})."))
        return record

    def fetch_many(self, dois: Sequence[str]) -> list[SourceRecord]:
        """Return the records of these DOIs, in the order asked for; unknown ones and no studies are left out.

        Raises:
            ValueError, SourceUnavailable, SourceRefused, SourceMalformed: as ``fetch``.
        """
        wanted = list(dict.fromkeys(_checked(doi) for doi in dois))
        found: dict[str, SourceRecord] = {}
        # A comma parts the values of a filter, so a DOI with one in it is asked for alone.
        together = [doi for doi in wanted if "," not in doi]
        for start in range(0, len(together), BATCH_SIZE):
            for work in self._works(together[start : start + BATCH_SIZE]):
                if text(work.get("type")) not in NO_STUDY:
                    record = read_work(work)
                    for known in (record.doi, *record.other_dois):
                        found.setdefault(known, record)
        for doi in (doi for doi in wanted if "," in doi):
            try:
                found[doi] = self.fetch(doi)
            except SourceNotFound:
                continue
        return [found[doi] for doi in wanted if doi in found]

    def _works(self, dois: Sequence[str]) -> list[Json]:
        params = {"filter": ",".join(f"doi:{doi}" for doi in dois), "rows": str(len(dois))}
        items = inside(self.transport.get(NAME, BASE_URL, params).json(), "message", "items")
        if not isinstance(items, list):
            raise SourceMalformed(Problem(NAME, "The answer holds no list of works."))
        return objects(items)


def _checked(doi: str) -> str:
    asked = known_doi(doi)
    if not asked:
        raise ValueError(f"No DOI: {doi!r}")
    return asked


def read_work(message: Any) -> SourceRecord:
    """Return the record in one Crossref work, the ``message`` of an answer.

    Raises:
        SourceMalformed: it is no object, has no DOI, or its type is none of a study.
    """
    work = mapping(message, NAME, "work")
    doi, kind = known_doi(text(work.get("DOI"))), text(work.get("type"))
    if not doi:
        raise SourceMalformed(Problem(NAME, "The answer holds no work with a DOI."))
    if kind in NO_STUDY:
        raise SourceMalformed(Problem(NAME, f"{doi} is of the type “{kind}”, which is no study."))
    notices, notice_of = _notices(work, doi)
    abstract = markup_parts(text(work.get("abstract")))
    record = SourceRecord(
        source=Source.CROSSREF,
        doi=doi,
        title=_title(work),
        original_title=markup_text(first_text(work.get("original-title"))),
        language=text(work.get("language")),
        journal=_journal(work, kind),
        kind=_record_kind(work, kind),
        date=_date(work),
        authors=tuple(_authors(work)),
        abstract=abstract,
        other_dois=tuple(alias for words in texts(work.get("aliases")) if (alias := known_doi(words))),
        registrations=_registrations(work, *(part.text for part in abstract)),
        volume=text(work.get("volume")),
        issue=text(work.get("issue")),
        pages=text(work.get("page")) or text(work.get("article-number")),
        keywords=tuple(markup_text(word) for word in texts(work.get("subject"))),
        publication_types=tuple(word for word in (kind, text(work.get("subtype"))) if word),
        funding=tuple(_grants(work)),
        notices=notices,
        notice_of=notice_of,
        is_notice=any(notice.kind in NOTICE_KINDS for notice in notice_of),
        url=link_to(doi, ""),
    )
    return with_title_mark(record, NoticeSource.PUBLISHER)


def _title(work: Json) -> str:
    title = markup_text(first_text(work.get("title")))
    subtitle = markup_text(first_text(work.get("subtitle")))
    return f"{title}: {subtitle}" if title and subtitle and subtitle.casefold() not in title.casefold() else title


def _record_kind(work: Json, kind: str) -> RecordKind:
    if kind == "posted-content" and text(work.get("subtype")) in ("preprint", ""):
        return RecordKind.PREPRINT
    return KINDS.get(kind, RecordKind.OTHER)


def _journal(work: Json, kind: str) -> Journal:
    issns = issns_in(*texts(work.get("ISSN")))
    name = markup_text(first_text(work.get("container-title")))
    if _record_kind(work, kind) is RecordKind.PREPRINT:
        institution = next(iter(objects(work.get("institution"))), work.get("institution"))
        name = name or markup_text(text(inside(institution, "name"))) or markup_text(text(work.get("publisher")))
        return Journal(name=name, issns=issns, kind=JournalKind.PREPRINT_SERVER)
    journal_kind = JournalKind.BOOK_SERIES if _record_kind(work, kind) in IN_BOOKS else JournalKind.JOURNAL
    return Journal(name=name, issn=issns[0] if issns else "", issns=issns, kind=journal_kind)


def _date(work: Json) -> PartialDate:
    for key in ("issued", "published", "posted"):
        date = from_parts(inside(work.get(key), "date-parts"))
        if date.year:
            return date
    return PartialDate()


def _authors(work: Json) -> Iterator[Author]:
    for author in objects(work.get("author")):
        family, given = markup_text(text(author.get("family"))), markup_text(text(author.get("given")))
        name = markup_text(text(author.get("name")))
        if family:
            yield Author(
                family=family,
                given=given,
                initials=initials_of(given),
                suffix=markup_text(text(author.get("suffix"))),
                orcid=orcid_of(text(author.get("ORCID"))),
            )
        elif name or given:
            yield Author(collective=name or given)


def _registrations(work: Json, *abstract: str) -> tuple[str, ...]:
    listed = (text(trial.get("clinical-trial-number")) for trial in objects(work.get("clinical-trial-number")))
    return tuple(dict.fromkeys([*(number.upper() for number in listed if number), *registrations_in(*abstract)]))


def _grants(work: Json) -> Iterator[Grant]:
    for funder in objects(work.get("funder")):
        agency = markup_text(text(funder.get("name")))
        for number in texts(funder.get("award")) or ("",):
            yield Grant(agency=agency, number=number)


def _notices(work: Json, doi: str) -> tuple[tuple[Notice, ...], tuple[Notice, ...]]:
    """Return what happened to this paper, and what it says about others. A record may name itself: then it happened."""
    updates = [_notice(update) for update in objects(work.get("update-to"))]
    affected = [_notice(update) for update in objects(work.get("updated-by"))]
    affected += [notice for notice in updates if notice.doi == doi]
    affected += [
        Notice(NoticeKind.NEWER_VERSION, "is-preprint-of", NoticeSource.PUBLISHER, doi=known_doi(text(other.get("id"))))
        for other in objects(inside(work.get("relation"), "is-preprint-of"))
    ]
    return tuple(affected), tuple(notice for notice in updates if notice.doi != doi)


def _notice(update: Json) -> Notice:
    word, label = text(update.get("type")), markup_text(text(update.get("label")))
    is_watch = text(update.get("source")) == NoticeSource.RETRACTION_WATCH.value
    return Notice(
        kind=refined(fold(word), label, word),
        raw_word=word,
        source=NoticeSource.RETRACTION_WATCH if is_watch else NoticeSource.PUBLISHER,
        date=from_parts(inside(update.get("updated"), "date-parts")),
        doi=known_doi(text(update.get("DOI"))),
        label=label,
    )
