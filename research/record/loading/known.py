"""What a line names and the record has: sections, studies, topics, people and terms of the glossary."""

from collections.abc import Callable, Collection
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from common.models import User
from research.models.explainers import GlossaryTerm
from research.models.people import Person
from research.models.references import Study
from research.models.sections import TopicIndexPage
from research.models.topics import Topic, TopicAddress
from research.record.loading.lines import LineRefused
from research.sources.pasted import Identifier, identifiers_in


class Known:
    """Looks up what lines name; each table is read once, but for studies: see ``expect_studies``."""

    def __init__(self, owner: User, *, add_missing: bool = False) -> None:
        self.owner, self.add_missing = owner, add_missing
        self._sections: dict[str, TopicIndexPage] = {}
        self._studies: dict[str, Study] = {}

    def section(self, slug: Any, language: Any = None) -> TopicIndexPage:
        """Return the section in which the owner may write.

        Raises:
            LineRefused: there is none, the owner may not, or its articles are in another language.
        """
        if str(slug) not in self._sections:
            found = TopicIndexPage.objects.filter(slug=slug).first() if isinstance(slug, str) else None
            if found is None:
                raise LineRefused(f"“section”: there is no section “{slug}”. Give the word in its address.")
            if not found.permissions_for_user(self.owner).can_add_subpage():
                raise LineRefused(f"“section”: {self.owner} may not write in “{slug}”. Name another owner.")
            self._sections[str(slug)] = found
        section = self._sections[str(slug)]
        if language is not None and str(language).lower() != section.language.lower():
            raise LineRefused(
                f"“language”: the articles of “{slug}” are in {section.language}. Name a section of this language."
            )
        return section

    def expect_studies(self, asked: Collection[Identifier]) -> None:
        """Look up studies that the next lines name, in one statement; those of before are forgotten."""
        dois, pmids = {one.doi for one in asked if one.doi}, {one.pmid for one in asked if one.pmid}
        self._studies = {}
        for study in Study.objects.filter(Q(doi__in=dois) | Q(pmid__in=pmids)) if asked else ():
            self._studies.update({key: study for key in (study.doi, study.pmid) if key})

    def study(self, words: Any) -> Study:
        """Return the study with this DOI or PMID, in whatever form it is written.

        Raises:
            LineRefused: it is neither, or not on record.
        """
        identifier = identifier_in(words)
        if identifier is None:
            raise LineRefused(f"“study”: “{words}” is neither a DOI nor a PubMed number.")
        study = self._studies.get(identifier.doi or identifier.pmid)
        if study is None:
            named = identifier.doi or identifier.pmid
            raise LineRefused(f"“study”: {named} is not on record. “manage.py import_studies {named}” brings it.")
        return study

    def topic(self, name: Any) -> Topic:
        """Return the topic of this name, other name, or address; where that is wanted, a new one.

        Raises:
            LineRefused: there is none.
        """
        return self._one(self._topics, name, "topics", "topic", lambda: Topic(name=str(name).strip()))

    def person(self, name: Any) -> Person:
        """Return the contributor of this name, or with this ORCID; where that is wanted, a new one.

        Raises:
            LineRefused: there is none, or several have the name.
        """
        found = self._one(self._people, name, "authors", "contributor", lambda: Person(name=str(name).strip()))
        if found is None:
            raise LineRefused(f"“authors”: several contributors are called “{name}”. Give the ORCID instead.")
        return found

    @cached_property
    def terms(self) -> dict[str, GlossaryTerm]:
        """The glossary, by its terms in lower case."""
        return {term.term.casefold(): term for term in GlossaryTerm.objects.all()}

    @cached_property
    def _topics(self) -> dict[str, Any]:
        topics = list(Topic.objects.all())
        known = {address.slug: address.topic for address in TopicAddress.objects.select_related("topic")}
        known |= {name.casefold(): topic for topic in topics for name in topic.all_names()}
        return known | {word: topic for topic in topics for word in (topic.slug, topic.name.casefold())}

    @cached_property
    def _people(self) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for person in Person.objects.not_erased():
            name = person.name.casefold()
            known[name] = None if name in known else person
            if person.orcid:
                known[person.orcid.casefold()] = person
        return known

    def _one(self, known: dict[str, Any], name: Any, field: str, noun: str, make: Callable[[], Any]) -> Any:
        key = name.strip().casefold() if isinstance(name, str) else ""
        if key in known:
            return known[key]
        if not key or not self.add_missing:
            raise LineRefused(f"“{field}”: there is no {noun} “{name}”. Add it first, or load with --add-missing.")
        made = make()
        try:
            made.full_clean()
        except ValidationError as error:
            raise LineRefused(f"“{field}”: {noun} “{name}” cannot be added: {' '.join(error.messages)}") from error
        made.save()
        known[key] = made
        return made


def identifier_in(words: Any) -> Identifier | None:
    """Return the one DOI or PubMed number in some words, or in an object with ``doi`` or ``pmid``."""
    if isinstance(words, dict):
        words = words.get("doi") or words.get("pmid")
    found, problems = identifiers_in(str(words or ""))
    return found[0] if len(found) == 1 and not problems else None
