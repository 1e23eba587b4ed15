"""The sources that the sentinel asks, behind one shape; and how they are built from settings."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from django.conf import settings

from research.models.references import Journal, Study
from research.sources.biorxiv import DOI_PREFIXES, BiorxivClient
from research.sources.crossref import CrossrefClient
from research.sources.errors import Problem, SourceError, SourceMalformed, SourceNotFound, SourceUnavailable
from research.sources.europepmc import EuropePmcClient
from research.sources.pubmed import BATCH_SIZE, PubMedClient
from research.sources.records import Source, SourceRecord
from research.sources.retraction_watch import notices_for
from research.sources.transport import Transport

logger = logging.getLogger(__name__)

Answer = SourceRecord | SourceError
Answers = Mapping[int, Answer]


class Checker(Protocol):
    """Asks one source about studies.

    Attributes:
        name: of the source, in words.
        batch_size: so many studies go into one question.
        clears: whether its answer counts as a check; one that only lists trouble clears nothing by its silence.
    """

    name: str
    batch_size: int
    clears: bool

    def can_ask(self, study: Study) -> bool:
        """Return whether the source can be asked about this study at all."""
        ...

    def ask(self, studies: Sequence[Study]) -> Answers:
        """Return a record about that very work, or what went wrong, by study id.

        Raises:
            SourceError: the whole question failed.
        """
        ...


class PubMedChecker:
    """Asks PubMed about all studies of a batch in one call."""

    name = "PubMed"
    batch_size = BATCH_SIZE
    clears = True

    def __init__(self, client: PubMedClient) -> None:
        self.client = client

    def can_ask(self, study: Study) -> bool:
        """Return whether it has a PMID."""
        return bool(study.pmid)

    def ask(self, studies: Sequence[Study]) -> Answers:
        """Return PubMed's record by study id; a record that cannot be read fails its own study only."""
        found = self.client.fetch_each([study.pmid for study in studies if study.pmid])
        unknown = SourceNotFound(self.name, "does not know this PMID")
        return {study.pk: _about(study, found.get(study.pmid or "", unknown), self.name) for study in studies}


class _SingleChecker:
    """Asks a source about one study at a time."""

    name = ""
    batch_size = 1
    clears = True

    def ask(self, studies: Sequence[Study]) -> Answers:
        """Return the source's record, or the error of that one question, by study id.

        Raises:
            SourceUnavailable: the source is down.
        """
        answers = {study.pk: _answer(partial(self._fetch, study), self.name) for study in studies}
        return {study.pk: _about(study, answers[study.pk], self.name) for study in studies}

    def _fetch(self, study: Study) -> SourceRecord:
        raise NotImplementedError


class CrossrefChecker(_SingleChecker):
    """Asks Crossref for each DOI; its answers carry the publishers' and Retraction Watch's notices."""

    name = "Crossref"

    def __init__(self, client: CrossrefClient) -> None:
        self.client = client

    def can_ask(self, study: Study) -> bool:
        """Return whether it has a DOI."""
        return bool(study.doi)

    def _fetch(self, study: Study) -> SourceRecord:
        return self.client.fetch(study.doi or "")


class BiorxivChecker(_SingleChecker):
    """Asks bioRxiv and medRxiv about their preprints: withdrawn, a later version, published in a journal."""

    name = "bioRxiv"

    def __init__(self, client: BiorxivClient) -> None:
        self.client = client

    def can_ask(self, study: Study) -> bool:
        """Return whether its DOI is one that these servers give."""
        return is_preprint(study) and (study.doi or "").startswith(DOI_PREFIXES)

    def _fetch(self, study: Study) -> SourceRecord:
        return self.client.fetch(study.doi or "")


class EuropePmcChecker(_SingleChecker):
    """Asks Europe PMC about preprints, which it collects from all servers."""

    name = "Europe PMC"

    def __init__(self, client: EuropePmcClient) -> None:
        self.client = client

    def can_ask(self, study: Study) -> bool:
        """Return whether it is a preprint with an identifier."""
        return is_preprint(study) and bool(study.doi or study.pmid)

    def _fetch(self, study: Study) -> SourceRecord:
        return self.client.fetch_by_doi(study.doi) if study.doi else self.client.fetch_by_pmid(study.pmid or "")


class RetractionWatchChecker:
    """Looks studies up in a local copy of the Retraction Watch data; silence there clears nothing."""

    name = "Retraction Watch"
    batch_size = 10_000
    clears = False

    def __init__(self, path: Path) -> None:
        self.path = path

    def can_ask(self, study: Study) -> bool:
        """Return whether it has an identifier."""
        return bool(study.doi or study.pmid)

    def ask(self, studies: Sequence[Study]) -> Answers:
        """Return a record with the notices found under its DOI and its PMID, by study id; none for the others.

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
        silent = SourceRecord(Source.CROSSREF)
        answers = {}
        for study in studies:
            notices = dict.fromkeys((*found.get(f"doi:{study.doi}", ()), *found.get(f"pmid:{study.pmid}", ())))
            told = replace(silent, doi=study.doi or "", pmid=study.pmid or "", notices=tuple(notices))
            answers[study.pk] = told
        return answers


def is_preprint(study: Study) -> bool:
    """Return whether a study is a preprint, by its own kind, its server or its DOI."""
    is_on_server = study.journal is not None and study.journal.kind == Journal.Kind.PREPRINT_SERVER
    return study.kind == Study.Kind.PREPRINT or is_on_server or (study.doi or "").startswith(DOI_PREFIXES)


def _answer(question: Callable[[], SourceRecord], name: str) -> Answer:
    """Return a record, or what was wrong with it; that the source is down concerns all studies and is raised."""
    try:
        return question()
    except SourceUnavailable:
        raise
    except SourceError as error:
        return error
    except Exception:
        # Nonsense that a reader did not foresee must cost the check of this study only.
        logger.exception("An answer of %s could not be read", name)
        return SourceMalformed(Problem(name, "The answer cannot be read."))


def _about(study: Study, answer: Answer, name: str) -> Answer:
    """Return the answer, unless it is about another work than the one asked for."""
    if isinstance(answer, SourceError):
        return answer
    same_doi = not (study.doi and answer.doi) or study.doi in (answer.doi, *answer.other_dois)
    same_pmid = not (study.pmid and answer.pmid) or study.pmid == answer.pmid
    asked = bool((study.doi and answer.doi) or (study.pmid and answer.pmid))
    if asked and same_doi and same_pmid:
        return answer
    shown = " ".join(f"{what} {value}" for what, value in (("DOI", answer.doi), ("PMID", answer.pmid)) if value)
    reason = f"The answer is about another work ({shown or 'without a number'}): one of our numbers may be wrong."
    return SourceMalformed(Problem(name, reason))


@contextmanager
def configured_checkers() -> Iterator[list[Checker]]:
    """Yield the checkers that the settings ask for, the fastest first; none when the sentinel is off.

    The connection they share is closed at the end.
    """
    local: list[Checker] = (
        [RetractionWatchChecker(Path(settings.RETRACTION_WATCH_CSV))] if settings.RETRACTION_WATCH_CSV else []
    )
    if not settings.SENTINEL_ENABLED:
        yield [*local]
        return
    with open_transport() as transport:
        yield [
            *local,
            PubMedChecker(pubmed_client(transport)),
            BiorxivChecker(BiorxivClient(transport)),
            EuropePmcChecker(EuropePmcClient(transport)),
            CrossrefChecker(CrossrefClient(transport)),
        ]


def open_transport() -> Transport:
    """Return a connection that says who we are, as the settings give it."""
    return Transport(contact=settings.SOURCES_CONTACT, read_timeout_seconds=settings.SOURCES_TIMEOUT_SECONDS)


def pubmed_client(transport: Transport) -> PubMedClient:
    """Return a PubMed client with the installation's key, if it has one."""
    return PubMedClient(transport, api_key=settings.NCBI_API_KEY, email=settings.SOURCES_CONTACT)
