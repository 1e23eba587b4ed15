"""The credibility rubric (seven questions, limits) and the interest rating (three questions).

Pure data and functions: no models, no settings, no clock. Ratings are computed from answers,
never typed. A rubric that changes gets a new version beside the old one, because sealed articles
keep the version they were signed with.

Source: Oxford CEBM levels 2011 and GRADE for the order of designs; McMaster MORE for keeping
interest apart from credibility.
"""

from research.rubric.rating import (
    CURRENT_VERSION,
    RUBRICS,
    band_after,
    needs_modest_headline,
    rate_credibility,
    rate_interest,
    study_labels,
)
from research.rubric.types import Question, Rating
from research.rubric.v2026_11 import (
    ACTIONABLE,
    CHECKING,
    CREDIBILITY_BANDS,
    DESIGN,
    INTERESTS,
    NOVELTY,
    OTHER_RESEARCH,
    POPULATION,
    REACH,
)

__all__ = [
    "ACTIONABLE",
    "CHECKING",
    "CREDIBILITY_BANDS",
    "CURRENT_VERSION",
    "DESIGN",
    "INTERESTS",
    "NOVELTY",
    "OTHER_RESEARCH",
    "POPULATION",
    "REACH",
    "RUBRICS",
    "Question",
    "Rating",
    "band_after",
    "needs_modest_headline",
    "rate_credibility",
    "rate_interest",
    "study_labels",
]
