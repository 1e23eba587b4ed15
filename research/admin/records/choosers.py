"""Choosers for the record: search by title, DOI or PMID, and add what is missing on the spot.

They stand apart from the chooser that blocks hold: forms of models are built once all models are loaded.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column

from research.admin.records.forms import StudyForm
from research.editor.choosers import SearchedChooserViewSet, WordsFilterForm, filter_by, term_chooser
from research.models.people import Person
from research.models.references import Journal, Study
from research.models.topics import Topic
from research.sources.identifiers import normalise_doi


class StudyFilterForm(WordsFilterForm):
    """Finds studies by words of the title, by DOI or by PMID."""

    def matching(self, objects: Any, query: str) -> QuerySet:
        """Return the studies that the words, the DOI, the start of a DOI or the PMID point to."""
        return objects.matching(query) | objects.filter(doi__startswith=normalise_doi(query))


class StudyChooserViewSet(SearchedChooserViewSet):
    """Chooses the source study of an article."""

    model = Study
    icon = "doc-full-inverse"
    choose_one_text = _("Choose a study")
    choose_another_text = _("Choose another study")
    edit_item_text = _("Edit this study")
    create_action_label = _("Add study")
    creation_form_class = StudyForm
    creation_tab_label = _("Add a study")
    filter_form = StudyFilterForm
    extra_columns = (
        Column("journal", label=_("Journal")),
        Column("date_words", label=_("Published")),
        Column("doi", label="DOI"),
        Column("pmid", label="PMID"),
    )


class PersonChooserViewSet(SearchedChooserViewSet):
    """Chooses a contributor."""

    model = Person
    icon = "user"
    choose_one_text = _("Choose a person")
    choose_another_text = _("Choose another person")
    create_action_label = _("Add person")
    creation_tab_label = _("Add a person")
    form_fields = ["name", "credentials", "role", "orcid"]
    filter_form = filter_by("name", "credentials")
    extra_columns = (Column("credentials", label=_("Credentials")),)


class TopicChooserViewSet(SearchedChooserViewSet):
    """Chooses a topic."""

    model = Topic
    icon = "tag"
    choose_one_text = _("Choose a topic")
    choose_another_text = _("Choose another topic")
    create_action_label = _("Add topic")
    creation_tab_label = _("Add a topic")
    form_fields = ["name", "definition", "synonyms", "parents"]
    filter_form = filter_by("name", "synonyms")


class JournalChooserViewSet(SearchedChooserViewSet):
    """Chooses a journal."""

    model = Journal
    icon = "openquote"
    choose_one_text = _("Choose a journal")
    choose_another_text = _("Choose another journal")
    create_action_label = _("Add journal")
    creation_tab_label = _("Add a journal")
    form_fields = ["name", "kind", "issn"]
    filter_form = filter_by("name", "issn")


CHOOSERS = (
    StudyChooserViewSet("study_chooser"),
    PersonChooserViewSet("person_chooser"),
    TopicChooserViewSet("topic_chooser"),
    JournalChooserViewSet("journal_chooser"),
    term_chooser,
)
