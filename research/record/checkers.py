"""The sources that the sentinel asks, behind one shape; and how they are built from settings."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from research.models.references import Study
from research.sources.crossref import CrossrefClient
from research.sources.errors import Problem, SourceError, SourceMalformed, SourceNotFound
from research.sources.pubmed import PubMedClient
from research.sources.records import Source, SourceRecord
from research.sources.retraction_watch import notices_for
from research.sources.transport import Transport

Answers = Mapping[int, SourceRecord | SourceError]


class PubMedChecker:
    """Asks PubMed about all studies of a batch in one call."""

    name = "PubMed"

    def __init__(self, client: PubMedClient) -> None:
        self.client = client

    def ask(self, studies: Sequence[Study]) -> Answers:
        """Return PubMed's record by study id; studies without a PMID are left out."""
        by_pmid = {study.pmid: study.pk for study in studies if study.pmid}
        if not by_pmid:
            return {}
        records = {record.pmid: record for record in self.client.fetch(list(by_pmid))}
        unknown = SourceNotFound(self.name, "does not know this PMID")
        return {pk: records.get(pmid, unknown) for pmid, pk in by_pmid.items()}


class CrossrefChecker:
    """Asks Crossref for each DOI; its answers carry the publishers' and Retraction Watch's notices."""

    name = "Crossref"

    def __init__(self, client: CrossrefClient) -> None:
        self.client = client

    def ask(self, studies: Sequence[Study]) -> Answers:
        """Return Crossref's record, or the error of that one question, by study id."""
        return {study.pk: self._one(study.doi) for study in studies if study.doi}

    def _one(self, doi: str) -> SourceRecord | SourceError:
        try:
            return self.client.fetch(doi)
        except SourceError as error:
            return error


class RetractionWatchChecker:
    """Looks studies up in a local copy of the Retraction Watch data; silence there clears nothing."""

    name = "Retraction Watch"

    def __init__(self, path: Path) -> None:
        self.path = path

    def ask(self, studies: Sequence[Study]) -> Answers:
        """Return a record with the notices found, by study id; studies not in the data are left out.

        Raises:
            SourceMalformed: the file is not there, or is not the data.
        """
        try:
            with self.path.open("rb") as stream:
                found = notices_for(
                    stream,
                    self.path.name,
                    dois=[study.doi for study in studies if study.doi],
                    pmids=[study.pmid for study in studies if study.pmid],
                )
        except OSError as error:
            raise SourceMalformed(Problem(self.path.name, f"cannot be opened: {error.strerror}")) from error
        return {
            study.pk: SourceRecord(Source.CROSSREF, doi=study.doi or "", pmid=study.pmid or "", notices=notices)
            for study in studies
            if (notices := found.get(f"doi:{study.doi}", ()) or found.get(f"pmid:{study.pmid}", ()))
        }


@contextmanager
def configured_checkers() -> Iterator[list[PubMedChecker | CrossrefChecker | RetractionWatchChecker]]:
    """Yield the checkers that the settings ask for; none when the sentinel is off.

    The connection they share is closed at the end.
    """
    local = [RetractionWatchChecker(Path(settings.RETRACTION_WATCH_CSV))] if settings.RETRACTION_WATCH_CSV else []
    if not settings.SENTINEL_ENABLED:
        yield [*local]
        return
    with open_transport() as transport:
        crossref = CrossrefChecker(CrossrefClient(transport))
        yield [PubMedChecker(pubmed_client(transport)), crossref, *local]


def open_transport() -> Transport:
    """Return a connection that says who we are, as the settings give it."""
    return Transport(contact=settings.SOURCES_CONTACT, read_timeout_seconds=settings.SOURCES_TIMEOUT_SECONDS)


def pubmed_client(transport: Transport) -> PubMedClient:
    """Return a PubMed client with the installation's key, if it has one."""
    return PubMedClient(transport, api_key=settings.NCBI_API_KEY, email=settings.SOURCES_CONTACT)
