"""PubMed over NCBI's E-utilities: records by their numbers, and numbers by DOI."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from research.sources.errors import Problem, SourceMalformed
from research.sources.pubmed_xml import read_pubmed_xml
from research.sources.reading import Limits
from research.sources.records import Source, SourceRecord, known_doi, known_pmid
from research.sources.shapes import Json, inside, mapping, text, texts
from research.sources.transport import Transport

HOST = "eutils.ncbi.nlm.nih.gov"
BASE_URL = f"https://{HOST}/entrez/eutils"
NAME = "PubMed"
BATCH_SIZE = 200
PER_SECOND = 3.0
PER_SECOND_WITH_KEY = 10.0
#: One DOI names one paper; more hits than this mean that the search was misunderstood.
MAX_HITS = 20


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found: numbers, the newest first, and how many there are in all."""

    pmids: list[str]
    total: int


class PubMedClient:
    """Asks PubMed. The questions go as forms, so that no address, log or message holds the key.

    Args:
        api_key: of an NCBI account, which raises the pace from 3 to 10 requests a second; "" for none.
        tool, email: NCBI asks for both; ``email`` falls back on the transport's contact.

    Source: NCBI E-utilities (A General Introduction to the E-utilities, NBK25497).
    """

    def __init__(self, transport: Transport, *, api_key: str = "", tool: str = "countersign", email: str = "") -> None:
        self.transport = transport
        self.shared = {"db": "pubmed", "tool": tool, "email": email or transport.contact}
        if api_key:
            self.shared["api_key"] = api_key
        transport.set_pace(HOST, PER_SECOND_WITH_KEY if api_key else PER_SECOND)

    def fetch(self, pmids: Sequence[str]) -> list[SourceRecord]:
        """Return the records of these PubMed numbers, in the order asked for.

        Args:
            pmids: digits only; doubles are asked for once; sent in batches of at most 200.

        Returns:
            One record per number that PubMed knows; unknown ones are left out.

        Raises:
            ValueError: one of them is no PubMed number; nothing was sent.
            SourceUnavailable: no usable answer after the last retry.
            SourceRefused: a 4xx answer other than 429.
            SourceMalformed: an answer that is cut off, a web page, an error or holds a record that cannot be read.

        Source: EFetch, ``retmode=xml``.
        """
        wanted = list(dict.fromkeys(pmids))
        strange = [pmid for pmid in wanted if not pmid or known_pmid(pmid) != pmid]
        if strange:
            raise ValueError(f"No PubMed number: {strange[0]!r}")
        found: dict[str, SourceRecord] = {}
        for start in range(0, len(wanted), BATCH_SIZE):
            for record in self._fetch_batch(wanted[start : start + BATCH_SIZE]):
                found.setdefault(record.pmid, record)
        return [found[pmid] for pmid in wanted if pmid in found]

    def fetch_each(self, pmids: Sequence[str]) -> dict[str, SourceRecord | SourceMalformed]:
        """Return by PubMed number its record, or what is wrong with it; unknown numbers are left out.

        Where an answer holds a record that cannot be read, those not answered are asked for again in halves, down
        to the single one: it costs its own record and no other.

        Raises:
            ValueError, SourceUnavailable, SourceRefused: as ``fetch``.
            SourceMalformed: an answer without a record, such as a web page.
        """
        wanted = list(dict.fromkeys(pmids))
        found: dict[str, SourceRecord | SourceMalformed] = {}
        for start in range(0, len(wanted), BATCH_SIZE):
            found |= self._fetch_apart(wanted[start : start + BATCH_SIZE])
        return found

    def _fetch_apart(self, pmids: Sequence[str]) -> dict[str, SourceRecord | SourceMalformed]:
        records, problems = self._read_batch(pmids)
        asked = set(pmids)
        found: dict[str, SourceRecord | SourceMalformed] = {
            record.pmid: record for record in records if record.pmid in asked
        }
        missing = [pmid for pmid in pmids if pmid not in found]
        if not problems or not missing:
            return found
        if len(pmids) == 1:
            return {pmids[0]: SourceMalformed(problems[0], problems)}
        middle = (len(missing) + 1) // 2
        for half in (missing[:middle], missing[middle:]):
            if half:
                found |= self._fetch_apart(half)
        return found

    def _fetch_batch(self, pmids: Sequence[str]) -> list[SourceRecord]:
        records, problems = self._read_batch(pmids)
        if problems:
            raise SourceMalformed(problems[0], problems)
        return records

    def _read_batch(self, pmids: Sequence[str]) -> tuple[list[SourceRecord], list[Problem]]:
        form = {**self.shared, "id": ",".join(pmids), "retmode": "xml"}
        answer = self.transport.post(NAME, f"{BASE_URL}/efetch.fcgi", form)
        limits = Limits(max_bytes=None, max_records=len(pmids) + MAX_HITS)
        records: list[SourceRecord] = []
        problems: list[Problem] = []
        for read in read_pubmed_xml(io.BytesIO(answer.content), NAME, limits, may_be_empty=True):
            if isinstance(read, Problem):
                problems.append(read)
            else:
                # The reader reads files too, and trusts none of them.
                records.append(replace(read, source=Source.PUBMED))
        return records, problems

    def find_pmids(self, doi: str) -> list[str]:
        """Return the PubMed numbers found for a DOI, best first; empty when PubMed says that it knows none.

        Raises:
            ValueError: this is no DOI; nothing was sent.
            SourceUnavailable, SourceRefused, SourceMalformed: as ``fetch``.

        Source: ESearch, ``retmode=json``; it drops words that it does not know, so a warning counts as no hit.
        """
        asked = known_doi(doi)
        if not asked or '"' in asked:
            raise ValueError(f"No DOI: {doi!r}")
        result = self._esearch({"term": f'"{asked}"[doi]', "retmax": str(MAX_HITS)})
        return [] if _not_understood(result) else _pmids_in(result)

    def search(self, words: str, *, since: date, until: date, most: int) -> Hits:
        """Return what PubMed took up between two days, both included, that fits a search in its own language.

        Args:
            words: as a person types them into PubMed's search box.
            most: how many numbers come back at most, the newest first.

        Raises:
            ValueError: there are no words; nothing was sent.
            SourceUnavailable, SourceRefused, SourceMalformed: as ``fetch``; ``SourceMalformed`` also where PubMed
                left words out that it does not know, since what it then finds was not asked for.

        Source: ESearch, ``datetype=edat`` (the day of entry), whose default order is the most recent first.
        """
        if not words.strip():
            raise ValueError("No words to search for.")
        days = {"datetype": "edat", "mindate": f"{since:%Y/%m/%d}", "maxdate": f"{until:%Y/%m/%d}"}
        result = self._esearch({"term": words, "retmax": str(most), **days})
        if unknown := _not_understood(result):
            raise SourceMalformed(Problem(NAME, f"PubMed does not know: {', '.join(unknown)}"))
        count = text(result.get("count"))
        found = _pmids_in(result)
        return Hits(found, int(count) if count.isascii() and count.isdigit() else len(found))

    def _esearch(self, question: dict[str, str]) -> Json:
        form = {**self.shared, **question, "retmode": "json"}
        answer = self.transport.post(NAME, f"{BASE_URL}/esearch.fcgi", form).json()
        result = mapping(inside(answer, "esearchresult"), NAME, "search result")
        error = text(result.get("ERROR")) or text(inside(answer, "error"))
        if error or not isinstance(result.get("idlist"), list):
            raise SourceMalformed(Problem(NAME, f"PubMed answered with an error: {error or 'no list of numbers'}"))
        return result

    def fetch_by_doi(self, doi: str) -> SourceRecord | None:
        """Return the record with exactly this DOI; None when PubMed has none.

        Raises:
            ValueError, SourceUnavailable, SourceRefused, SourceMalformed: as ``find_pmids`` and ``fetch``.
        """
        pmids = self.find_pmids(doi)
        records = self.fetch(pmids) if pmids else []
        return next((record for record in records if record.doi == known_doi(doi)), None)


def _not_understood(result: Json) -> tuple[str, ...]:
    """Return the words that a search dropped because it does not know them."""
    return texts(inside(result, "errorlist", "phrasesnotfound")) or texts(
        inside(result, "warninglist", "quotedphrasesnotfound")
    )


def _pmids_in(result: Json) -> list[str]:
    return [pmid for pmid in texts(result["idlist"]) if known_pmid(pmid)]
