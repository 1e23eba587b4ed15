"""What a page of results costs beside the plainest search of the same words, with 10,000 articles or fewer.

Its words are found by address only: this knows nothing of how search works, but for the tables of raw words.
"""

import statistics
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client

from research.trials.bench import Figure, cost, opened
from research.trials.many import COMMON, MIDDLING, RARE, make_many

MEASURED = "medians of {runs} runs, with {size:,} articles; processor time of server and database together"
SIZE, SHORT_SIZE = 10_000, 1_000
# What a page may cost: so many times the raw search, and so much beside.
TIMES, BESIDE_MILLISECONDS = 3, 5
COMMON_WORD_MILLISECONDS = 50
SUGGESTION_MILLISECONDS = 20
SUGGESTED = ("pe", "fat", "top", "zor", "topic 1", "ba", "ke", "mi")
STEMS = {COMMON: "peopl", MIDDLING: "fatigu", RARE: "zorbulin"}
ASKED = count(1)
RAW = {
    "sqlite": (
        "SELECT rowid FROM search_words WHERE search_words MATCH %s ORDER BY rank LIMIT 10",
        "SELECT count(*) FROM search_words WHERE search_words MATCH %s",
    ),
    "postgresql": (
        "SELECT article_id FROM search_words, (SELECT %s::tsquery AS q) AS asked WHERE words @@ q "
        "ORDER BY ts_rank(words, q) DESC LIMIT 10",
        "SELECT count(*) FROM search_words WHERE words @@ %s::tsquery",
    ),
}


def run(runs: int, size: int = SIZE) -> Iterator[Figure]:
    """Yield what the raw search and the page cost for a common, a middling and a rare word; then suggestions."""
    make_many(size)
    call_command("index_search", verbosity=0)
    _analyse()
    client = Client()
    for word in (RARE, MIDDLING, COMMON):
        raw = _median(partial(_raw, word), runs)
        results = _median(partial(_get, client, f"/search/?q={word}"), runs)
        goal = TIMES * raw + BESIDE_MILLISECONDS
        yield Figure(f"raw search: {word}", raw, unit="ms of CPU")
        yield Figure(f"page of results: {word}", results, goal, unit="ms of CPU")
        if word == COMMON:
            yield Figure("page of results: a word of 78%, by its own goal", results, COMMON_WORD_MILLISECONDS)
    page = 3 if size >= SIZE else 1  # fewer articles do not fill three
    narrowed = _median(lambda: _get(client, f"/search/?q={COMMON}&kind=animal_study&topic=topic-3&page={page}"), runs)
    yield Figure(f"page {page} of a common word, narrowed down", narrowed, COMMON_WORD_MILLISECONDS)
    asked = [cost(partial(_get, client, f"/search/suggest.json?q={q}")) for q in SUGGESTED for _ in range(runs)]
    yield Figure("suggestions, p99", statistics.quantiles(asked, n=100)[-1], SUGGESTION_MILLISECONDS, unit="ms of CPU")


def _get(client: Client, address: str) -> None:
    asked = next(ASKED)  # each from an address of its own, so that no limit is met
    opened(client, address, REMOTE_ADDR=f"10.{asked >> 16 & 255}.{asked >> 8 & 255}.{asked & 255}")


def _raw(word: str) -> None:
    with connection.cursor() as cursor:
        for statement in RAW[connection.vendor]:
            cursor.execute(statement, [STEMS[word]])
            cursor.fetchall()


def _median(work: Callable[[], Any], runs: int) -> float:
    work()
    return statistics.median(cost(work) for _ in range(runs))


def _analyse() -> None:
    """Let the database know its tables, as it does by itself on a site that runs."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
