"""What a study's record suggests for its article: design, topics, and whether it was registered in advance.

Pure functions. Each suggestion carries the words it was found in, for a person to confirm: two thirds of records
name no design at all. How many people took part is in ``sample_size``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from research import rubric


@dataclass(frozen=True)
class DesignSuggestion:
    """A kind of study: the rubric's key, its words, and where the record says so."""

    key: str
    words: str
    found_in: str


@dataclass(frozen=True)
class TopicSuggestion:
    """A topic, why it is suggested, and whether a machine chose the subject heading."""

    topic: Any
    found_in: str
    is_automated: bool = False


# In order: the first that fits is suggested.
DESIGN_OF_TYPE = (
    ("systematic review", "systematic_review"),
    ("meta-analysis", "systematic_review"),
    ("network meta-analysis", "systematic_review"),
    ("randomized controlled trial", "randomised_trial"),
    ("randomized controlled trial, veterinary", "animal_study"),
    ("pragmatic clinical trial", "randomised_trial"),
    ("equivalence trial", "randomised_trial"),
    ("controlled clinical trial", "controlled_study"),
    ("case reports", "case_report"),
    ("review", "narrative_review"),
    ("scoping review", "narrative_review"),
    ("editorial", "opinion"),
    ("letter", "opinion"),
    ("comment", "opinion"),
)
DESIGN_OF_HEADING = (
    ("retrospective studies", "retrospective_cohort"),
    ("prospective studies", "prospective_cohort"),
    ("case-control studies", "case_control"),
    ("cross-sectional studies", "cross_sectional"),
    ("genome-wide association study", "genetic"),
    ("mendelian randomization analysis", "genetic"),
    ("cohort studies", "prospective_cohort"),
    ("computer simulation", "computer_study"),
)
DESIGN_OF_TITLE = tuple(
    (re.compile(pattern, re.IGNORECASE), key)
    for pattern, key in (
        (r"\bsystematic review\b|\bmeta-?analysis\b", "systematic_review"),
        (r"\brandomi[sz]ed\b[\w\s,-]{0,60}\btrial\b", "randomised_trial"),
        (r"\bcase[ -]control\b", "case_control"),
        (r"\bcross-?sectional\b", "cross_sectional"),
        (r"\bretrospective\b", "retrospective_cohort"),
        (r"\bprospective\b[\w\s-]{0,30}\b(?:cohort|study)\b", "prospective_cohort"),
        (r"\bgenome-wide association\b|\bmendelian randomi[sz]ation\b", "genetic"),
        (r"\bcase series\b", "case_series"),
        (r"\bcase report\b", "case_report"),
        (r"\b(?:in|of) (?:mice|rats|zebrafish)\b|\b(?:mouse|rat) model\b", "animal_study"),
    )
)
PROTOCOL = re.compile(r"\bprotocol\b", re.IGNORECASE)


def suggest_design(publication_types: Iterable[str], mesh_names: Iterable[str], title: str) -> DesignSuggestion | None:
    """Return the kind of study that the record's types, then its headings, then its title tell; None for none."""
    types = {word.lower(): word for word in publication_types}
    headings = {word.lower(): word for word in mesh_names}
    for word, key in DESIGN_OF_TYPE:
        is_review = key in ("systematic_review", "narrative_review")
        if word in types and (is_review or not _is_animal(headings)):
            return _design(key, gettext("publication type “%(types)s”") % {"types": types[word]})
    if _is_animal(headings):
        return _design("animal_study", gettext("MeSH “Animals” without “Humans”"))
    for word, key in DESIGN_OF_HEADING:
        if word in headings:
            return _design(key, gettext("MeSH “%(headings)s”") % {"headings": headings[word]})
    return None if PROTOCOL.search(title) else _design_of_title(title)


def _is_animal(headings: Mapping[str, str]) -> bool:
    return "animals" in headings and "humans" not in headings


def _design_of_title(title: str) -> DesignSuggestion | None:
    for pattern, key in DESIGN_OF_TITLE:
        if found := pattern.search(title):
            return _design(key, gettext("title “… %(group)s …”") % {"group": found.group(0)})
    return None


def _design(key: str, found_in: str) -> DesignSuggestion:
    words = next(choice.words for choice in rubric.DESIGN.choices if choice.key == key)
    return DesignSuggestion(key, words, found_in)


@dataclass(frozen=True)
class RegistrationSuggestion:
    """Under which number a study was registered, and where that can be read; ``url`` may be ""."""

    number: str
    url: str


#: Where a registration can be read, by how its number begins.
REGISTERS = (
    ("NCT", "https://clinicaltrials.gov/study/{}"),
    ("ISRCTN", "https://www.isrctn.com/{}"),
    ("ACTRN", "https://www.anzctr.org.au/{}.aspx"),
    ("DRKS", "https://drks.de/search/en/trial/{}"),
)


def suggest_registrations(numbers: Iterable[str]) -> list[RegistrationSuggestion]:
    """Return the registrations that the record names: a sign, and no proof, that it was registered in advance."""
    return [
        RegistrationSuggestion(
            number, next((url.format(number) for start, url in REGISTERS if number.startswith(start)), "")
        )
        for number in numbers
    ]


def suggest_topics(
    mesh_terms: Iterable[Mapping[str, Any]], title: str, topics: Sequence[Any], keywords: Iterable[str] = ()
) -> list[TopicSuggestion]:
    """Return the topics that the record's headings, its authors' keywords or its title point to, each once.

    A heading finds a topic by its MeSH identifier, else by the topic's name or a synonym; headings that
    the indexer marked as major, themselves or by a qualifier, come first. Suggested, never assigned.
    """
    by_ui = {topic.mesh_ui: topic for topic in topics if topic.mesh_ui}
    by_name = {_folded(name): topic for topic in topics for name in topic.all_names()}
    found: dict[Any, TopicSuggestion] = {}
    for term in sorted(mesh_terms, key=lambda term: not _is_major(term)):
        topic = by_ui.get(term.get("ui")) or by_name.get(_folded(term.get("name", "")))
        if topic is not None and topic.pk not in found:
            found[topic.pk] = TopicSuggestion(
                topic, gettext("MeSH “%(heading)s”") % {"heading": _heading(term)}, bool(term.get("automated"))
            )
    for keyword in keywords:
        topic = by_name.get(_folded(keyword))
        if topic is not None and topic.pk not in found:
            found[topic.pk] = TopicSuggestion(
                topic, gettext("the authors’ keyword “%(keyword)s”") % {"keyword": keyword}
            )
    for topic in topics:
        if topic.pk not in found and (name := _name_in_title(topic, title)):
            found[topic.pk] = TopicSuggestion(topic, gettext("“%(name)s” in the title") % {"name": name})
    return list(found.values())


def _is_major(term: Mapping[str, Any]) -> bool:
    return bool(term.get("major")) or any(one.get("major") for one in term.get("qualifiers", ()))


def _heading(term: Mapping[str, Any]) -> str:
    """Return a heading with its qualifiers, such as "Brain Ischemia / surgery"."""
    return " / ".join([term.get("name", ""), *(one.get("name", "") for one in term.get("qualifiers", ()))])


def _folded(name: str) -> str:
    """Return a name as it is compared: without case, and without the s of a plural."""
    return re.sub(r"s\b", "", name.casefold().strip())


def _name_in_title(topic: Any, title: str) -> str:
    for name in topic.all_names():
        exact = len(name) <= 4  # an abbreviation such as "MS" means itself only in capitals
        if name and re.search(rf"\b{re.escape(name)}s?\b", title, 0 if exact else re.IGNORECASE):
            return name
    return ""


def abstract_text(abstract: Iterable[Sequence[str]]) -> str:
    """Return an abstract's labelled parts as one text."""
    return " ".join(text for _, text in abstract)
