"""The questions, bands and labels of version 2026-11."""

from research.rubric.types import Band, Choice, Question, Rubric

DESIGN = Question(
    "design",
    "Kind of study",
    "What kind of study is it?",
    6,
    (
        Choice("systematic_review", "Systematic review of fitting studies", 6),
        Choice("randomised_trial", "Randomised trial", 5),
        Choice("fitting_design", "Another design that best fits the question asked", 5),
        Choice("controlled_study", "Controlled study, not randomised", 4),
        Choice("prospective_cohort", "Study following groups forward in time", 4),
        Choice("retrospective_cohort", "Study looking back at records of groups", 3),
        Choice("case_control", "Case–control study", 3),
        Choice("cross_sectional", "Snapshot at one point in time", 3),
        Choice("genetic", "Genetic study", 3),
        Choice("single_arm", "Study with one group and no comparison", 2),
        Choice("before_after", "Before-and-after study", 2),
        Choice("case_series", "Report on a series of people", 2),
        Choice("animal_study", "Animal study", 1),
        Choice("laboratory_study", "Laboratory study", 1),
        Choice("computer_study", "Computer study", 1),
        Choice("narrative_review", "Review of research", 1),
        Choice("case_report", "Report on one person", 1),
        Choice("opinion", "Opinion", 0),
        Choice("conference_abstract", "Conference abstract", 0),
    ),
)
POPULATION = Question(
    "population",
    "Who and what",
    "Who or what was studied, and what was measured?",
    3,
    (
        Choice("people_outcome", "People with the condition, and something they notice", 3),
        Choice("people_marker", "People with the condition, but a blood or scan marker", 2),
        Choice("other_people", "People unlike those with the condition", 2),
        Choice("animals", "Animals", 1),
        Choice("human_tissue", "Donated human tissue", 1),
        Choice("animals_and_cells", "Animals and cells", 1),
        Choice("cells", "Cells in a laboratory", 0),
        Choice("computer", "A computer model", 0),
    ),
)
SIZE = Question("people", "Size", "How many people took part?", 3)
SAFEGUARDS = Question("safeguards", "Safeguards", "Was the study planned and measured with care?", 2)
CHECKING = Question(
    "checking",
    "Checked by others",
    "Was it checked by other scientists?",
    2,
    (
        Choice("peer_reviewed", "Yes, in a peer-reviewed journal or book", 2),
        Choice("preprint_reviewed", "Preprint with open reviews", 1),
        Choice("preprint", "No, a preprint", 0),
    ),
)
INTERESTS = Question(
    "interests",
    "Money and interests",
    "Who paid, and did the authors have a stake?",
    2,
    (
        Choice("none", "Stated, with no stake in the result", 2),
        Choice("declared", "Stated, with a stake in the result", 1),
        Choice("not_stated", "Not stated", 0),
    ),
)
OTHER_RESEARCH = Question(
    "other_research",
    "Other research",
    "Does other research agree?",
    2,
    (
        Choice("agree", "Independent studies agree", 2),
        Choice("partly", "Other studies agree in part", 1),
        Choice("first", "It is the first of its kind", 0),
        Choice("contradicted", "Other studies disagree", 0),
    ),
)
REACH = Question(
    "reach",
    "How many it touches",
    "How many readers does it touch?",
    2,
    (
        Choice("many", "Most people with the condition", 2),
        Choice("some", "Some people with the condition", 1),
        Choice("few", "Few people with the condition", 0),
    ),
)
ACTIONABLE = Question(
    "actionable",
    "Can anyone act on it",
    "Can anyone act on it now?",
    2,
    (
        Choice("available", "Yes, it is available now", 2),
        Choice("in_trials", "Not yet, it is in trials", 1),
        Choice("years_away", "No, it is years away", 0),
    ),
)
NOVELTY = Question(
    "novelty",
    "New to this site",
    "Is it new to this site?",
    2,
    (
        Choice("new", "Yes, we have not covered it before", 2),
        Choice("adds", "It adds to what we have covered", 1),
        Choice("known", "It repeats what we have covered", 0),
    ),
)

CREDIBILITY_BANDS = (
    Band(
        "strong",
        5,
        "Strong",
        "Several careful studies point the same way. More research is unlikely to change the main message.",
        16,
    ),
    Band(
        "good",
        4,
        "Good",
        "A careful study in people. Later research could still change the details.",
        12,
    ),
    Band("moderate", 3, "Moderate", "Useful, but with gaps. Wait for more research.", 8),
    Band(
        "weak",
        2,
        "Weak",
        "Early or limited. Interesting, but not a reason to change anything.",
        4,
    ),
    Band("very_weak", 1, "Very weak", "Too little to rely on.", 0),
)
INTEREST_BANDS = (
    Band("high", 3, "High", "Touches many readers, and is new or can be acted on.", 5),
    Band("medium", 2, "Medium", "Worth knowing about, for some readers or for later.", 3),
    Band("low", 1, "Low", "Mostly of interest to specialists for now.", 0),
)

LABEL_WORDS = {
    "checking": {
        "peer_reviewed": "Peer reviewed",
        "preprint_reviewed": "Preprint with open reviews",
        "preprint": "Not peer reviewed (preprint)",
    },
    "population": {
        "people_outcome": "People",
        "people_marker": "People",
        "other_people": "People",
        "animals": "Animals",
        "human_tissue": "Human tissue",
        "animals_and_cells": "Animals and cells",
        "cells": "Cells",
        "computer": "Computer model",
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
