"""Europe PMC: records of PubMed and of preprints, found by DOI or PubMed number."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from research.sources.dates import dated, from_numbers, from_words
from research.sources.errors import Problem, SourceMalformed, SourceNotFound
from research.sources.names import initials_of, issns_in, orcid_of, pmcid_of
from research.sources.notices import (
    Direction,
    cited_notice,
    fold_relation,
    folded,
    is_notice,
    retracted_by_type,
    with_title_mark,
)
from research.sources.records import (
    VERSION_WORD,
    Author,
    Grant,
    Journal,
    JournalKind,
    MeshQualifier,
    MeshTerm,
    Notice,
    NoticeKind,
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
from research.sources.shapes import Json, inside, mapping, objects, text, texts
from research.sources.text import markup_parts, markup_text, unbracketed
from research.sources.transport import Transport

HOST = "www.ebi.ac.uk"
SEARCH_URL = f"https://{HOST}/europepmc/webservices/rest/search"
NAME = "Europe PMC"
PER_SECOND = 5.0
PREPRINT = "PPR"
#: What a preprint's record says of the journal article that it became.
PUBLISHED_AS = "preprintof"
#: Publication types of preprints that were taken back.
WITHDRAWN_TYPES = {"preprintwithdrawal": NoticeKind.WITHDRAWAL, "preprintremoval": NoticeKind.REMOVAL}


class EuropePmcClient:
    """Asks Europe PMC.

    Source: Europe PMC Articles RESTful API, ``search`` with ``resultType=core``.
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        transport.set_pace(HOST, PER_SECOND)

    def fetch_by_doi(self, doi: str) -> SourceRecord:
        """Return the record of a DOI.

        Raises:
            ValueError: this is no DOI; nothing was sent.
            SourceNotFound: Europe PMC does not know it.
            SourceUnavailable: no usable answer after the last retry.
            SourceRefused: a 4xx answer other than 404 and 429.
            SourceMalformed: an answer that is no list of results.
        """
        asked = known_doi(doi)
        if not asked or '"' in asked or "\\" in asked:
            raise ValueError(f"No DOI: {doi!r}")
        return self._find(f'DOI:"{asked}"', lambda record: record.doi == asked)

    def fetch_by_pmid(self, pmid: str) -> SourceRecord:
        """Return the record of a PubMed number; raises as ``fetch_by_doi`` does."""
        asked = known_pmid(pmid)
        if not asked:
            raise ValueError(f"No PubMed number: {pmid!r}")
        return self._find(f"EXT_ID:{asked} AND SRC:MED", lambda record: record.pmid == asked)

    def search(self, words: str, *, since: date, until: date, most: int) -> tuple[list[SourceRecord], int]:
        """Return the records that Europe PMC took up between two days and that fit, newest first, and how many fit.

        Args:
            words: in Europe PMC's own language, as a person types them into its search box.
            since, until: both included.
            most: how many records come back at most.

        Raises:
            ValueError: there are no words; nothing was sent.
            SourceUnavailable, SourceRefused, SourceMalformed: as ``fetch_by_doi``.

        Source: ``FIRST_IDATE`` is the day on which a record was first indexed.
        """
        if not words.strip():
            raise ValueError("No words to search for.")
        query = f"({words}) AND FIRST_IDATE:[{since.isoformat()} TO {until.isoformat()}]"
        page = {"pageSize": str(most), "sort": "P_PDATE_D desc"}
        params = {"query": query, "resultType": "core", "format": "json", **page}
        answer = self.transport.get(NAME, SEARCH_URL, params).json()
        found = read_search(answer)
        total = answer.get("hitCount")
        return found[:most], total if isinstance(total, int) and total >= len(found) else len(found)

    def _find(self, query: str, is_it: Any) -> SourceRecord:
        params = {"query": query, "resultType": "core", "format": "json", "pageSize": "5"}
        for record in read_search(self.transport.get(NAME, SEARCH_URL, params).json()):
            if is_it(record):
                return record
        raise SourceNotFound(NAME, "The source does not know this identifier.")


def read_search(answer: Any) -> list[SourceRecord]:
    """Return the records of a search's answer; empty when it says that nothing was found.

    Raises:
        SourceMalformed: it holds no list of results.
    """
    results = inside(mapping(answer, NAME, "search result"), "resultList", "result")
    if not isinstance(results, list):
        raise SourceMalformed(Problem(NAME, "The answer holds no list of results."))
    return [read_result(result) for result in objects(results)]


def read_result(result: Json) -> SourceRecord:
    """Return the record in one result of ``resultType=core``."""
    is_preprint = text(result.get("source")) == PREPRINT
    pmid, doi = known_pmid(text(result.get("pmid"))), known_doi(text(result.get("doi")))
    title, is_translated = unbracketed(markup_text(text(result.get("title"))))
    types = texts(inside(result, "pubTypeList", "pubType"))
    abstract = markup_parts(text(result.get("abstractText")))
    relations = list(_relations(result))
    notices = [notice for direction, notice in relations if direction is Direction.AFFECTED]
    notices += _preprint_notices(result, types, doi) if is_preprint else []
    notice_of = tuple(notice for direction, notice in relations if direction is Direction.NOTICE)
    record = SourceRecord(
        source=Source.EUROPE_PMC,
        doi=doi,
        pmid=pmid,
        title=title,
        title_is_translated=is_translated,
        language=text(result.get("language")),
        journal=_journal(result, is_preprint),
        kind=RecordKind.PREPRINT if is_preprint else RecordKind.JOURNAL_ARTICLE,
        date=_date(result),
        authors=tuple(_authors(result)),
        abstract=abstract,
        pmcid=pmcid_of(text(result.get("pmcid"))),
        registrations=registrations_in(*(part.text for part in abstract)),
        volume=text(inside(result, "journalInfo", "volume")),
        issue=text(inside(result, "journalInfo", "issue")),
        pages=text(result.get("pageInfo")),
        keywords=tuple(dict.fromkeys(markup_text(word) for word in texts(inside(result, "keywordList", "keyword")))),
        publication_types=types,
        mesh_terms=tuple(_mesh_terms(result)),
        funding=tuple(_grants(result)),
        notices=(*notices, *retracted_by_type(types, notices, NoticeSource.EUROPE_PMC)),
        notice_of=notice_of,
        is_notice=is_notice(types, notice_of),
        url=link_to(doi, pmid),
    )
    return with_title_mark(record, NoticeSource.EUROPE_PMC)


def _date(result: Json) -> PartialDate:
    """Return the date in the journal's words; ``firstPublicationDate`` fills in days that nobody gave."""
    words = text(inside(result, "journalInfo", "dateOfPublication"))
    return from_words(words) if words else dated(text(result.get("pubYear")))


def _journal(result: Json, is_preprint: bool) -> Journal:
    journal = inside(result, "journalInfo", "journal")
    name = markup_text(text(inside(journal, "title")))
    issns = issns_in(text(inside(journal, "issn")), text(inside(journal, "essn")))
    if is_preprint:
        server = name or markup_text(text(inside(result, "bookOrReportDetails", "publisher")))
        return Journal(name=server, kind=JournalKind.PREPRINT_SERVER)
    return Journal(name=name, issn=issns[0] if issns else "", issns=issns)


def _authors(result: Json) -> Iterator[Author]:
    for author in objects(inside(result, "authorList", "author")):
        family, given = markup_text(text(author.get("lastName"))), markup_text(text(author.get("firstName")))
        collective = markup_text(text(author.get("collectiveName")))
        if collective:
            yield Author(collective=collective)
        elif family:
            initials = text(author.get("initials")) or initials_of(given)
            orcid = author.get("authorId")
            orcid = text(orcid.get("value")) if isinstance(orcid, dict) and orcid.get("type") == "ORCID" else ""
            yield Author(family=family, given=given, initials=initials, orcid=orcid_of(orcid))


def _mesh_terms(result: Json) -> Iterator[MeshTerm]:
    """Yield the headings; Europe PMC gives no identifiers and does not say who chose them."""
    for heading in objects(inside(result, "meshHeadingList", "meshHeading")):
        qualifiers = tuple(
            MeshQualifier(text(found.get("qualifierName")), is_major=found.get("majorTopic_YN") == "Y")
            for found in objects(inside(heading, "meshQualifierList", "meshQualifier"))
        )
        name = text(heading.get("descriptorName"))
        if name:
            yield MeshTerm(name, is_major=heading.get("majorTopic_YN") == "Y", qualifiers=qualifiers)


def _grants(result: Json) -> Iterator[Grant]:
    for grant in objects(inside(result, "grantsList", "grant")):
        yield Grant(agency=markup_text(text(grant.get("agency"))), number=text(grant.get("grantId")))


def _relations(result: Json) -> Iterator[tuple[Direction, Notice]]:
    for relation in objects(inside(result, "commentCorrectionList", "commentCorrection")):
        word = text(relation.get("type"))
        direction, kind = fold_relation(word)
        if folded(word) == PUBLISHED_AS:
            direction, kind = Direction.AFFECTED, NoticeKind.NEWER_VERSION
        if direction is not Direction.HARMLESS:
            pmid = text(relation.get("id")) if text(relation.get("source")) == "MED" else ""
            citation = markup_text(text(relation.get("reference")))
            yield direction, cited_notice(kind, word, citation, pmid, NoticeSource.EUROPE_PMC)


def _preprint_notices(result: Json, types: Iterable[str], doi: str) -> list[Notice]:
    """Return what Europe PMC says of a preprint besides its relations: taken back, and its later versions."""
    source = NoticeSource.EUROPE_PMC
    found = [Notice(WITHDRAWN_TYPES[folded(word)], word, source) for word in types if folded(word) in WITHDRAWN_TYPES]
    for version in objects(inside(result, "versionList", "version")):
        number = text(version.get("versionNumber"))
        if number.isdigit() and int(number) > 1:
            posted = from_numbers(text(version.get("firstPublishDate")))
            found.append(Notice(NoticeKind.NEWER_VERSION, f"{VERSION_WORD} {number}", source, posted, doi=doi))
    return found
