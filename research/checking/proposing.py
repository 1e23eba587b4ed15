"""Proposes passages of the source for the sentences of an article: shared numbers first, then shared words.

A proposal is never a link: the writer accepts it. Words are compared by their stems (Snowball, through
PyStemmer), rarer ones weighing more, so that "relapses fell" meets "relapse rate fell" and not every "patients".
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import Stemmer

from research.checking.claims import Claim
from research.checking.lexicon import entries
from research.checking.numbers import agrees, checked_numbers, numbers_in
from research.checking.passages import SHORTEST_QUOTE, Passage, SourceText, passage_at

MOST_PROPOSALS = 3
LEAST_SIMILARITY = 0.12
WORD = re.compile(r"[a-z][a-z'’-]{2,}|[a-z]\d+")


@dataclass(frozen=True)
class Proposal:
    """A passage that may support a sentence: how many of its numbers it has, and how alike the words are (0 to 1)."""

    passage: Passage
    shared_numbers: int
    similarity: float


@dataclass(frozen=True)
class _Sentence:
    source: SourceText
    span: tuple[int, int]
    stems: frozenset[str]
    text: str


class PassageIndex:
    """The sentences of some source texts, by their words; build it once for all sentences of an article."""

    def __init__(self, sources: Iterable[SourceText]) -> None:
        self._stemmer = Stemmer.Stemmer("english")
        self._stop_words = frozenset(entries("stop-words.txt"))
        self._sentences = [
            _Sentence(source, span, self._stems(text), text)
            for source in sources
            for span in source.sentences
            if len(text := source.text[slice(*span)]) >= SHORTEST_QUOTE
        ]
        self._with_stem: dict[str, list[int]] = defaultdict(list)
        for place, sentence in enumerate(self._sentences):
            for stem in sentence.stems:
                self._with_stem[stem].append(place)
        total = len(self._sentences) + 1
        self._weight = {stem: math.log(total / len(places)) + 0.1 for stem, places in self._with_stem.items()}
        self._unknown_weight = math.log(total) + 0.1
        self._length = [self._length_of(sentence.stems) for sentence in self._sentences]

    def proposals_for(self, claim: Claim) -> tuple[Proposal, ...]:
        """Return at most three passages, the likeliest first; none where nothing resembles the sentence."""
        similarities = self._similarities(claim.text)
        shared = self._shared_numbers(claim.text)
        ranked = sorted(
            ((shared.get(place, 0), similarities.get(place, 0.0), -place) for place in {*similarities, *shared}),
            reverse=True,
        )
        return tuple(
            self._proposal(-place, numbers, similarity)
            for numbers, similarity, place in ranked[:MOST_PROPOSALS]
            if numbers or similarity >= LEAST_SIMILARITY
        )

    def resemblance(self, text: str) -> float:
        """Return the likeness with the likest sentence plus the weighted share of words known anywhere, 0 to 2."""
        stems = self._stems(text)
        weight = sum(self._weight.get(stem, self._unknown_weight) for stem in stems)
        known = sum(self._weight[stem] for stem in stems if stem in self._weight)
        return max(self._similarities(text).values(), default=0.0) + (known / weight if weight else 1.0)

    def _similarities(self, text: str) -> dict[int, float]:
        """Return the cosine of weighted stems for each sentence that shares one."""
        stems = self._stems(text)
        length = self._length_of(stems)
        overlap: dict[int, float] = defaultdict(float)
        for stem in stems:
            for place in self._with_stem.get(stem, ()):
                overlap[place] += self._weight[stem] ** 2
        return {place: weight / (length * self._length[place]) for place, weight in overlap.items()}

    def _shared_numbers(self, text: str) -> Counter[int]:
        """Return how many of a text's numbers each sentence has: exactly, rounded, or as the same share."""
        shared: Counter[int] = Counter()
        for number in checked_numbers(text):
            slack = 0.1 * number.value + 10.0**-number.decimals
            first = bisect_left(self._numbers, (number.value - slack, -1))
            last = bisect_right(self._numbers, (number.value + slack, len(self._sentences)))
            shared.update({place for value, place in self._numbers[first:last] if agrees(number, value)})
        return shared

    @cached_property
    def _numbers(self) -> list[tuple[float, int]]:
        """The values of all sentences in order, each with the place of its sentence."""
        return sorted({
            (value, place)
            for place, sentence in enumerate(self._sentences)
            for number in numbers_in(sentence.text)
            for value in (number.value, number.part, number.whole)
            if value is not None
        })  # fmt: skip

    def _proposal(self, place: int, shared: int, similarity: float) -> Proposal:
        sentence = self._sentences[place]
        return Proposal(passage_at(sentence.source, *sentence.span), shared, round(similarity, 3))

    def _stems(self, text: str) -> frozenset[str]:
        words = [word for word in WORD.findall(text.lower()) if word not in self._stop_words]
        return frozenset(self._stemmer.stemWords(words))

    def _length_of(self, stems: Iterable[str]) -> float:
        return math.sqrt(sum(self._weight.get(stem, self._unknown_weight) ** 2 for stem in stems)) or 1.0
