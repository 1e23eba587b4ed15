"""What the writer's ledger of claims prints: each sentence with what it rests on and what the source offers for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString

from research.checking.claims import NUMBERS, Claim, block_of
from research.checking.facts import Draft
from research.checking.numbers import agrees, numbers_in
from research.checking.passages import Passage, SourceText
from research.checking.ticks import needs_tick
from research.content.article import ArticleContent, content_of
from research.review.claims.lines import (
    SOURCE_WORDS,
    ClaimLine,
    OriginLine,
    PassageLine,
    claim_lines,
    passage_line,
    with_numbers_marked,
)
from research.review.claims.links import earlier_links
from research.review.findings import draft_for

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


@dataclass(frozen=True)
class Offer:
    """A passage that may support a sentence: taken with one click, by its place in the source."""

    line: PassageLine
    source: str
    start: int
    end: int
    shared_numbers: int


@dataclass(frozen=True)
class NumberLine:
    """One number of a block of numbers, with where it comes from, or what may be that."""

    origin: OriginLine
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class DeskLine:
    """A sentence on the writer's ledger."""

    line: ClaimLine
    offers: tuple[Offer, ...] = ()
    numbers: tuple[NumberLine, ...] = ()
    earlier: str = ""

    @property
    def claim(self) -> Claim:
        """The sentence."""
        return self.line.claim

    @property
    def is_settled(self) -> bool:
        """True when nothing is left to say of it."""
        return self.claim.is_declared and all(number.origin.passages for number in self.numbers)


@dataclass(frozen=True)
class DeskPart:
    """The sentences of one part of the article."""

    heading: str
    lines: tuple[DeskLine, ...]


@dataclass(frozen=True)
class SourceView:
    """A stored text as it stands beside the sentences: paragraphs with their labels, numbers marked."""

    hash: str
    heading: str
    study: str
    licence: str
    paragraphs: tuple[tuple[str, SafeString], ...]


def desk_of(page: "ArticlePage", *, now: datetime) -> dict[str, Any]:
    """Return what ``claim_desk.html`` prints of a draft.

    Returns:
        ``desk_parts`` of ``DeskPart``, ``desk_sources`` of ``SourceView``, ``desk_settled`` and ``desk_total``.
    """
    content = content_of(page)
    draft = draft_for(page, content, now=now)
    titles = {source.study: source.title for source in content.cited}
    # Which study an offer is from is said where texts of several are stored.
    of_texts = titles if len({text.study for text in draft.facts.texts}) > 1 else {}
    parts = [
        DeskPart(part.heading, tuple(_desk_line(page, draft, line, of_texts) for line in part.lines))
        for part in claim_lines(draft, titles=titles)
    ]
    lines = [line for part in parts for line in part.lines]
    return {
        "desk_parts": parts,
        "desk_sources": [_source_view(text, of_texts) for text in draft.facts.texts],
        "desk_studies": titles,
        "desk_settled": sum(line.is_settled for line in lines),
        "desk_total": len(lines),
        "desk_open_required": sum(line.line.is_required and not line.is_settled for line in lines),
    }


def progress_of(claims: Sequence[Claim]) -> dict[str, int]:
    """Return how many sentences of a draft say what they rest on, of how many, and how many must and do not."""
    return {
        "desk_settled": sum(claim.is_declared for claim in claims),
        "desk_total": len(claims),
        "desk_open_required": sum(needs_tick(claim) and not claim.is_declared for claim in claims),
    }


def numbers_shared(content: ArticleContent, claim: Claim, passage: Passage) -> Iterator[str]:
    """Yield the paths of a block's numbers that stand in a passage, exactly, rounded or as the same share."""
    block, path = block_of(content, claim)
    whole = block.get("denominator") or 100
    values = [value for number in numbers_in(passage.quote) for value in (number.value, number.part) if value]
    for name in NUMBERS:
        if name in block and block[name] is not None:
            wanted = numbers_in(f"{block[name]} in {whole}")
            shares = any(agrees(number, value) for number in wanted for value in values)
            if shares or float(block[name]) in values:
                yield f"{path}/{name}"


def _desk_line(page: "ArticlePage", draft: Draft, line: ClaimLine, titles: Mapping[str, str]) -> DeskLine:
    claim = line.claim
    numbers = tuple(_number_lines(draft, line, titles))
    offers = () if claim.is_declared else _offers(draft, claim, titles)
    return DeskLine(line, offers, numbers, "" if claim.is_declared else _earlier(page, claim))


def _number_lines(draft: Draft, line: ClaimLine, titles: Mapping[str, str]) -> Iterator[NumberLine]:
    for origin in line.origins:
        words = replace(line.claim, text=f"{origin.label} {line.claim.text.partition(' ')[2]}")
        yield NumberLine(origin, () if origin.passages else _offers(draft, words, titles))


def _offers(draft: Draft, claim: Claim, titles: Mapping[str, str]) -> tuple[Offer, ...]:
    offers = []
    for proposal in draft.passages.proposals_for(claim):
        start, end = (int(place) for place in proposal.passage.locator.rpartition("@")[2].split("-"))
        line = passage_line(proposal.passage, draft.facts.texts, titles)
        offers.append(Offer(line, proposal.passage.source, start, end, proposal.shared_numbers))
    return tuple(offers)


def _earlier(page: "ArticlePage", claim: Claim) -> str:
    """Return the place among the links set aside of the one whose sentence stood here, "" where there is none."""
    found = [
        str(place)
        for place, entry in enumerate(earlier_links(page))
        if entry.get("field") == claim.field and _overlaps(entry.get("span") or (0, 0), claim.span)
    ]
    return found[-1] if found else ""


def _overlaps(one: Sequence[int], other: Sequence[int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _source_view(text: SourceText, titles: Mapping[str, str]) -> SourceView:
    return SourceView(
        hash=text.hash,
        heading=str(SOURCE_WORDS[text.kind]),
        study=titles.get(text.study, "") if len(titles) > 1 else "",
        licence=text.licence,
        paragraphs=tuple((label, with_numbers_marked(words)) for label, words in text.parts),
    )
