"""Passages of a stored source text, and how a quote is found in it."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.utils.translation import gettext
from rapidfuzz import fuzz

from research.checking.folding import Folded, fold, fold_with_places
from research.checking.sentences import sentence_spans

SHORTEST_QUOTE = 12
# What is quoted is sealed and public for good: long only where the licence of the text allows it.
LONGEST_QUOTE = 600
LONGEST_WITHOUT_LICENCE = 300
OPEN_LICENCE = re.compile(r"(?:CC0|CC[ -]BY\b|OGL\b|Public domain)", re.IGNORECASE)
CLOSE_ENOUGH = 60
NOT_MACHINE_CHECKED = "not machine-checked"


class SourceKind(StrEnum):
    """Which text of a study it is."""

    ABSTRACT = "abstract"
    LAY_SUMMARY = "lay_summary"
    FULL_TEXT = "full_text"


class QuoteNotFoundError(ValueError):
    """A quote is not in the source text; ``closest`` is the likeliest passage, or ""."""

    def __init__(self, message: str, closest: str = "") -> None:
        super().__init__(message)
        self.closest = closest


@dataclass(frozen=True)
class SourceText:
    """One stored text of a study, in labelled parts: (label, text), the label "" where there is none.

    ``study`` is the study's UUID, ``licence`` the one of the text, "" where none is known.
    """

    kind: SourceKind
    parts: tuple[tuple[str, str], ...]
    licence: str = ""
    study: str = ""

    @cached_property
    def text(self) -> str:
        """The parts as one text, a line each."""
        return "\n".join(text for _, text in self.parts)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the text, in hexadecimal: a passage of another version of it reopens its claim."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def folded(self) -> Folded:
        """The text as quotes are looked for in it."""
        return fold_with_places(self.text)

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Where each sentence starts and ends in ``text``; a sentence never runs from one part into the next."""
        spans, offset = [], 0
        for _, text in self.parts:
            spans += [(offset + start, offset + end) for start, end in sentence_spans(text)]
            offset += len(text) + 1
        return tuple(spans)

    @cached_property
    def sentence_texts(self) -> tuple[str, ...]:
        """The sentences in order."""
        return tuple(self.text[start:end] for start, end in self.sentences)

    def label_at(self, position: int) -> str:
        """Return the label of the part that a character stands in."""
        offset = 0
        for label, text in self.parts:
            offset += len(text) + 1
            if position < offset:
                return label
        return ""


@dataclass(frozen=True)
class Passage:
    """What a claim rests on: a stretch of a stored source text, or a typed quote with its page.

    ``source`` is the hash of the source text; "" for a typed quote, whose ``locator`` is its page. ``study`` is
    the UUID of the study, ``licence`` the one of the source text, "" where it is not known.
    """

    quote: str
    locator: str
    source: str = ""
    study: str = ""
    licence: str = ""

    @property
    def is_machine_checked(self) -> bool:
        """False for a typed quote: no text is stored that it could be compared with."""
        return bool(self.source)

    def as_stored(self) -> dict[str, str]:
        """Return the passage in the form that canonical content carries."""
        optional = {"source": self.source, "study": self.study, "licence": self.licence}
        return {"quote": self.quote, "locator": self.locator} | {name: kept for name, kept in optional.items() if kept}

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "Passage":
        """Return the passage that was stored.

        Raises:
            KeyError: no quote or no locator.
        """
        optional = (str(stored.get(name, "")) for name in ("source", "study", "licence"))
        return cls(str(stored["quote"]), str(stored["locator"]), *optional)

    def stands_in(self, sources: Iterable[SourceText]) -> bool:
        """True when the very text that was quoted is stored and holds the quote; False for a typed quote."""
        return any(source.hash == self.source and fold(self.quote) in source.folded.text for source in sources)


def typed_passage(quote: str, page: str, study: str = "", licence: str = "") -> Passage:
    """Return a quote from a text that is not stored, which stays marked as not machine-checked.

    Raises:
        QuoteNotFoundError: the quote is too short or too long, or the page is missing.
    """
    quote, page = quote.strip(), page.strip()
    _refuse_length(fold(quote), licence)
    if not re.search(r"\w", page):
        raise QuoteNotFoundError(gettext("Say where the quote stands, for example “p. 7” or “Table 2”."))
    return Passage(quote, page, study=study, licence=licence)


def find_passage(quote: str, source: SourceText) -> Passage:
    """Return the passage of a source text that a quote stands for, with the source's own characters.

    Raises:
        QuoteNotFoundError: fewer than 12 characters or more than its licence allows, or it is not in the text;
            then ``closest`` holds the sentence that resembles it most.
    """
    wanted = fold(quote)
    _refuse_length(wanted, source.licence)
    found = source.folded.text.find(wanted)
    if found < 0:
        raise QuoteNotFoundError(
            gettext("These words are not in the stored %(replace)s. Copy them from it exactly.")
            % {"replace": source.kind.replace("_", " ")},
            closest_sentence(wanted, source),
        )
    return passage_at(source, *source.folded.span_in_source(found, found + len(wanted)))


def passage_at(source: SourceText, start: int, end: int) -> Passage:
    """Return the passage between two characters of a source text, cut between words where it would be too long."""
    if end - start > longest_quote(source.licence):
        end = start + len(source.text[start : start + longest_quote(source.licence)].rpartition(" ")[0])
    label = source.label_at(start)
    where = f"{source.kind}:{label}" if label else str(source.kind)
    return Passage(source.text[start:end], f"{where}@{start}-{end}", source.hash, source.study, source.licence)


def closest_sentence(folded_quote: str, source: SourceText) -> str:
    """Return the sentence of the source that resembles a quote most, "" when none does."""
    scored = (
        (fuzz.partial_ratio(folded_quote, fold(source.text[start:end]), score_cutoff=CLOSE_ENOUGH), start, end)
        for start, end in source.sentences
    )
    score, start, end = max(scored, default=(0, 0, 0))
    return source.text[start:end] if score else ""


def is_open(licence: str) -> bool:
    """True for a licence that lets anybody quote at length, such as "CC BY 4.0"."""
    return bool(OPEN_LICENCE.match(licence))


def longest_quote(licence: str) -> int:
    """Return how many characters of a text may be quoted in one place."""
    return LONGEST_QUOTE if is_open(licence) else LONGEST_WITHOUT_LICENCE


def _refuse_length(folded_quote: str, licence: str) -> None:
    if len(folded_quote) < SHORTEST_QUOTE:
        raise QuoteNotFoundError(
            gettext("Quote at least %(shortest_quote)s characters, so that the passage is one and no other.")
            % {"shortest_quote": SHORTEST_QUOTE}
        )
    if len(folded_quote) > longest_quote(licence):
        raise QuoteNotFoundError(
            gettext("Quote at most %(longest_quote)s characters: the words that carry the claim.")
            % {"longest_quote": longest_quote(licence)}
        )
