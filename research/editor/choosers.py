"""Choosers for the record: search by title, DOI or PMID, and add what is missing on the spot."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.module_loading import import_string
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.chooser import ChooseResultsView, ChooseView, CreateView, CreationFormMixin
from wagtail.admin.viewsets.chooser import ChooserViewSet

from research.models.glossary import GlossaryTerm
from research.models.people import Person
from research.models.references import Journal, Study
from research.models.topics import Topic
from research.review import contributions
from research.sources.identifiers import normalise_doi


class WordsFilterForm(BaseFilterForm):
    """Finds rows in which every word occurs in one of the fields."""

    fields_searched: tuple[str, ...] = ()
    q = forms.CharField(label="Search", required=False, widget=forms.TextInput(attrs={"placeholder": "Search"}))

    def filter(self, objects: QuerySet) -> QuerySet:
        """Return the rows that match what was typed; all of them when nothing was."""
        query = self.cleaned_data.get("q", "").strip()
        if not query:
            return objects
        self.is_searching, self.search_query = True, query
        return self.matching(objects, query)

    def matching(self, objects: QuerySet, query: str) -> QuerySet:
        """Return the rows in which every word of the query occurs."""
        for word in query.split():
            found = Q()
            for field in self.fields_searched:
                found |= Q(**{f"{field}__icontains": word})
            objects = objects.filter(found)
        return objects


class StudyFilterForm(WordsFilterForm):
    """Finds studies by words of the title, by DOI or by PMID."""

    def matching(self, objects: Any, query: str) -> QuerySet:
        """Return the studies that the words, the DOI, the start of a DOI or the PMID point to."""
        return objects.matching(query) | objects.filter(doi__startswith=normalise_doi(query))


def _filter_by(*fields: str) -> type[WordsFilterForm]:
    return type("FilterForm", (WordsFilterForm,), {"fields_searched": fields})


class OwnIdentifiersMixin(CreationFormMixin):
    """Keeps the labels of the modal's form from pointing at fields of the page behind it."""

    def get_creation_form_kwargs(self) -> dict[str, Any]:
        """Return what the form takes, with identifiers of its own."""
        return {**super().get_creation_form_kwargs(), "auto_id": "chooser-%s"}


class RecordingCreateView(OwnIdentifiersMixin, CreateView):
    """Adds a record; of a subject that is signed, it notes who wrote it."""

    def save_form(self, form: Any) -> Any:
        """Save, then add the contributor's line."""
        created = super().save_form(form)
        if hasattr(created, "subject_uuid"):
            contributions.record(created.subject_uuid, self.request.user)
        return created


class SearchedChooserViewSet(ChooserViewSet):
    """A chooser whose two list views share a filter form and columns."""

    create_view_class = RecordingCreateView

    filter_form: type[WordsFilterForm]
    extra_columns: tuple[Column, ...] = ()

    def _view(self, base: type) -> type:
        extra = list(self.extra_columns)

        class View(OwnIdentifiersMixin, base):
            filter_form_class = self.filter_form

            @property
            def columns(self):
                return [*super().columns, *extra]

        return View

    @property
    def choose_view_class(self):
        """The whole modal."""
        return self._view(ChooseView)

    @property
    def choose_results_view_class(self):
        """The list within it, as one types."""
        return self._view(ChooseResultsView)


class StudyChooserViewSet(SearchedChooserViewSet):
    """Chooses the source study of an article."""

    model = Study
    icon = "doc-full-inverse"
    choose_one_text = "Choose a study"
    choose_another_text = "Choose another study"
    edit_item_text = "Edit this study"
    create_action_label = "Add study"
    creation_tab_label = "Add a study"
    filter_form = StudyFilterForm
    extra_columns = (
        Column("journal", label="Journal"),
        Column("date_words", label="Published"),
        Column("doi", label="DOI"),
        Column("pmid", label="PMID"),
    )

    @cached_property
    def creation_form_class(self):
        """The record's own form; forms cannot be built while the models that use choosers load."""
        return import_string("research.editor.record_forms.StudyForm")


class PersonChooserViewSet(SearchedChooserViewSet):
    """Chooses a contributor."""

    model = Person
    icon = "user"
    choose_one_text = "Choose a person"
    choose_another_text = "Choose another person"
    create_action_label = "Add person"
    creation_tab_label = "Add a person"
    form_fields = ["name", "credentials", "role", "orcid"]
    filter_form = _filter_by("name", "credentials")
    extra_columns = (Column("credentials", label="Credentials"),)


class TopicChooserViewSet(SearchedChooserViewSet):
    """Chooses a topic."""

    model = Topic
    icon = "tag"
    choose_one_text = "Choose a topic"
    choose_another_text = "Choose another topic"
    create_action_label = "Add topic"
    creation_tab_label = "Add a topic"
    form_fields = ["name", "definition", "synonyms", "parents"]
    filter_form = _filter_by("name", "synonyms")


class JournalChooserViewSet(SearchedChooserViewSet):
    """Chooses a journal."""

    model = Journal
    icon = "openquote"
    choose_one_text = "Choose a journal"
    choose_another_text = "Choose another journal"
    create_action_label = "Add journal"
    creation_tab_label = "Add a journal"
    form_fields = ["name", "kind", "issn"]
    filter_form = _filter_by("name", "issn")


class TermChooserViewSet(SearchedChooserViewSet):
    """Chooses a glossary term."""

    model = GlossaryTerm
    icon = "openquote"
    choose_one_text = "Choose a term"
    choose_another_text = "Choose another term"
    create_action_label = "Add term"
    creation_tab_label = "Add a term"
    form_fields = ["term", "plain_words", "synonyms"]
    filter_form = _filter_by("term", "synonyms")


study_chooser = StudyChooserViewSet("study_chooser")
person_chooser = PersonChooserViewSet("person_chooser")
topic_chooser = TopicChooserViewSet("topic_chooser")
journal_chooser = JournalChooserViewSet("journal_chooser")
term_chooser = TermChooserViewSet("term_chooser")

TermChooserBlock = term_chooser.get_block_class(name="TermChooserBlock", module_path="research.editor.choosers")

CHOOSERS = (study_chooser, person_chooser, topic_chooser, journal_chooser, term_chooser)
