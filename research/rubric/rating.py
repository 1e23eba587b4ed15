"""Ratings from answers: points, limits, and what later notices leave of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from common.languages import number_words
from research.rubric.types import Answered, Band, Limit, Question, Rating, Rubric
from research.rubric.v2026_11 import CREDIBILITY_BANDS, RUBRIC

CURRENT_VERSION = RUBRIC.version
RUBRICS = {RUBRIC.version: RUBRIC}

WEAK, MODERATE, GOOD = 2, 3, 4
# Kinds of notices: after one of these no rating is given, after this one it is Weak at most.
TAKEN_BACK = frozenset({"retraction", "withdrawal", "removal"})
CONCERN = "expression_of_concern"
EARLY_RESEARCH_LABEL = _("Early research: not tested in people")
PEOPLE_POPULATIONS = frozenset({"people_outcome", "people_marker", "other_people"})
NO_COMPARISON_DESIGNS = frozenset({"single_arm", "before_after", "case_series", "case_report"})
TRIAL_DESIGNS = frozenset({"randomised_trial", "controlled_study"})
OBSERVATIONAL_DESIGNS = frozenset(
    {
        "prospective_cohort",
        "retrospective_cohort",
        "case_control",
        "cross_sectional",
        "genetic",
    }
)
CERTAINTY_LIMITS = {"moderate": GOOD, "low": MODERATE, "very_low": WEAK}
CERTAINTY_WORDS = {
    "moderate": _("The review itself calls its certainty moderate."),
    "low": _("The review itself calls its certainty low."),
    "very_low": _("The review itself calls its certainty very low."),
}
TOO_MANY_UNANSWERED = 3
SMALLEST_GROUP = 30
SMALLEST_TRIAL = 100


def rate_credibility(
    answers: Mapping[str, Any],
    reasons: Mapping[str, str] | None = None,
    *,
    notices: Iterable[str] = (),
    unconsidered: Iterable[str] = (),
) -> Rating:
    """Return the credibility rating that these answers give.

    Args:
        answers: ``rubric`` (a version), and by question key: design, population, people (a count or
            None), registered and measured_alike ("yes", "no" or ""), checking, interests,
            other_research; with causal_claim (bool), lift_reason and certainty (GRADE) for the limits.
        reasons: one sentence a question key, for readers.
        notices: what later happened to the study: "retraction", "withdrawal", "removal",
            "expression_of_concern".
        unconsidered: those of them that nobody has signed in knowledge of: the answers may no longer hold.

    Raises:
        KeyError: the rubric version is not known.
    """
    rubric = RUBRICS[answers.get("rubric") or CURRENT_VERSION]
    answered = tuple(_answered(q, answers, reasons or {}) for q in rubric.credibility)
    points = sum(answer.points or 0 for answer in answered)
    limits = tuple(_limits(answers, frozenset(notices)))
    withheld = _reason_to_withhold(answered, frozenset(notices), is_judged=not any(unconsidered))
    return Rating(
        name=_("Credibility"),
        out_of=5,
        points=points,
        max_points=sum(q.max_points for q in rubric.credibility),
        band=None if withheld else _limited_band(rubric.credibility_bands, points, limits),
        answers=answered,
        limits=limits,
        withheld=withheld,
        label=EARLY_RESEARCH_LABEL if _without_people(answers) else "",
    )


def rate_interest(
    answers: Mapping[str, Any],
    reasons: Mapping[str, str] | None = None,
    *,
    notices: Iterable[str] = (),
) -> Rating:
    """Return the interest rating; it never moves the credibility one.

    A study that was taken back has neither: "High interest" beside a retraction would recommend it.

    Args:
        answers: ``rubric`` and, by key: reach, actionable, novelty.
        reasons: one sentence a question key, for readers.
        notices: what later happened to the study, as for ``rate_credibility``.
    """
    rubric = RUBRICS[answers.get("rubric") or CURRENT_VERSION]
    answered = tuple(_answered(q, answers, reasons or {}) for q in rubric.interest)
    points = sum(answer.points or 0 for answer in answered)
    complete = all(answer.points is not None for answer in answered)
    withheld = _taken_back(frozenset(notices)) or ("" if complete else _("Not rated yet"))
    return Rating(
        name=_("Interest"),
        out_of=3,
        points=points,
        max_points=sum(q.max_points for q in rubric.interest),
        band=None if withheld else _limited_band(rubric.interest_bands, points, ()),
        answers=answered,
        withheld=withheld,
    )


def band_after(value: int, notices: Iterable[str]) -> Band | None:
    """Return the credibility band that notices leave of a signed one; None where it is withheld.

    Args:
        value: the signed band's value; 0 where no rating was given.
        notices: what later happened to the study, as for ``rate_credibility``.
    """
    kinds = frozenset(notices)
    if not value or kinds & TAKEN_BACK:
        return None
    most = min(value, WEAK) if CONCERN in kinds else value
    return next(band for band in CREDIBILITY_BANDS if band.value == most)


def study_labels(answers: Mapping[str, Any], *, notices: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return the three labels of a study as (question, words), in reading order.

    Peer reviewed? What kind of study? People, animals or cells? A question that was not answered
    has no label. A study that was taken back has none: "Peer reviewed" beside a retraction would vouch for it.

    Args:
        answers: as for ``rate_credibility``.
        notices: what later happened to the study, as for ``rate_credibility``.
    """
    if _taken_back(frozenset(notices)):
        return []
    rubric = RUBRICS[answers.get("rubric") or CURRENT_VERSION]
    design = {choice.key: choice.words for choice in _question(rubric, "design").choices}
    wanted = (
        (_("Peer reviewed?"), rubric.label_words["checking"].get(answers.get("checking") or "")),
        (_("Kind of study"), design.get(answers.get("design") or "")),
        (_("Studied in"), rubric.label_words["population"].get(answers.get("population") or "")),
    )
    return [(question, words) for question, words in wanted if words]


def needs_modest_headline(credibility: Rating, interest: Rating) -> bool:
    """True at high interest with weak credibility: the title must say how early the research is."""
    if credibility.band is None or interest.band is None:
        return False
    return interest.band.key == "high" and credibility.band.value <= WEAK


def _question(rubric: Rubric, key: str) -> Question:
    return next(q for q in rubric.credibility + rubric.interest if q.key == key)


def _answered(question: Question, answers: Mapping[str, Any], reasons: Mapping[str, str]) -> Answered:
    words, points = _words_and_points(question, answers)
    return Answered(question, words, points, reasons.get(question.key, ""))


def _words_and_points(question: Question, answers: Mapping[str, Any]) -> tuple[str, int | None]:
    if question.key == "people":
        return _size(answers.get("people"))
    if question.key == "safeguards":
        return _safeguards(answers)
    chosen = next((c for c in question.choices if c.key == answers.get(question.key)), None)
    return (chosen.words, chosen.points) if chosen else (_("Not answered"), None)


def _size(people: int | None) -> tuple[str, int | None]:
    if people is None:
        return _("Not answered"), None
    if people == 0:
        return _("No people took part"), 0
    points = 3 if people >= 1000 else 2 if people >= 200 else 1 if people >= SMALLEST_GROUP else 0
    return ngettext("%(number)s person", "%(number)s people", people) % {"number": number_words(people)}, points


def _safeguards(answers: Mapping[str, Any]) -> tuple[str, int | None]:
    registered, alike = answers.get("registered"), answers.get("measured_alike")
    if not registered and not alike:
        return _("Not answered"), None
    words = (
        {"yes": gettext("registered in advance"), "no": gettext("not registered in advance")}.get(registered or ""),
        {
            "yes": gettext("measured in the same way for all"),
            "no": gettext("not measured in the same way for all"),
        }.get(alike or ""),
    )
    said = ", ".join(word for word in words if word)
    return said[0].upper() + said[1:], [registered, alike].count("yes")


def _without_people(answers: Mapping[str, Any]) -> bool:
    population = answers.get("population")
    return bool(population) and population not in PEOPLE_POPULATIONS


def _taken_back(notices: frozenset[str]) -> str:
    if not notices & TAKEN_BACK:
        return ""
    if "retraction" in notices:
        return _("No rating: the study was retracted")
    return _("No rating: the study was withdrawn") if "withdrawal" in notices else _("No rating: the study was removed")


def _reason_to_withhold(answered: tuple[Answered, ...], notices: frozenset[str], *, is_judged: bool) -> str:
    if taken_back := _taken_back(notices):
        return taken_back
    if not is_judged:
        return _("No rating until a medical reviewer has looked at the notice")
    if sum(answer.points is None for answer in answered) >= TOO_MANY_UNANSWERED:
        return _("Not enough information to rate")
    return ""


def _limits(answers: Mapping[str, Any], notices: frozenset[str]) -> Iterable[Limit]:
    """Yield the caps in force, each with the reason a reader is shown."""
    design, people = answers.get("design"), answers.get("people")
    if CONCERN in notices:
        yield Limit("concern", WEAK, _("The journal has voiced concern about this study."))
    if _without_people(answers):
        yield Limit("no_people", WEAK, _("It was not tested in people."))
    if design in NO_COMPARISON_DESIGNS:
        yield Limit("no_comparison", WEAK, _("There was no group to compare with."))
    if people is not None and people < SMALLEST_GROUP and (people or not _without_people(answers)):
        yield Limit("few_people", WEAK, gettext("Fewer than %(number)s people took part.") % {"number": SMALLEST_GROUP})
    if answers.get("checking") in {"preprint", "preprint_reviewed"}:
        yield Limit("preprint", MODERATE, _("It is a preprint, not yet published in a journal."))
    if design in TRIAL_DESIGNS and people and people < SMALLEST_TRIAL:
        yield Limit(
            "small_trial",
            MODERATE,
            gettext("It is a trial with fewer than %(number)s people.") % {"number": SMALLEST_TRIAL},
        )
    if answers.get("population") == "people_marker":
        yield Limit("marker", MODERATE, _("It measured only a laboratory or scan marker."))
    if design in OBSERVATIONAL_DESIGNS and answers.get("causal_claim"):
        yield _observational_limit(answers.get("lift_reason") or "")
    certainty = answers.get("certainty") or ""
    if certainty in CERTAINTY_LIMITS:
        yield Limit(
            "certainty",
            CERTAINTY_LIMITS[certainty],
            CERTAINTY_WORDS[certainty],
        )


def _observational_limit(lift_reason: str) -> Limit:
    if lift_reason:
        words = gettext("It watched rather than tested. Raised by the reviewer: %(reason)s") % {"reason": lift_reason}
        return Limit("observational_lifted", GOOD, words)
    words = _("It watched rather than tested, so it cannot show cause and effect.")
    return Limit("observational", MODERATE, words)


def _limited_band(bands: tuple[Band, ...], points: int, limits: tuple[Limit, ...]) -> Band:
    earned = next(band for band in bands if points >= band.from_points)
    most = min([earned.value, *(limit.most for limit in limits)])
    return next(band for band in bands if band.value == most)
