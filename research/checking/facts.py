"""What the checks know of a study beyond its citation, and an article made ready for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from research import rubric
from research.checking.claims import Claim, Part
from research.checking.numbers import SourceNumbers
from research.checking.passages import SourceText
from research.checking.proposing import PassageIndex
from research.checking.readability import Readability, readability_of
from research.content.article import ArticleContent
from research.rubric.rating import OBSERVATIONAL_DESIGNS

ANIMAL_OR_LABORATORY_DESIGNS = frozenset({"animal_study", "laboratory_study", "computer_study"})
ANIMAL_OR_LABORATORY_POPULATIONS = frozenset({"animals", "animals_and_cells", "cells", "human_tissue", "computer"})
CANNOT_SHOW_CAUSE = OBSERVATIONAL_DESIGNS | ANIMAL_OR_LABORATORY_DESIGNS | {"single_arm", "before_after", "case_series",
                                                                            "case_report"}  # fmt: skip


@dataclass(frozen=True)
class StudyFacts:
    """What is stored of the study, and what happened to it.

    ``notices`` are (kind, day or "") of the notices that stand, kinds as in the rubric plus "correction",
    "newer_version" and "replacement"; ``year`` is the year of the source.
    """

    title: str = ""
    texts: tuple[SourceText, ...] = ()
    mesh_terms: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    notices: tuple[tuple[str, str], ...] = ()
    year: int | None = None
    is_preprint: bool = False

    @cached_property
    def words(self) -> str:
        """The study's title and stored texts as one text."""
        return "\n".join((self.title, *(text.text for text in self.texts)))

    @cached_property
    def numbers(self) -> SourceNumbers:
        """The numbers of title and texts."""
        sentences = (sentence for text in self.texts for sentence in text.sentence_texts)
        return SourceNumbers((self.title, *sentences))


@dataclass(frozen=True)
class Draft:
    """An article made ready: its sentences, the study's facts, and the day on which it is looked at."""

    content: ArticleContent
    claims: tuple[Claim, ...]
    facts: StudyFacts
    today: date
    last_reviewed: date | None = None
    explained_terms: frozenset[str] = frozenset()

    @cached_property
    def passages(self) -> PassageIndex:
        """The sentences of the stored texts, by their words."""
        return PassageIndex(self.facts.texts)

    @cached_property
    def text(self) -> str:
        """All sentences as one text."""
        return "\n".join(claim.text for claim in self.claims)

    @cached_property
    def opening(self) -> str:
        """Title, summary, takeaway and the first third of the rest: where readers learn what was studied."""
        head = [claim for claim in self.claims if claim.part in (Part.TITLE, Part.SUMMARY, Part.TAKEAWAY)]
        body = self.claims[len(head) :]
        return "\n".join(claim.text for claim in (*head, *body[: -(-len(body) // 3)]))

    @cached_property
    def readability(self) -> Readability:
        """How hard the sentences are to read, headings left out."""
        return readability_of([claim.text for claim in self.claims if not claim.is_heading])

    @property
    def design(self) -> str:
        """The rubric's key of the kind of study, "" while nobody chose it."""
        return str(self.content.appraisal.get("design") or "")

    @property
    def population(self) -> str:
        """The rubric's key of who or what was studied, "" while nobody chose it."""
        return str(self.content.appraisal.get("population") or "")

    @property
    def design_words(self) -> str:
        """The kind of study in the rubric's words, lower case."""
        return next((choice.words.lower() for choice in rubric.DESIGN.choices if choice.key == self.design), "")

    def in_parts(self, *parts: str) -> list[Claim]:
        """Return the sentences of some parts."""
        return [claim for claim in self.claims if claim.part in parts]


def glossary_words(terms: Iterable[Mapping[str, object]]) -> frozenset[str]:
    """Return the words that a glossary explains, lower case: its terms and their other forms."""
    words: set[str] = set()
    for term in terms:
        words |= {str(term.get("term", "")), *str(term.get("synonyms", "")).splitlines()}
    return frozenset(word.strip().lower() for word in words if word.strip())
