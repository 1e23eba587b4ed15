"""Runs every check over an article. Nothing here gates anything but the reviewer's eye."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from research.checking.claims import claims_of
from research.checking.facts import Draft, StudyFacts
from research.checking.findings import Finding
from research.checking.rules import evidence, figures, record, support, wording
from research.content.article import ArticleContent

Check = Callable[[Draft], Iterator[Finding]]

# In the order of danger to a reader.
CHECKS: tuple[Check, ...] = (
    record.source_status,
    figures.numbers_not_in_source,
    figures.numbers_swapped,
    figures.percentage_points,
    evidence.told_as_human,
    evidence.stronger_than_design,
    evidence.certainty_lost,
    wording.advice,
    evidence.harm_missing,
    evidence.limits_missing,
    figures.relative_alone,
    support.origin_missing,
    support.passages_lost,
    support.unsupported,
    wording.hype,
    record.money,
    record.out_of_date,
    wording.takeaway_length,
    wording.abbreviations,
    wording.hard_terms,
    wording.plain_terms_first,
    wording.harder_than_source,
)


def draft_of(
    content: ArticleContent,
    facts: StudyFacts,
    *,
    today: date,
    stored_claims: Iterable[Mapping[str, Any]] | None = None,
    last_reviewed: date | None = None,
    explained_terms: frozenset[str] = frozenset(),
) -> Draft:
    """Return an article made ready for the checks.

    Args:
        content: the words, sealed or of a draft.
        facts: what is stored of its studies.
        today: the day on which it is looked at.
        stored_claims: what its sentences were linked to; what the content carries, where none are given.
        last_reviewed: the day of the last full review, None before the first.
        explained_terms: words that the glossary explains, lower case.

    Raises:
        StoredClaimError: a stored claim is not of the shape that ``claims`` describes.
    """
    return Draft(content, claims_of(content, stored_claims), facts, today, last_reviewed, explained_terms)


def check_draft(draft: Draft) -> tuple[Finding, ...]:
    """Return what all checks find, the dangerous first; one finding for a rule and a sentence."""
    found: dict[str, Finding] = {}
    for check in CHECKS:
        for finding in check(draft):
            found.setdefault(finding.key, finding)
    return tuple(found.values())
