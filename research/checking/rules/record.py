"""Checks of the record: money, age, and what happened to the source. Exact, from data."""

from collections.abc import Iterator
from datetime import date

from research.checking.facts import Draft
from research.checking.findings import Finding, on_article

OLD_SOURCE_YEARS = 5
REVIEW_DUE_MONTHS = 12
STATUS_WORDS = {
    "retraction": "was retracted",
    "withdrawal": "was withdrawn",
    "removal": "was removed",
    "expression_of_concern": "has an expression of concern",
    "correction": "was corrected",
    "needs_a_look": "has a notice that nobody has looked at",
}
NEWER_WORDS = {"newer_version": "a newer version exists", "replacement": "it was retracted and republished"}


def money(draft: Draft) -> Iterator[Finding]:
    """Yield one finding where the record states no interests, and the rating does not say so."""
    study = draft.content.study
    if study is None or study.interests or draft.content.appraisal.get("interests") == "not_stated":
        return
    answer = draft.content.appraisal.get("interests")
    told = f" The rating says “{answer}”." if answer else ""
    missing = "The record has no statement of interests and none is typed."
    message = f"{missing}{told} Type what the paper says, or answer “not stated”."
    yield on_article("money", message, f"{study.doi} {study.pmid} {study.title} {answer}", field="study")


def source_status(draft: Draft) -> Iterator[Finding]:
    """Yield a finding for each notice that stands: retracted, corrected, of concern."""
    for kind, day in draft.facts.notices:
        if kind in STATUS_WORDS:
            message = f"The source {STATUS_WORDS[kind]}{f' on {day}' if day else ''}: does the text say so?"
            yield on_article("source_status", message, f"{draft.facts.title} {kind} {day}")


def out_of_date(draft: Draft) -> Iterator[Finding]:
    """Yield findings for a newer version, a source over five years old, a review over twelve months ago."""
    about = draft.facts.title
    for kind, day in draft.facts.notices:
        if kind in NEWER_WORDS:
            yield on_article("out_of_date", f"Of the source {NEWER_WORDS[kind]}.", f"{about} {kind} {day}")
    year = draft.facts.year
    if year and draft.today.year - year > OLD_SOURCE_YEARS:
        message = f"The source is of {year}, more than {OLD_SOURCE_YEARS} years ago: is there newer research?"
        yield on_article("out_of_date", message, f"{about} {year}")
    if draft.last_reviewed and _months_between(draft.last_reviewed, draft.today) >= REVIEW_DUE_MONTHS:
        message = f"Last reviewed on {draft.last_reviewed.isoformat()}, more than {REVIEW_DUE_MONTHS} months ago."
        yield on_article("out_of_date", message, f"{about} {draft.last_reviewed.isoformat()}")


def _months_between(earlier: date, later: date) -> int:
    """Return the whole months from one day to another."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months - (later.day < earlier.day)
