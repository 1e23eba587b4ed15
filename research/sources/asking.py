"""Records for pasted identifiers: PubMed's where it has one, with what Crossref reports about the same paper."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from research.sources.crossref import CrossrefClient
from research.sources.errors import Problem, SourceError
from research.sources.pasted import NAME, Identifier
from research.sources.pubmed import PubMedClient
from research.sources.records import SourceRecord


@dataclass
class Found:
    """What the sources know: records in the order asked for, and what could not be had."""

    records: list[SourceRecord] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def ask(
    identifiers: Sequence[Identifier],
    pubmed: PubMedClient,
    crossref: CrossrefClient,
    *,
    report: Callable[[int], None] = lambda done: None,
) -> Found:
    """Return the records of identifiers. A source that fails is named in a problem; the other one still counts.

    Args:
        report: told after each step how many identifiers were looked up.
    """
    asking = _Asking(identifiers, pubmed, crossref)
    asking.find_numbers(report)
    asking.fetch()
    return asking.found()


class _Asking:
    """One round of questions about a list."""

    def __init__(self, identifiers: Sequence[Identifier], pubmed: PubMedClient, crossref: CrossrefClient) -> None:
        self.identifiers, self.pubmed, self.crossref = identifiers, pubmed, crossref
        self.numbers: dict[str, str] = {}
        self.from_pubmed: dict[str, SourceRecord] = {}
        self.from_crossref: dict[str, SourceRecord] = {}
        self.failures: dict[str, str] = {}

    def find_numbers(self, report: Callable[[int], None]) -> None:
        """Ask PubMed for the number of each DOI; stop at the first failure, which the next would share."""
        for done, identifier in enumerate(self.identifiers, start=1):
            if identifier.doi and "PubMed" not in self.failures:
                self._try("PubMed", partial(self._find, identifier.doi))
            report(done)

    def _find(self, doi: str) -> None:
        if pmids := self.pubmed.find_pmids(doi):
            self.numbers[doi] = pmids[0]

    def fetch(self) -> None:
        """Fetch PubMed's records together, then Crossref's for every DOI that is known by now."""
        pmids = [identifier.pmid or self.numbers.get(identifier.doi, "") for identifier in self.identifiers]
        self._try("PubMed", lambda: self._keep(self.pubmed.fetch([pmid for pmid in pmids if pmid])))
        dois = [identifier.doi for identifier in self.identifiers if identifier.doi]
        dois += [record.doi for record in self.from_pubmed.values() if record.doi]
        if dois:
            self._try("Crossref", lambda: self._keep_works(self.crossref.fetch_many(list(dict.fromkeys(dois)))))

    def _keep(self, records: Iterable[SourceRecord]) -> None:
        self.from_pubmed = {record.pmid: record for record in records}

    def _keep_works(self, records: Iterable[SourceRecord]) -> None:
        self.from_crossref = {doi: record for record in records for doi in (record.doi, *record.other_dois)}

    def _try(self, source: str, question: Callable[[], None]) -> None:
        try:
            question()
        except SourceError as error:
            self.failures[source] = str(error)

    def found(self) -> Found:
        """Return what came of it, in the order asked for."""
        found = Found(problems=[Problem(NAME, reason, kept=True) for reason in self.failures.values()])
        for identifier in self.identifiers:
            record = self._record_of(identifier)
            if record is None:
                found.problems.append(Problem(NAME, self._why_not(identifier), identifier.line))
            else:
                found.records.append(record)
        return found

    def _record_of(self, identifier: Identifier) -> SourceRecord | None:
        record = self.from_pubmed.get(identifier.pmid or self.numbers.get(identifier.doi, ""))
        if record is not None and identifier.doi and record.doi != identifier.doi:
            record = None  # the search understood something else
        work = self.from_crossref.get(identifier.doi or (record.doi if record else ""))
        if record is None or work is None:
            return record or work
        return replace(record, notices=(*record.notices, *work.notices))

    def _why_not(self, identifier: Identifier) -> str:
        shown = f"DOI {identifier.doi}" if identifier.doi else f"PMID {identifier.pmid}"
        if self.failures:
            return f"{shown}: not found, and {' and '.join(self.failures)} could not be asked. Try again later."
        return (
            f"{shown}: neither PubMed nor Crossref knows it."
            if identifier.doi
            else f"{shown}: PubMed does not know it."
        )
