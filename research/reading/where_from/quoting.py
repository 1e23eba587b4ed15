"""What readers may see of the source texts: quotes of limited length, with the licence respected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from research.checking.passages import is_open
from research.content.article import ORIGIN, ArticleContent, BlockContent

# Without an open licence a quote is short, and all of an article's together stay a small part of their source.
LONGEST_SHORT_QUOTE = 200
LONGEST_TOGETHER = 1_500
KINDS_SHOWN = ("supported", "background")
TEXTS = {"abstract": _("abstract"), "lay_summary": _("plain-language summary"), "full_text": _("full text")}


@dataclass(frozen=True)
class Quote:
    """A passage as readers see it; ``words`` is "" where only its place is told."""

    words: str
    where: str
    study: str = ""
    licence: str = ""
    is_compared: bool = True


@dataclass(frozen=True)
class WhereFrom:
    """What one sentence, or one block, rests on; ``end`` is the last character of the sentence in its field."""

    end: int
    quotes: tuple[Quote, ...] = ()
    note: str = ""


@dataclass
class _Allowance:
    """How much may still be quoted from texts without an open licence."""

    left: int = LONGEST_TOGETHER
    given: dict[str, str] = field(default_factory=dict)

    def words_of(self, passage: Mapping[str, Any]) -> str:
        quote = str(passage.get("quote", ""))
        if is_open(str(passage.get("licence", ""))):
            return quote
        if quote not in self.given:
            words = shortened(quote)
            self.given[quote] = words if len(words) <= self.left else ""
            self.left -= len(self.given[quote])
        return self.given[quote]


def where_from(content: ArticleContent) -> dict[str, list[WhereFrom]]:
    """Return what sentences rest on, by the path of their field, in the order of their places.

    Read from what was sealed with the words, and from nothing else: a field's path and a sentence's end are those
    that were signed.
    """
    titles = {source.study: source.title for source in content.cited} if len(content.cited) > 1 else {}
    allowance = _Allowance()
    found: dict[str, list[WhereFrom]] = {}
    for link in content.claims:
        span = link.get("span") or (0, 0)
        if link.get("kind") in KINDS_SHOWN and (link.get("passages") or link.get("note")):
            quotes = tuple(_quote(passage, titles, allowance) for passage in link.get("passages", ()))
            found.setdefault(link.get("field", ""), []).append(WhereFrom(span[1], quotes, link.get("note", "")))
    for section in content.sections:
        for place, block in enumerate(section.blocks):
            if quotes := _origins(block, titles, allowance):
                path = f"sections/{section.slug}/{place}/{ORIGIN}"
                found[path] = [WhereFrom(0, quotes)]
    return {path: sorted(places, key=lambda one: one.end) for path, places in found.items()}


def shortened(quote: str) -> str:
    """Return a quote of at most LONGEST_SHORT_QUOTE characters, cut between words."""
    if len(quote) <= LONGEST_SHORT_QUOTE:
        return quote
    return f"{quote[: LONGEST_SHORT_QUOTE - 2].rsplit(' ', 1)[0]} …"


def place_words(locator: str) -> str:
    """Return where a passage stands, for readers: "abstract, Results", or the page that was typed."""
    if "@" not in locator:
        return locator
    kind, _, label = locator.rpartition("@")[0].partition(":")
    words = gettext(TEXTS.get(kind, kind))
    return f"{words}, {label.capitalize()}" if label else words


def without_repeats(places: Iterable[WhereFrom]) -> tuple[WhereFrom, ...]:
    """Return what a block rests on as one list, each quote once."""
    quotes: dict[Quote, None] = {}
    notes: dict[str, None] = {}
    for place in places:
        quotes |= dict.fromkeys(place.quotes)
        notes |= dict.fromkeys([place.note] if place.note else [])
    return (WhereFrom(0, tuple(quotes), "; ".join(notes)),) if quotes or notes else ()


def _origins(block: BlockContent, titles: Mapping[str, str], allowance: _Allowance) -> tuple[Quote, ...]:
    origins = block.values.get(ORIGIN) or {}
    return tuple(_quote(passage, titles, allowance) for passage in origins.values())


def _quote(passage: Mapping[str, Any], titles: Mapping[str, str], allowance: _Allowance) -> Quote:
    licence = str(passage.get("licence", ""))
    return Quote(
        words=allowance.words_of(passage),
        where=place_words(str(passage.get("locator", ""))),
        study=titles.get(str(passage.get("study", "")), ""),
        licence=licence if is_open(licence) else "",
        is_compared=bool(passage.get("source")),
    )
