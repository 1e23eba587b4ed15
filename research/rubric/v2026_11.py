"""The questions, bands and labels of version 2026-11."""

from django.utils.translation import gettext_noop as _

from research.rubric.types import Band, Choice, Question, Rubric

DESIGN = Question(
    "design",
    _("Kind of study"),
    _("What kind of study is it?"),
    6,
    (
        Choice("systematic_review", _("Systematic review of fitting studies"), 6),
        Choice("randomised_trial", _("Randomised trial"), 5),
        Choice("fitting_design", _("Another design that best fits the question asked"), 5),
        Choice("controlled_study", _("Controlled study, not randomised"), 4),
        Choice("prospective_cohort", _("Study following groups forward in time"), 4),
        Choice("retrospective_cohort", _("Study looking back at records of groups"), 3),
        Choice("case_control", _("Case–control study"), 3),
        Choice("cross_sectional", _("Snapshot at one point in time"), 3),
        Choice("genetic", _("Genetic study"), 3),
        Choice("single_arm", _("Study with one group and no comparison"), 2),
        Choice("before_after", _("Before-and-after study"), 2),
        Choice("case_series", _("Report on a series of people"), 2),
        Choice("animal_study", _("Animal study"), 1),
        Choice("laboratory_study", _("Laboratory study"), 1),
        Choice("computer_study", _("Computer study"), 1),
        Choice("narrative_review", _("Review of research"), 1),
        Choice("case_report", _("Report on one person"), 1),
        Choice("opinion", _("Opinion"), 0),
        Choice("conference_abstract", _("Conference abstract"), 0),
    ),
)
POPULATION = Question(
    "population",
    _("Who and what"),
    _("Who or what was studied, and what was measured?"),
    3,
    (
        Choice("people_outcome", _("People with the condition, and something they notice"), 3),
        Choice("people_marker", _("People with the condition, but a blood or scan marker"), 2),
        Choice("other_people", _("People unlike those with the condition"), 2),
        Choice("animals", _("Animals"), 1),
        Choice("human_tissue", _("Donated human tissue"), 1),
        Choice("animals_and_cells", _("Animals and cells"), 1),
        Choice("cells", _("Cells in a laboratory"), 0),
        Choice("computer", _("A computer model"), 0),
    ),
)
SIZE = Question("people", _("Size"), _("How many people took part?"), 3)
SAFEGUARDS = Question("safeguards", _("Safeguards"), _("Was the study planned and measured with care?"), 2)
CHECKING = Question(
    "checking",
    _("Checked by others"),
    _("Was it checked by other scientists?"),
    2,
    (
        Choice("peer_reviewed", _("Yes, in a peer-reviewed journal or book"), 2),
        Choice("preprint_reviewed", _("Preprint with open reviews"), 1),
        Choice("preprint", _("No, a preprint"), 0),
    ),
)
INTERESTS = Question(
    "interests",
    _("Money and interests"),
    _("Who paid, and did the authors have a stake?"),
    2,
    (
        Choice("none", _("Stated, with no stake in the result"), 2),
        Choice("declared", _("Stated, with a stake in the result"), 1),
        Choice("not_stated", _("Not stated"), 0),
    ),
)
OTHER_RESEARCH = Question(
    "other_research",
    _("Other research"),
    _("Does other research agree?"),
    2,
    (
        Choice("agree", _("Independent studies agree"), 2),
        Choice("partly", _("Other studies agree in part"), 1),
        Choice("first", _("It is the first of its kind"), 0),
        Choice("contradicted", _("Other studies disagree"), 0),
    ),
)
REACH = Question(
    "reach",
    _("How many it touches"),
    _("How many readers does it touch?"),
    2,
    (
        Choice("many", _("Most people with the condition"), 2),
        Choice("some", _("Some people with the condition"), 1),
        Choice("few", _("Few people with the condition"), 0),
    ),
)
ACTIONABLE = Question(
    "actionable",
    _("Can anyone act on it"),
    _("Can anyone act on it now?"),
    2,
    (
        Choice("available", _("Yes, it is available now"), 2),
        Choice("in_trials", _("Not yet, it is in trials"), 1),
        Choice("years_away", _("No, it is years away"), 0),
    ),
)
NOVELTY = Question(
    "novelty",
    _("New to this site"),
    _("Is it new to this site?"),
    2,
    (
        Choice("new", _("Yes, we have not covered it before"), 2),
        Choice("adds", _("It adds to what we have covered"), 1),
        Choice("known", _("It repeats what we have covered"), 0),
    ),
)

CREDIBILITY_BANDS = (
    Band(
        "strong",
        5,
        _("Strong"),
        _("Several careful studies point the same way. More research is unlikely to change the main message."),
        16,
    ),
    Band(
        "good",
        4,
        _("Good"),
        _("A careful study in people. Later research could still change the details."),
        12,
    ),
    Band("moderate", 3, _("Moderate"), _("Useful, but with gaps. Wait for more research."), 8),
    Band(
        "weak",
        2,
        _("Weak"),
        _("Early or limited. Interesting, but not a reason to change anything."),
        4,
    ),
    Band("very_weak", 1, _("Very weak"), _("Too little to rely on."), 0),
)
INTEREST_BANDS = (
    Band("high", 3, _("High"), _("Touches many readers, and is new or can be acted on."), 5),
    Band("medium", 2, _("Medium"), _("Worth knowing about, for some readers or for later."), 3),
    Band("low", 1, _("Low"), _("Mostly of interest to specialists for now."), 0),
)

LABEL_WORDS = {
    "checking": {
        "peer_reviewed": _("Peer reviewed"),
        "preprint_reviewed": _("Preprint with open reviews"),
        "preprint": _("Not peer reviewed (preprint)"),
    },
    "population": {
        "people_outcome": _("People"),
        "people_marker": _("People"),
        "other_people": _("People"),
        "animals": _("Animals"),
        "human_tissue": _("Human tissue"),
        "animals_and_cells": _("Animals and cells"),
        "cells": _("Cells"),
        "computer": _("Computer model"),
    },
}

RUBRIC = Rubric(
    "2026-11",
    (DESIGN, POPULATION, SIZE, SAFEGUARDS, CHECKING, INTERESTS, OTHER_RESEARCH),
    (REACH, ACTIONABLE, NOVELTY),
    CREDIBILITY_BANDS,
    INTEREST_BANDS,
    LABEL_WORDS,
)
