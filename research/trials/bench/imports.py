"""What many records of PubMed and articles of another system cost: time each, and the memory they never pass."""

import io
import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.test.utils import override_settings

from common.models import User
from research.models import ArticlePage, Study
from research.record.importing import Action, import_record
from research.record.loading.loading import A_BATCH, load_articles
from research.record.loading.writing import index_drafts
from research.sources.files import iter_file
from research.sources.reading import Limits
from research.sources.records import SourceRecord
from research.trials.bench import Figure
from research.trials.throwaway import APPRAISAL, make_section, make_writer

MEASURED = "a PubMed file of {size:,} records, and a file of as many articles about them"
SIZE, SHORT_SIZE = 10_000, 1_000
#: Of the processor: 150 a second.
TARGET_MILLISECONDS_A_RECORD = 1000 / 150
MEGABYTE = 1_000_000
MOST_MEGABYTES = 60

#: As on a site: not in the process that loads.
QUEUED = {"BACKEND": "django_tasks_db.DatabaseBackend"}

HEAD = b'<?xml version="1.0"?>\n<PubmedArticleSet>\n'
TAIL = b"</PubmedArticleSet>\n"
RECORD = """<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article><Journal>
<ISSN>1234-5678</ISSN><JournalIssue><PubDate><Year>2020</Year><Month>May</Month></PubDate></JournalIssue>
<Title>Journal of measured things</Title></Journal><ArticleTitle>A trial of thing {pmid}.</ArticleTitle>
<Abstract><AbstractText Label="METHODS">{words}</AbstractText></Abstract>
<AuthorList CompleteYN="Y"><Author><LastName>Park</LastName><Initials>JH</Initials></Author></AuthorList>
<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList>
</Article></MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="doi">10.5555/measured.{pmid}</ArticleId>
</ArticleIdList></PubmedData></PubmedArticle>
"""
FIRST_PMID = 50_000_001
WORDS = "We put people into two groups by chance and counted their relapses for a year. " * 12


class MadeUpFile:
    """A PubMed file of so many records that is never whole in memory."""

    def __init__(self, records: int) -> None:
        self.pieces = self._made(records)
        self.rest = b""

    def _made(self, records: int) -> Iterator[bytes]:
        yield HEAD
        for number in range(records):
            yield RECORD.format(pmid=FIRST_PMID + number, words=WORDS).encode()
        yield TAIL

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most ``size``; all of them for -1."""
        held = io.BytesIO()
        held.write(self.rest)
        while (size < 0 or held.tell() < size) and (piece := next(self.pieces, b"")):
            held.write(piece)
        whole = held.getvalue()
        taken, self.rest = (whole, b"") if size < 0 else (whole[:size], whole[size:])
        return taken


PARAGRAPH = f"<p>{WORDS[: len(WORDS) // 2]}</p>"
ARTICLE = {
    "section": "section",
    "summary": "Fewer people had a relapse.",
    "key_takeaway": "<p>The treatment <b>may</b> prevent some relapses.</p>",
    "what_they_found": [
        *([PARAGRAPH] * 4),
        {"type": "numbers", "denominator": 100, "before": 7, "after": 4, "outcome": "had a relapse"},
    ],
    "who_should_care": [PARAGRAPH, {"type": "question", "text": "Would this help me?"}],
    "important_considerations": [PARAGRAPH] * 2,
    "topics": ["Relapses", "Medicines"],
    "authors": ["Ann Writer"],
    "appraisal": {**APPRAISAL, "reasons": {"design": "Chance decided who got it."}},
}


def run(runs: int, size: int = SIZE) -> Iterator[Figure]:
    """Yield the time each takes, the first and the second time, and by how much all raised the peak of memory."""
    _forget_peak()
    before = _peak_megabytes()
    yield _import("first import, a record", Action.NEW, size)
    yield _import("second import, which changes nothing, a record", Action.UNCHANGED, size)
    with override_settings(TASKS={**settings.TASKS, "imports": QUEUED}):
        yield _load("articles loaded as drafts, each", size, expected=size)
        yield _load("loaded again, which changes nothing, each", size, expected=0)
    yield _index()
    grown = _peak_megabytes() - before
    yield Figure("growth of peak memory over all", grown, MOST_MEGABYTES, unit="MB")


def _import(name: str, expected: Action, records: int) -> Figure:
    start, started_cpu = time.perf_counter(), time.process_time()
    done = _read_and_import(records)
    figure = _each(name, records, start, started_cpu)
    if done != {expected: records} or Study.objects.count() < records:
        raise AssertionError(f"Expected {records} records to be {expected}, got {done}")
    return figure


def _load(name: str, articles: int, expected: int) -> Figure:
    make_section()
    owner = User.objects.filter(username="loader").first() or make_writer("loader")
    lines = (
        json.dumps({**ARTICLE, "id": pmid, "title": f"What trial {pmid} found", "study": str(pmid)}).encode()
        for pmid in range(FIRST_PMID, FIRST_PMID + articles)
    )
    start, started_cpu = time.perf_counter(), time.process_time()
    # It is read line by line, so a generator stands for the file.
    loaded = sum(batch.loaded for batch in load_articles(lines, owner, add_missing=True))
    figure = _each(name, articles, start, started_cpu)
    if loaded != expected or ArticlePage.objects.count() != articles:
        raise AssertionError(f"Expected {expected} articles to be loaded, got {loaded}")
    return figure


def _index() -> Figure:
    """Return what the worker then takes for the admin's indexes."""
    keys = list(ArticlePage.objects.order_by("pk").values_list("pk", flat=True))
    start, started_cpu = time.perf_counter(), time.process_time()
    for first in range(0, len(keys), A_BATCH):
        index_drafts.call(keys[first : first + A_BATCH])
    return _each("their rows in the admin's indexes, left to the worker, each", len(keys), start, started_cpu)


def _each(name: str, number: int, start: float, started_cpu: float) -> Figure:
    """Return what each of so many cost since then; of the processor it is held to the goal."""
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - started_cpu
    return Figure(
        f"{name} ({number / cpu_seconds:,.0f} a second of CPU)",
        seconds * 1000 / number,
        TARGET_MILLISECONDS_A_RECORD,
        cpu_milliseconds=cpu_seconds * 1000 / number,
    )


def _read_and_import(records: int) -> dict[Action, int]:
    limits = Limits(max_bytes=None, max_records=records + 1)
    done: dict[Action, int] = {}
    for read in iter_file("measured.xml", MadeUpFile(records), limits):
        if isinstance(read, SourceRecord):
            action = import_record(read).action
            done[action] = done.get(action, 0) + 1
    return done


def _forget_peak() -> None:
    """Let Linux count the peak of this process's memory from now on."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_megabytes() -> float:
    """Return the most memory this process ever held; Linux counts it in kilobytes, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (MEGABYTE if sys.platform == "darwin" else MEGABYTE / 1024)
