"""What all checks and the matching of claims cost: an article of 850 words against a full text of 6,000."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from research.checking.checks import check_draft, draft_of
from research.checking.facts import Draft, StudyFacts
from research.checking.lexicon import entries
from research.checking.numbers import numbers_in
from research.checking.passages import SourceKind, SourceText
from research.content.article import ArticleContent, BlockContent, SectionContent
from research.trials.bench import Figure, timed
from research.trials.rates.examples import EXAMPLES

MEASURED = "medians of {runs} runs, on an article of 850 words with an abstract and a full text of 6,000 words"
CHECKS_TARGET_MILLISECONDS = 50
WITH_MATCHING_TARGET_MILLISECONDS = 100
ARTICLE_WORDS, FULL_TEXT_WORDS = 850, 6_000
SEED = 20261125


def run(runs: int) -> Iterator[Figure]:
    """Yield the CPU time of all checks, and of the checks with passages proposed for each sentence."""
    content, facts = long_article()
    abstract_only = replace(facts, texts=facts.texts[:1])
    yield _figure(
        "all checks, abstract stored", lambda: _checked(content, abstract_only), runs, CHECKS_TARGET_MILLISECONDS
    )
    known = "all checks, full text that the process read before"
    yield _figure(known, lambda: _checked(content, facts, anew=False), runs, CHECKS_TARGET_MILLISECONDS)
    yield _figure(
        "all checks and matching, full text read anew",
        lambda: _matched(content, facts),
        runs,
        WITH_MATCHING_TARGET_MILLISECONDS,
    )


def _figure(name: str, work: Callable[[], object], runs: int, target: float) -> Figure:
    timing = timed(work, runs)
    return Figure(f"{name}, CPU", timing.cpu_milliseconds, target)


def _checked(content: ArticleContent, facts: StudyFacts, *, anew: bool = True) -> Draft:
    """Check an article as a request does; ``anew`` as the first one that the process serves."""
    if anew:
        numbers_in.cache_clear()
    fresh = replace(facts, texts=tuple(replace(text) for text in facts.texts))
    draft = draft_of(content, fresh, today=date(2026, 11, 25))
    check_draft(draft)
    return draft


def _matched(content: ArticleContent, facts: StudyFacts) -> None:
    draft = _checked(content, facts)
    for claim in draft.claims:
        draft.passages.proposals_for(claim)


def long_article() -> tuple[ArticleContent, StudyFacts]:
    """Return an article of 850 words and the facts of its study, the same on every machine."""
    example = EXAMPLES[0]
    chance = random.Random(SEED)  # noqa: S311
    vocabulary = [*entries("hard-terms.txt"), *" ".join(part for _, part in example.abstract).split()]

    def sentences(words: int) -> list[str]:
        made: list[str] = []
        while sum(len(sentence.split()) for sentence in made) < words:
            body = " ".join(chance.choices(vocabulary, k=chance.randint(9, 22)))
            made.append(f"In {chance.randint(11, 900)} people {body}, or {chance.randint(11, 99)}%.")
        return made

    full_text = SourceText(
        SourceKind.FULL_TEXT, tuple(("Results", " ".join(sentences(200))) for _ in range(FULL_TEXT_WORDS // 200))
    )
    found = [*example.found, *sentences(ARTICLE_WORDS)]
    html = "".join(f"<p>{sentence}</p>" for sentence in found)
    first, *rest = example.content.sections
    section = SectionContent(first.slug, (BlockContent("text", {"html": html}),))
    content = replace(example.content, sections=(section, *rest))
    return content, replace(example.facts, texts=(*example.facts.texts, full_text))
