"""bioRxiv and medRxiv: the versions of a preprint, where a withdrawal is a version of its own."""

from typing import Any
from urllib.parse import quote

from research.sources.dates import from_numbers
from research.sources.errors import Problem, SourceMalformed, SourceNotFound
from research.sources.names import authors_of
from research.sources.notices import fold
from research.sources.records import (
    VERSION_WORD,
    Grant,
    Journal,
    JournalKind,
    Notice,
    NoticeKind,
    NoticeSource,
    RecordKind,
    Source,
    SourceRecord,
    known_doi,
    link_to,
)
from research.sources.registrations import registrations_in
from research.sources.shapes import Json, inside, objects, text
from research.sources.text import markup_parts, markup_text
from research.sources.transport import Transport

HOST = "api.biorxiv.org"
BASE_URL = f"https://{HOST}/details"
NAME = "bioRxiv"
PER_SECOND = 1.0
#: Of the two servers' preprints: under Cold Spring Harbor until 2025, under openRxiv since.
DOI_PREFIXES = ("10.1101/", "10.64898/")
SERVERS = ("biorxiv", "medrxiv")


class BiorxivClient:
    """Asks bioRxiv and medRxiv.

    Source: bioRxiv API, ``details``.
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        transport.set_pace(HOST, PER_SECOND)

    def fetch(self, doi: str) -> SourceRecord:
        """Return the record of a preprint's DOI, from whichever of the two servers holds it.

        Raises:
            ValueError: this is no DOI; nothing was sent.
            SourceNotFound: neither server knows it.
            SourceUnavailable: no usable answer after the last retry.
            SourceRefused: a 4xx answer other than 404 and 429.
            SourceMalformed: an answer without a list of versions.
        """
        asked = known_doi(doi)
        if not asked:
            raise ValueError(f"No DOI: {doi!r}")
        for server in SERVERS:
            try:
                return read_details(self.transport.get(NAME, f"{BASE_URL}/{server}/{quote(asked)}/na/json").json())
            except SourceNotFound:
                continue
        raise SourceNotFound(NAME, "Neither bioRxiv nor medRxiv knows this identifier.")


def read_details(answer: Any) -> SourceRecord:
    """Return the record in an answer, from its last version; a withdrawal among the versions is a notice.

    Raises:
        SourceNotFound: the server says that it has no such preprint.
        SourceMalformed: there is no list of versions.
    """
    versions = inside(answer, "collection")
    if not isinstance(versions, list):
        raise SourceMalformed(Problem(NAME, "The answer holds no list of versions."))
    if not objects(versions):
        raise SourceNotFound(NAME, "The server does not know this identifier.")
    known = sorted(objects(versions), key=lambda version: text(version.get("version")).zfill(4))
    first, last = known[0], known[-1]
    doi = known_doi(text(last.get("doi")))
    abstract = markup_parts(text(last.get("abstract")))
    return SourceRecord(
        source=Source.BIORXIV,
        doi=doi,
        title=markup_text(text(last.get("title"))),
        journal=Journal(name=text(last.get("server")) or NAME, kind=JournalKind.PREPRINT_SERVER),
        kind=RecordKind.PREPRINT,
        date=from_numbers(text(first.get("date"))),
        authors=authors_of(text(last.get("authors")).split(";")),
        abstract=abstract,
        registrations=registrations_in(*(part.text for part in abstract)),
        publication_types=tuple(word for word in (text(last.get("type")),) if word),
        funding=tuple(_grants(last)),
        notices=tuple(_notices(known)),
        url=link_to(doi, ""),
    )


def _grants(version: Json) -> list[Grant]:
    funders = objects(version.get("funder"))
    return [Grant(agency=name) for funder in funders if (name := markup_text(text(funder.get("name"))))]


def _notices(versions: list[Json]) -> list[Notice]:
    notices = []
    for version in versions:
        word, number = text(version.get("type")), text(version.get("version"))
        date, doi = from_numbers(text(version.get("date"))), known_doi(text(version.get("doi")))
        if fold(word) in (NoticeKind.WITHDRAWAL, NoticeKind.REMOVAL, NoticeKind.RETRACTION):
            notices.append(Notice(fold(word), word, NoticeSource.PREPRINT_SERVER, date, doi=doi))
        elif number.isdigit() and int(number) > 1:
            newer = NoticeKind.NEWER_VERSION
            notices.append(Notice(newer, f"{VERSION_WORD} {number}", NoticeSource.PREPRINT_SERVER, date, doi=doi))
    published = known_doi(text(versions[-1].get("published")))
    if published:
        notices.append(Notice(NoticeKind.NEWER_VERSION, "published", NoticeSource.PREPRINT_SERVER, doi=published))
    return notices
