"""What results can be narrowed to, with how many there are; every choice is in the address."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from urllib.parse import quote_plus

from django.db.models import Min
from django.http import HttpRequest
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_noop as _

from common.languages import number_words
from common.prepared import KEYS, MOMENT, Prepared
from research import rubric
from research.models.published import ListingCount
from research.reading.shapes import Link
from search.engines.shapes import FACETS, MARKS, Count

#: Facets as readers meet them: the name in ``FACETS``, in the address, and in words.
SHOWN = (
    ("topic", "topic", _("Topic")),
    ("kind", "kind", _("Kind of study")),
    ("population", "in", _("Studied in")),
    ("credibility", "credibility", _("Credibility")),
    ("year", "year", _("Year of the study")),
)
PARAMETERS = ("q", *(parameter for _name, parameter, _title in SHOWN), "sort")
MOST_VALUES = 8
MOST_YEARS = 12
POPULATION_WORDS = {
    "people": _("People"),
    "animals": _("Animals"),
    "cells": _("Cells or tissue"),
    "computer": _("Computer models"),
}
KIND_WORDS = {choice.key: choice.words for choice in rubric.DESIGN.choices}
CREDIBILITY_WORDS = {str(band.value): band.word for band in rubric.CREDIBILITY_BANDS}
TOPIC_NAMES = Prepared(
    lambda topics, now: (
        ListingCount.objects.of_topics(now)
        .filter(topic__in=topics)
        .values_list("topic", "topic__name", "topic__slug")
        .annotate(section=Min("section__slug"))
    ),
    *(KEYS, MOMENT),
)
ORDER_WORDS = (("best", _("Best match")), ("newest", _("Newest")), ("credible", _("Most credible")))


@dataclass(frozen=True)
class Facet:
    """One way to narrow results down: its values that there are, with their numbers."""

    name: str
    title: str
    links: tuple[Link, ...]
    chosen: str = ""
    clear_url: str = ""

    @property
    def items(self) -> SafeString:
        """Return the links as the items of a list; in a template, forty of them take as long as the search itself."""
        return mark_safe("".join(map(_item, self.links)))


def _item(link: Link) -> str:
    current = ' aria-current="true"' if link.current else ""
    return (
        f'<li><a href="{escape(link.url)}" rel="nofollow"{current}>'
        f'<span class="facet-value">{escape(link.title)}</span> '
        f"{_count(link.count or 0, get_language())}</a></li>"
    )


@lru_cache(maxsize=2_000)
def _count(number: int, language: str | None) -> str:
    articles = f'<span class="vh"> {ngettext("article", "articles", number)}</span>'
    return f'<span class="count"><span class="vh">, </span>{number_words(number)}{articles}</span>'


def chosen_in(request: HttpRequest) -> dict[str, str]:
    """Return what an address chooses, by the names of ``FACETS``; what no facet has is no choice."""
    found = {}
    for name, parameter, _title in SHOWN:
        value = request.GET.get(parameter, "").replace("\x00", "")[:80]
        if value and _may_be(name, value):
            found[name] = value
    return found


def _may_be(name: str, value: str) -> bool:
    known = {"kind": KIND_WORDS, "population": POPULATION_WORDS, "credibility": CREDIBILITY_WORDS}.get(name)
    return value in known if known is not None else name == "topic" or (value.isascii() and value.isdigit())


def order_in(request: HttpRequest, *, has_words: bool) -> str:
    """Return the order that an address asks for; the newest first where there are no words to match."""
    asked = request.GET.get("sort", "")
    orders = {order for order, _ in ORDER_WORDS} - (set() if has_words else {"best"})
    return asked if asked in orders else "best" if has_words else "newest"


@dataclass(frozen=True)
class Counted:
    """How many hits there are by facet, each without its own choice, and in all."""

    total: int
    by_facet: Mapping[str, Counter[str]]


def count(counts: Iterable[Count], chosen: Mapping[str, str]) -> Counted:
    """Return the numbers behind each facet's values: a facet's own choice leaves its other values to choose from.

    Args:
        counts: the hits by their marks.
        chosen: what was chosen, the topic by its id.
    """
    by_facet: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    total, topics = 0, []
    wanted = [(n, chosen[name]) for n, name in enumerate(MARKS) if name in chosen]
    counters = [by_facet[name] for name in MARKS]
    for one in counts:
        missed = [n for n, value in wanted if one.marks[n] != value]
        if not missed:
            total += one.with_topic
            topics.append(one.topics)
            for counter, value in zip(counters, one.marks, strict=True):
                counter[value] += one.with_topic
        elif len(missed) == 1:
            by_facet[MARKS[missed[0]]][one.marks[missed[0]]] += one.with_topic
    by_facet["topic"].update("".join(topics).split(","))
    for counter in by_facet.values():
        counter.pop("", None)
    by_facet["credibility"].pop("0", None)
    return Counted(total, {name: +counter for name, counter in by_facet.items()})


@dataclass(frozen=True)
class TopicName:
    """A topic that readers know: its name, and its address in its first section."""

    name: str
    slug: str
    url: str


def topic_names(ids: Iterable[str], now: datetime) -> dict[str, TopicName]:
    """Return public topics by id, as text; one statement. Any other topic's name could say what is not public yet."""
    keys = sorted(map(int, ids))
    rows = TOPIC_NAMES(keys, now)
    return {str(pk): TopicName(name, slug, f"/{section}/topics/{slug}/") for pk, name, slug, section in rows}


def busiest_in(counted: Counted, chosen_topic: str | None) -> list[str]:
    """Return the ids of the topics that are offered, busiest first."""
    found = [pk for pk, _ in counted.by_facet["topic"].most_common(MOST_VALUES)]
    if chosen_topic and chosen_topic.isdigit() and chosen_topic not in found:
        return [*found, chosen_topic]
    return found


def facets_of(
    request: HttpRequest, counted: Counted, chosen: Mapping[str, str], topics: Mapping[str, TopicName]
) -> list[Facet]:
    """Return the facets to choose from; one that tells nothing apart is left out."""
    made = []
    words = {**_words_in(get_language()), "topic": {pk: topic.name for pk, topic in topics.items()}}
    for name, parameter, title in SHOWN:
        values = _values(name, counted.by_facet[name], words.get(name))
        picked = chosen.get(name)
        if len(values) < 2 and picked is None:
            continue
        links = tuple(
            Link(
                text,
                address(
                    request, parameter, "" if value == picked else topics[value].slug if name == "topic" else value
                ),
                current=value == picked,
                count=number,
            )
            for value, text, number in values
        )
        shown = next((link.title for link in links if link.current), "")
        made.append(Facet(parameter, gettext(title), links, shown, address(request, parameter, "") if picked else ""))
    return made


@cache
def _words_in(language: str | None) -> dict[str, Mapping[str, str]]:
    """Return the words for the values of each facet that has a list of them, in the language that is active."""
    form = gettext("%(word)s (%(value)s of 5)")
    return {
        "kind": {value: gettext(words) for value, words in KIND_WORDS.items()},
        "population": {value: gettext(words) for value, words in POPULATION_WORDS.items()},
        "credibility": {
            value: form % {"word": gettext(word), "value": value} for value, word in CREDIBILITY_WORDS.items()
        },
    }


def _values(name: str, numbers: Counter[str], words: Mapping[str, str] | None) -> list[tuple[str, str, int]]:
    """Return values with their words and numbers, in the order of the facet."""
    if words is None:
        years = sorted(numbers.items(), reverse=True)[:MOST_YEARS]
        return [(year, year, number) for year, number in years]
    known = [(value, words[value], number) for value, number in numbers.most_common() if value in words]
    if name == "credibility":
        known.sort(reverse=True)
    return known[: MOST_VALUES + 1]


def orders_of(request: HttpRequest, order: str, *, has_words: bool) -> list[Link]:
    """Return the orders to choose from."""
    offered = [(key, words) for key, words in ORDER_WORDS if has_words or key != "best"]
    first = offered[0][0]
    return [
        Link(gettext(words), address(request, "sort", "" if key == first else key), key == order)
        for key, words in offered
    ]


def address(request: HttpRequest, parameter: str, value: str) -> str:
    """Return the address of the same results with one choice changed, from their first page; "" takes it back."""
    kept = _kept_in(request)
    parts = [
        f"{name}={quote_plus(value) if name == parameter else kept[name]}"
        for name in PARAMETERS
        if (value if name == parameter else kept.get(name))
    ]
    return f"{request.path}?{'&'.join(parts)}" if parts else request.path


def _kept_in(request: HttpRequest) -> dict[str, str]:
    """Return the choices of an address as they are written there, read once a request: forty links ask for them."""
    kept: dict[str, str] | None = vars(request).get("kept_choices")
    if kept is None:
        given = {name: request.GET.get(name, "").replace("\x00", "") for name in PARAMETERS}
        kept = {name: quote_plus(value) for name, value in given.items() if value}
        vars(request)["kept_choices"] = kept
    return kept
