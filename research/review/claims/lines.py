"""The claims of an article as the newsroom prints them: each beside its passages, with what the checks say of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from research.checking.checks import check_draft
from research.checking.claims import NUMBERS, Claim, ClaimKind, block_of
from research.checking.facts import Draft
from research.checking.findings import Finding
from research.checking.numbers import numbers_in
from research.checking.passages import NOT_MACHINE_CHECKED, Passage, SourceKind, SourceText
from research.checking.ticks import needs_tick
from research.content.article import ORIGIN
from research.content.sealing import SECTION_HEADINGS
from research.review.claims.ticks import Basis, standing_ticks

PART_WORDS = {"title": _("Title"), "summary": _("Summary"), "key_takeaway": _("Key takeaway"), **SECTION_HEADINGS}
KIND_WORDS = {
    ClaimKind.UNDECLARED: _("Not declared"),
    ClaimKind.SUPPORTED: _("From the source"),
    ClaimKind.BACKGROUND: _("Background"),
    ClaimKind.EXPLANATION: _("Our explanation"),
    ClaimKind.QUESTION: _("A question"),
}
SOURCE_WORDS = {
    SourceKind.ABSTRACT: _("Abstract"),
    SourceKind.LAY_SUMMARY: _("Plain-language summary"),
    SourceKind.FULL_TEXT: _("Full text"),
}
BLOCK_KINDS = {
    "numbers": _("Numbers"),
    "table": _("Table"),
    "figure": _("Figure"),
    "fact": _("Fact"),
    "quote": _("Quote"),
}


@dataclass(frozen=True)
class PassageLine:
    """A passage as it is printed: the quote with its numbers marked, where it stands, and its licence, if known."""

    quote: SafeString
    where: str
    study: str
    is_machine_checked: bool
    stands: bool

    @property
    def mark(self) -> str:
        """What a reader of it must know; "" for a passage that a machine compared with the stored text."""
        if not self.is_machine_checked:
            return NOT_MACHINE_CHECKED
        return "" if self.stands else gettext("no longer in the stored text")


@dataclass(frozen=True)
class OriginLine:
    """One number of a block of numbers, and where it comes from."""

    field: str
    label: str
    passages: tuple[PassageLine, ...]


@dataclass(frozen=True)
class ClaimLine:
    """A claim as it is printed."""

    claim: Claim
    words: SafeString
    passages: tuple[PassageLine, ...]
    origins: tuple[OriginLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_required: bool = False
    is_ticked: bool = False
    is_reopened: bool = False

    @property
    def kind_words(self) -> str:
        """What the sentence was declared to be."""
        return str(KIND_WORDS[self.claim.kind])

    @property
    def block(self) -> str:
        """What it stands in, where that is no running text."""
        return str(BLOCK_KINDS.get(self.claim.block_kind, ""))

    @property
    def lacks_source(self) -> bool:
        """True where it must be ticked and nobody said what it rests on."""
        return self.is_required and not self.claim.is_declared


@dataclass(frozen=True)
class PartLines:
    """The claims of one part of the article."""

    part: str
    lines: tuple[ClaimLine, ...]

    @property
    def heading(self) -> str:
        """The part as readers know it."""
        return str(PART_WORDS.get(self.part, self.part))


def claim_lines(
    draft: Draft, *, ticked: Collection[str] = (), reopened: Collection[str] = (), titles: Mapping[str, str] = {}
) -> tuple[PartLines, ...]:
    """Return the claims of an article by part, in reading order.

    Args:
        draft: the article, ready for the checks.
        ticked: the keys of ticked claims.
        reopened: the keys of claims whose tick is gone because what they rest on changed.
        titles: the titles of the cited studies by UUID, for passages; needed where there are several.
    """
    findings: dict[str, list[Finding]] = {}
    for finding in check_draft(draft):
        if finding.sentence and not finding.rule.is_hint:
            findings.setdefault(finding.sentence, []).append(finding)
    lines = [
        ClaimLine(
            claim=claim,
            words=with_numbers_marked(claim.text),
            passages=tuple(passage_line(passage, draft.facts.texts, titles) for passage in claim.passages),
            origins=origin_lines(draft, claim, titles),
            findings=tuple(findings.get(claim.text, ())),
            is_required=needs_tick(claim),
            is_ticked=claim.key in ticked,
            is_reopened=claim.key in reopened,
        )
        for claim in draft.claims
    ]
    return tuple(PartLines(part, tuple(found)) for part, found in groupby(lines, lambda line: line.claim.part))


def lines_to_tick(draft: Draft, basis: Basis, kept: Mapping[str, str], titles: Mapping[str, str]) -> dict[str, object]:
    """Return what the claims of the review form print, with the ticks that still stand."""
    ticked, reopened = standing_ticks(draft.content, basis, kept)
    parts = claim_lines(draft, ticked=ticked, reopened=reopened, titles=titles)
    lines = [line for part in parts for line in part.lines]
    return {
        "claim_parts": parts,
        "claims_required": sum(line.is_required for line in lines),
        "claims_ticked": sum(line.is_required and line.is_ticked for line in lines),
        "claims_total": len(lines),
        "claims_reopened": sum(line.is_reopened for line in lines),
        "claims_undeclared": sum(line.lacks_source for line in lines),
    }


def passage_line(passage: Passage, texts: Iterable[SourceText], titles: Mapping[str, str]) -> PassageLine:
    """Return a passage as it is printed."""
    return PassageLine(
        quote=with_numbers_marked(passage.quote),
        where=", ".join(filter(None, (where_words(passage), passage.licence))),
        study=titles.get(passage.study, "") if len(titles) > 1 else "",
        is_machine_checked=passage.is_machine_checked,
        stands=passage.stands_in(texts),
    )


def origin_lines(draft: Draft, claim: Claim, titles: Mapping[str, str]) -> tuple[OriginLine, ...]:
    """Return the numbers of the block that a claim is of, each with where it comes from; none for other claims."""
    if claim.block_kind != "numbers":
        return ()
    block, path = block_of(draft.content, claim)
    origins = block.get(ORIGIN) or {}
    lines = []
    for name in NUMBERS:
        if block.get(name) is None:
            continue
        label = block.get(f"{name}_label", "")
        share = f"{block[name]} in {block.get('denominator', 100)}"
        passages = [Passage.from_stored(origins[name])] if name in origins else []
        printed = tuple(passage_line(passage, draft.facts.texts, titles) for passage in passages)
        lines.append(OriginLine(f"{path}/{name}", f"{share} ({label})" if label else share, printed))
    return tuple(lines)


def where_words(passage: Passage) -> str:
    """Return where a passage stands, for people: "Abstract, Results", or the page that was typed."""
    if not passage.is_machine_checked:
        return passage.locator
    kind, _, label = passage.locator.rpartition("@")[0].partition(":")
    words = str(SOURCE_WORDS.get(SourceKind(kind), kind)) if kind in set(SourceKind) else kind
    return f"{words}, {label.capitalize()}" if label else words


def with_numbers_marked(text: str) -> SafeString:
    """Return plain words as HTML with each number in a ``mark``."""
    pieces, position = [], 0
    for number in sorted(numbers_in(text), key=lambda number: number.span):
        start, end = number.span
        if start >= position:
            pieces += [("", text[position:start]), ("mark", text[start:end])]
            position = end
    pieces.append(("", text[position:]))
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", words) if tag else words,) for tag, words in pieces)
    )
