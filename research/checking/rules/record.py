"""Checks of the record: money, age, and what happened to the source. Exact, from data."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from research.checking.facts import Draft
from research.checking.findings import Finding, on_article

OLD_SOURCE_YEARS = 5
REVIEW_DUE_MONTHS = 12
STATUS_WORDS = {
    "retraction": _("was retracted"),
    "withdrawal": _("was withdrawn"),
    "removal": _("was removed"),
    "expression_of_concern": _("has an expression of concern"),
    "correction": _("was corrected"),
    "needs_a_look": _("has a notice that nobody has looked at"),
}
NEWER_WORDS = {"newer_version": _("a newer version exists"), "replacement": _("it was retracted and republished")}


def money(draft: Draft) -> Iterator[Finding]:
    """Yield one finding where the record states no interests, and the rating does not say so."""
    study = draft.content.study
    if study is None or study.interests or draft.content.appraisal.get("interests") == "not_stated":
        return
    answer = draft.content.appraisal.get("interests")
    told = gettext(" The rating says “%(answer)s”.") % {"answer": answer} if answer else ""
    missing = gettext("The record has no statement of interests and none is typed.")
    message = gettext("%(missing)s%(told)s Type what the paper says, or answer “not stated”.") % {
        "missing": missing,
        "told": told,
    }
    yield on_article("money", message, f"{study.doi} {study.pmid} {study.title} {answer}", field="study")


def source_status(draft: Draft) -> Iterator[Finding]:
    """Yield a finding for each notice that stands: retracted, corrected, of concern."""
    for kind, day in draft.facts.notices:
        if kind in STATUS_WORDS:
            what = (
                gettext("%(words)s on %(day)s") % {"words": STATUS_WORDS[kind], "day": day}
                if day
                else STATUS_WORDS[kind]
            )
            message = gettext("The source %(what)s: does the text say so?") % {"what": what}
            yield on_article("source_status", message, f"{draft.facts.title} {kind} {day}")


def out_of_date(draft: Draft) -> Iterator[Finding]:
    """Yield findings for a newer version, a source over five years old, a review over twelve months ago."""
    about = draft.facts.title
    for kind, day in draft.facts.notices:
        if kind in NEWER_WORDS:
            yield on_article(
                "out_of_date",
                gettext("Of the source %(newer_words)s.") % {"newer_words": NEWER_WORDS[kind]},
                f"{about} {kind} {day}",
            )
    year = draft.facts.year
    if year and draft.today.year - year > OLD_SOURCE_YEARS:
        message = gettext(
            "The source is of %(year)s, more than %(old_source_years)s years ago: is there newer research?"
        ) % {"year": year, "old_source_years": OLD_SOURCE_YEARS}
        yield on_article("out_of_date", message, f"{about} {year}")
    if draft.last_reviewed and _months_between(draft.last_reviewed, draft.today) >= REVIEW_DUE_MONTHS:
        message = gettext("Last reviewed on %(isoformat)s, more than %(review_due_months)s months ago.") % {
            "isoformat": draft.last_reviewed.isoformat(),
            "review_due_months": REVIEW_DUE_MONTHS,
        }
        yield on_article("out_of_date", message, f"{about} {draft.last_reviewed.isoformat()}")


def _months_between(earlier: date, later: date) -> int:
    """Return the whole months from one day to another."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months - (later.day < earlier.day)
