"""Checks of what the study allows to say: species, cause, certainty, limits, harm."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext

from research.checking.claims import Part
from research.checking.facts import (
    ANIMAL_OR_LABORATORY_DESIGNS,
    ANIMAL_OR_LABORATORY_POPULATIONS,
    CANNOT_SHOW_CAUSE,
    Draft,
    StudyFacts,
)
from research.checking.findings import Finding, at, on_article
from research.checking.lexicon import pattern

# Words of a source that name a design which cannot show cause, for drafts whose rating is not answered yet.
OBSERVATIONAL = re.compile(
    r"\b(?:cohort|case[- ]control|cross-sectional|observational|retrospective\w*|registry|survey\w*|longitudinal"
    r"|epidemiolog\w+|population-based|genome-wide|prospective\w*)\b",
    re.IGNORECASE,
)
EXPERIMENT = re.compile(r"\brandomi[sz]ed\b|\brandomly\b|\bplacebo\b|\btrials?\b", re.IGNORECASE)
NEGATED = re.compile(r"\b(?:not|no|nor|never|without|cannot|neither|fail\w*)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
FEWEST_ANIMAL_WORDS = 2


def told_as_human(draft: Draft) -> Iterator[Finding]:
    """Yield one finding where animals, cells or a model were studied and the opening does not say so."""
    if not is_without_people(draft):
        return
    if not pattern("animals.txt", "laboratory.txt").search(draft.opening):
        message = gettext(
            "Title, takeaway and opening do not say that no people were studied: name the animal or the cells."
        )
        yield on_article("species", message, draft.opening, field="title")


def is_without_people(draft: Draft) -> bool:
    """True for a study without people: by the rating's answers, else its record, else the source's words."""
    if draft.population or draft.design:
        return draft.population in ANIMAL_OR_LABORATORY_POPULATIONS or draft.design in ANIMAL_OR_LABORATORY_DESIGNS
    headings = {heading.lower() for heading in draft.facts.mesh_terms}
    if {"animals", "humans"} & headings:
        return "humans" not in headings
    return _is_animal_by_words(draft.facts)


def _is_animal_by_words(facts: StudyFacts) -> bool:
    animals = len(pattern("animals.txt").findall(facts.words))
    people = len(pattern("people.txt").findall(facts.words))
    return bool(animals and not people) or (animals >= FEWEST_ANIMAL_WORDS and animals > people)


def stronger_than_design(draft: Draft) -> Iterator[Finding]:
    """Yield sentences with a causal word and no hedge, for designs that cannot show cause."""
    reason = _why_no_cause(draft)
    if not reason:
        return
    animals = is_without_people(draft)
    for claim in draft.in_parts(Part.TITLE, Part.SUMMARY, Part.TAKEAWAY, Part.FINDINGS):
        if pattern("hedges.txt", "linked.txt").search(claim.text) or claim.text.endswith("?"):
            continue
        if animals and pattern("animals.txt", "laboratory.txt").search(claim.text):
            continue
        causal = next((found for found in pattern("causal.txt").finditer(claim.text)
                       if not NEGATED.search(claim.text[: found.start()])), None)  # fmt: skip
        if causal:
            message = gettext("“%(group)s” says that one thing makes another; %(reason)s.") % {
                "group": causal.group(),
                "reason": reason,
            }
            yield at(claim, "stronger_than_design", message, (causal.group(),))


def _why_no_cause(draft: Draft) -> str:
    """Return why the design cannot carry a causal word, "" where it can."""
    if draft.design in CANNOT_SHOW_CAUSE:
        return gettext("the design is “%(design_words)s”") % {"design_words": draft.design_words}
    if draft.facts.is_preprint or draft.content.appraisal.get("checking") == "preprint":
        return gettext("the source is a preprint that nobody has reviewed yet")
    if not draft.design and is_without_people(draft):
        return gettext("the study was not done in people")
    words = draft.facts.words
    if not draft.design and OBSERVATIONAL.search(words) and not EXPERIMENT.search(words):
        return gettext("the source reads like a study that only watched")
    return ""


def certainty_lost(draft: Draft) -> Iterator[Finding]:
    """Yield a finding where the source doubts and the summary does not; and at sentences whose passage doubts."""
    doubt = pattern("uncertainty.txt").search(draft.facts.words)
    kept = pattern("uncertainty-kept.txt", "hedges.txt")
    told = "\n".join(claim.text for claim in draft.claims if not claim.is_heading)
    if doubt and not kept.search(told):
        yield on_article(
            "certainty_lost",
            gettext("The source says “%(group)s”; no word here keeps its doubt.") % {"group": doubt.group()},
            draft.text,
        )
    for claim in draft.claims:
        quotes = " ".join(passage.quote for passage in claim.passages)
        doubt = pattern("uncertainty.txt").search(quotes)
        if doubt and not kept.search(claim.text):
            yield at(
                claim,
                "certainty_lost",
                gettext("Its passage says “%(group)s”; this sentence does not.") % {"group": doubt.group()},
            )


def limits_missing(draft: Draft) -> Iterator[Finding]:
    """Yield one finding where Important considerations, or a text without sections, names no limit."""
    claims = draft.in_parts(Part.LIMITS) or list(draft.claims)
    text = "\n".join(claim.text for claim in claims if not claim.is_heading)
    if text and not pattern("limits.txt").search(text):
        field = f"sections/{Part.LIMITS}" if draft.in_parts(Part.LIMITS) else ""
        message = gettext("Important considerations names no limit: how small, how short, what it cannot show.")
        yield on_article("limits_missing", message, text, field=field)


def harm_missing(draft: Draft) -> Iterator[Finding]:
    """Yield one finding where a study in people tells of harm or safety, and the summary nowhere does."""
    if is_without_people(draft):
        return
    told = pattern("harms.txt").search("\n".join(text.text for text in draft.facts.texts))
    if told and not pattern("harms-told.txt").search(draft.text):
        yield on_article(
            "harm_missing",
            gettext("The source speaks of “%(group)s”; the summary does not.") % {"group": told.group()},
            draft.text,
        )
