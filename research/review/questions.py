"""The questions a medical reviewer answers before signing, and what a complete answer is.

The answers are kept with the questions as asked. Source: evidence checks for plain-language
summaries (numbers, species, causal language, certainty, absolute risk, limits, hype, terms, money,
status of the source).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

QUESTIONS_VERSION = "2026-11"

YES, NO, NOT_APPLICABLE = "yes", "no", "na"
ANSWER_WORDS = {YES: "Yes", NO: "No", NOT_APPLICABLE: "Not applicable"}
# White space has forms that no strip() knows, such as the zero-width space.
HAS_WORDS = re.compile(r"\w")
NO_STAKE, STAKE = "none", "stake"


@dataclass(frozen=True)
class ReviewQuestion:
    """One item of the review form: what is asked, and what to look for."""

    key: str
    asks: str
    look_for: str


REVIEW_QUESTIONS = (
    ReviewQuestion(
        "source_read",
        "Did you read the source study itself, not only its abstract?",
        "Abstracts often overstate. Say so if only the abstract was within reach.",
    ),
    ReviewQuestion(
        "numbers",
        "Is every number in the source, and does it mean the same there?",
        "Figures, percentages, “1 in 5”, ranges, the icon arrays, the captions.",
    ),
    ReviewQuestion(
        "species",
        "Do the title, takeaway and opening say who or what was studied?",
        "Animal or laboratory work must not read as if done in people.",
    ),
    ReviewQuestion(
        "causal",
        "Is no claim stronger than the design allows?",
        "Causal words for studies that only watched. “Can” is no hedge.",
    ),
    ReviewQuestion(
        "certainty",
        "Is the certainty of the source kept?",
        "“May”, “no clear difference”, low certainty: still there?",
    ),
    ReviewQuestion(
        "absolute",
        "Are changes in risk given in numbers of people, with one denominator?",
        "Not “halved” or “30% lower” alone.",
    ),
    ReviewQuestion(
        "limits",
        "Are the limits said plainly under Important considerations?",
        "Size, length, who was left out, what it cannot prove.",
    ),
    ReviewQuestion(
        "hype",
        "Is it free of hype and of false hope?",
        "Breakthrough, promising, cure: would a worried reader be misled?",
    ),
    ReviewQuestion(
        "terms",
        "Is every hard word explained or replaced?",
        "Abbreviations on first use, medical terms, units.",
    ),
    ReviewQuestion(
        "no_advice",
        "Does it keep from telling anyone to start, stop or change treatment?",
        "It should point to the care team instead.",
    ),
    ReviewQuestion(
        "money",
        "Are funding and interests of the study stated as its record has them?",
        "“Not stated” is not “none”.",
    ),
    ReviewQuestion(
        "status",
        "Did you check that the study is not retracted, corrected or replaced?",
        "Look at the notices beside this form and at the journal's page.",
    ),
    ReviewQuestion(
        "ratings",
        "Do you agree with each answer behind the two ratings?",
        "The rating shows to readers with your name.",
    ),
)


def complete_answers(answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the answers with the questions as asked, in order.

    Args:
        answers: by question key, a mapping with ``answer`` (yes, no, na) and ``note``.

    Raises:
        ValidationError: by question key; an answer is blank or unknown, or a no or a not-applicable
            comes without its note or reason.
    """
    problems: dict[str, str] = {}
    complete = []
    for question in REVIEW_QUESTIONS:
        given = answers.get(question.key)
        given = given if isinstance(given, Mapping) else {}
        answer, note = str(given.get("answer", "")), str(given.get("note", "")).strip()
        note = note if HAS_WORDS.search(note) else ""
        if answer not in ANSWER_WORDS:
            problems[question.key] = gettext("Answer this question.")
        elif answer == NO and not note:
            problems[question.key] = gettext("Add a note: what is not so, and why it may stay.")
        elif answer == NOT_APPLICABLE and not note:
            problems[question.key] = gettext("Add the reason why it does not apply.")
        complete.append({"key": question.key, "asked": question.asks, "answer": answer, "note": note})
    if not problems and all(answer["answer"] != YES for answer in complete):
        problems[REVIEW_QUESTIONS[0].key] = gettext(
            "With no item answered “yes” there is nothing to sign: send it back."
        )
    if problems:
        raise ValidationError(problems)
    return complete


def given_answers(answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the answers that were given so far with the questions as asked, in order; none is required."""
    given = []
    for question in REVIEW_QUESTIONS:
        values = answers.get(question.key)
        values = values if isinstance(values, Mapping) else {}
        answer, note = str(values.get("answer", "")), str(values.get("note", "")).strip()
        if answer in ANSWER_WORDS or HAS_WORDS.search(note):
            kept = answer if answer in ANSWER_WORDS else ""
            given.append({"key": question.key, "asked": question.asks, "answer": kept, "note": note})
    return given
