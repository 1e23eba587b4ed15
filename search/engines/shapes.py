"""What goes into an engine and what comes out of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Above this many articles only the newest are counted and ordered.
MOST_HITS = 20_000

#: One way to say a thing: the stems of a phrase, in order.
Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """The stems of one article, by where they stand."""

    article_id: int
    title: Sequence[str]
    topics: Sequence[str]
    summary: Sequence[str]
    body: Sequence[str]

    def parts(self) -> tuple[Sequence[str], ...]:
        """Return them in the order of their weight, the heaviest first."""
        return self.title, self.topics, self.summary, self.body


@dataclass(frozen=True)
class Query:
    """What to find.

    Attributes:
        groups: each is something an article must have, in one of several ways; none finds every article.
        any_group: one of the groups is enough.
        prefix: the last stem of the last group may go on.
        in_title: only titles are looked at.
        counted: the facets of all hits are counted too.
        chosen: the facets that were chosen: a name of ``FACETS`` and its value.
        order: a key of ``ORDERS``.
    """

    groups: tuple[tuple[Phrase, ...], ...] = ()
    any_group: bool = False
    prefix: bool = False
    in_title: bool = False
    counted: bool = True
    chosen: Mapping[str, str] = field(default_factory=dict)
    order: str = "best"
    start: int = 0
    length: int = 12


@dataclass(frozen=True)
class Count:
    """The hits that have the same marks.

    Attributes:
        marks: a value for each of ``MARKS``.
        number: how many there are.
        topics: those of all of them one after the other, each between commas.
        with_topic: how many have the topic that was chosen; all where none was.
    """

    marks: tuple[str, ...]
    number: int
    topics: str
    with_topic: int


@dataclass(frozen=True)
class Found:
    """The articles of one page in order, and how many hits there are of each sort, whatever was chosen."""

    article_ids: list[int]
    counts: list[Count]


#: The places of ``SearchEntry.marks``; topics are counted beside them.
MARKS = ("kind", "population", "credibility", "year")
FACETS = (*MARKS, "topic")
ORDERS = {
    "best": "score, published_at DESC, id DESC",
    "newest": "published_at DESC, id DESC",
    "credible": "credibility DESC, score, published_at DESC, id DESC",
    "latest": "id DESC",
}


def topic_pattern(chosen: Mapping[str, str]) -> str:
    """Return what ``SearchEntry.topics`` is like where it has the chosen topic; anything where none was."""
    if "topic" not in chosen:
        return "%"
    return f"%,{chosen['topic']},%" if chosen["topic"].isdigit() else "-"  # an unknown topic is none of theirs


def marks_pattern(chosen: Mapping[str, str]) -> str:
    """Return what ``SearchEntry.marks`` is like where it has all chosen values, for ``LIKE … ESCAPE '!'``."""
    return "|".join(_escaped(chosen[name]) if name in chosen else "%" for name in MARKS)


def _escaped(value: str) -> str:
    for sign in "!%_":
        value = value.replace(sign, f"!{sign}")
    return value.replace("|", "")


def found_in(rows: Iterable[tuple[Any, ...]]) -> Found:
    """Return what a statement found: rows are an article's id, or none and what is counted of some marks."""
    ids: list[int] = []
    counts: list[Count] = []
    for article_id, marks, number, topics, with_topic in rows:
        if article_id is None:
            counts.append(Count(tuple(marks.split("|")), number, topics, with_topic))
        else:
            ids.append(article_id)
    return Found(ids, counts)
