"""What a study's record already answers of the rubric: suggestions to confirm, each with the words it was found in."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from research import rubric
from research.editor import suggestions
from research.editor.sample_size import suggest_people
from research.models.references import Journal, Study


@dataclass(frozen=True)
class AnswerSuggestion:
    """An answer: the field of the appraisal, its value, that value in words, and where the record says so."""

    field: str
    value: str
    words: str
    found_in: str


def suggested_answers(study: Study) -> list[AnswerSuggestion]:
    """Return what a study's record answers, in the order of the questions; a person confirms each, or does not."""
    return [*_design(study), *_population(study), *_people(study), *_registered(study), *_checking(study)]


def _design(study: Study) -> Iterator[AnswerSuggestion]:
    headings = [term.get("name", "") for term in study.mesh_terms]
    found = suggestions.suggest_design(study.publication_types, headings, study.title)
    if found is not None:
        yield AnswerSuggestion("design", found.key, found.words, found.found_in)


def _population(study: Study) -> Iterator[AnswerSuggestion]:
    """Only what needs no judgement: that nobody took part. Of people, what was measured has to be read."""
    headings = {str(term.get("name", "")).lower() for term in study.mesh_terms}
    if "animals" in headings and "humans" not in headings:
        words = next(choice.words for choice in rubric.POPULATION.choices if choice.key == "animals")
        yield AnswerSuggestion("population", "animals", words, gettext("MeSH “Animals” without “Humans”"))


def _people(study: Study) -> Iterator[AnswerSuggestion]:
    found = suggest_people(suggestions.abstract_text(study.abstract))
    if found is not None:
        where = gettext("“%(found_in)s”; one in four such numbers is wrong") % {"found_in": found.found_in}
        yield AnswerSuggestion(
            "people", str(found.number), gettext("%(number)s people") % {"number": found.number}, where
        )


def _registered(study: Study) -> Iterator[AnswerSuggestion]:
    numbers = [found.number for found in suggestions.suggest_registrations(study.registrations)]
    if numbers:
        where = gettext("the record names %(numbers)s; look there whether that was in advance") % {
            "numbers": ", ".join(numbers)
        }
        yield AnswerSuggestion("registered", "yes", gettext("Yes"), where)


def _checking(study: Study) -> Iterator[AnswerSuggestion]:
    journal = study.journal
    if study.kind == Study.Kind.PREPRINT or (journal and journal.kind == Journal.Kind.PREPRINT_SERVER):
        key, where = "preprint", gettext("the record is one of a preprint")
    elif journal and study.kind == Study.Kind.JOURNAL_ARTICLE and study.pmid:
        key, where = "peer_reviewed", gettext("published in “%(name)s” and listed in PubMed") % {"name": journal.name}
    else:
        return
    words = next(choice.words for choice in rubric.CHECKING.choices if choice.key == key)
    yield AnswerSuggestion("checking", key, words, where)
