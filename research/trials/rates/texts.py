"""The texts that the checks are measured on: published pairs where they are at hand, and the invented examples."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from pathlib import Path

from research.checking.checks import draft_of
from research.checking.claims import Claim
from research.checking.facts import Draft, StudyFacts
from research.checking.passages import SourceKind, SourceText
from research.checking.sentences import split_sentences
from research.content.article import ArticleContent, BlockContent, SectionContent
from research.trials.rates.examples import EXAMPLES, RETOLD_COMPARISONS

TODAY = date(2026, 11, 25)
PEOPLE = frozenset({"human", "homo sapiens"})


@dataclass(frozen=True)
class Text:
    """A text with its source; ``organisms`` as its own record names them, lower case."""

    name: str
    sentences: tuple[str, ...]
    content: ArticleContent
    facts: StudyFacts
    organisms: frozenset[str] = frozenset()

    @property
    def words(self) -> int:
        """The words of the text."""
        return sum(len(sentence.split()) for sentence in self.sentences)

    @property
    def draft(self) -> Draft:
        """The text made ready for the checks."""
        return draft_of(self.content, self.facts, today=TODAY)

    def saying(
        self, sentences: tuple[str, ...], *, section: str = "what_they_found", title: str | None = None
    ) -> Draft:
        """Return a draft on the same study that says these sentences and nothing else."""
        content = replace(
            _content(self.content.title if title is None else title, sentences, section), study=self.content.study
        )
        return draft_of(replace(content, appraisal=self.content.appraisal), self.facts, today=TODAY)


def published_pairs(samples: Path) -> list[Text]:
    """Return the published lay summaries with their abstracts; none where they are not at hand."""
    return [_text_of(line) for line in _lines(samples / "lay-pairs" / "abstract-and-lay-summary.jsonl")]


def faithful_texts(samples: Path) -> list[Text]:
    """Return abstracts as summaries of themselves: the text that no check of numbers may flag."""
    abstracts = [(row["doi"], row["title"], row["abstract"]) for row in
                 _lines(samples / "lay-pairs" / "abstract-and-lay-summary.jsonl")]  # fmt: skip
    more = _lines(samples / "multiple-sclerosis" / "pubmed-abstracts.jsonl")
    abstracts += [(str(row["pmid"]), row["title"], row["abstract"]) for row in more if row.get("abstract")]
    return [_summary_of_itself(*abstract) for abstract in abstracts]


def example_texts() -> list[Text]:
    """Return the invented examples."""
    return [
        Text(example.headline, _sentences_of(example.content, example.facts), example.content, example.facts)
        for example in EXAMPLES
    ]


def retold_comparisons() -> list[Text]:
    """Return sentences that compare two groups, retold in other words from an invented source."""
    return [replace(_summary_of_itself("retold", "", source), sentences=(retold,), content=_content("", (retold,)))
            for source, retold in RETOLD_COMPARISONS]  # fmt: skip


def _sentences_of(content: ArticleContent, facts: StudyFacts) -> tuple[str, ...]:
    claims: tuple[Claim, ...] = draft_of(content, facts, today=TODAY).claims
    return tuple(claim.text for claim in claims)


def _text_of(row: dict) -> Text:
    sentences = tuple(split_sentences(row["lay"]))
    organisms = frozenset(organism.lower() for organism in row.get("organisms") or ()) - {"other"}
    return Text(
        row["doi"], sentences, _content(row["title"], sentences), _facts(row["title"], row["abstract"]), organisms
    )


def _summary_of_itself(name: str, title: str, abstract: str) -> Text:
    sentences = tuple(split_sentences(abstract))
    return Text(name, sentences, _content(title, sentences), _facts(title, abstract))


def _facts(title: str, abstract: str) -> StudyFacts:
    return StudyFacts(title, (SourceText(SourceKind.ABSTRACT, (("", abstract),)),))


def _content(title: str, sentences: tuple[str, ...], section: str = "what_they_found") -> ArticleContent:
    html = "".join(f"<p>{escape(sentence, quote=False)}</p>" for sentence in sentences)
    return ArticleContent(title=title, sections=(SectionContent(section, (BlockContent("text", {"html": html}),)),))


def _lines(path: Path) -> Iterator[dict]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            yield from (json.loads(line) for line in file)
