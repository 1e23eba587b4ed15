"""What choosers share, and the chooser that blocks hold: of glossary terms."""

from collections.abc import Hashable, Mapping
from typing import Any

from django import forms
from django.db.models import Model, Q, QuerySet
from django.forms.models import BaseModelForm
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.chooser import ChooseResultsView, ChooseView, CreateView, CreationFormMixin
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.widgets.chooser import BaseChooser

from common.frames import Frame, mark
from research.models.explainers import GlossaryTerm
from research.models.texts import PublishedText
from research.review import contributions

_drawn: dict[Hashable, Frame] = {}


class ChooserOfKnown(BaseChooser):
    """A chooser that is given what its form has read already, and does not read it again to name it."""

    known: Model | None = None
    # What differs between two choosers of a kind.
    said = ("choose_one_text", "choose_another_text", "link_to_chosen_text", "clear_choice_text")
    shown = ("is_required", "show_edit_link", "show_clear_link", "is_localized")

    def get_instance(self, value: Any) -> Any:
        """Return what a value stands for."""
        is_known = self.known is not None and str(self.known.pk) == str(value)
        return self.known if is_known else super().get_instance(value)

    def render_html(self, name: str, value_data: Mapping[str, Any] | None, attrs: Mapping[str, Any]) -> SafeString:
        """Return what Wagtail's templates draw; they do it once for each language."""
        given = value_data or {}
        texts = {attribute: value for attribute, value in attrs.items() if isinstance(value, str)}
        drawn_with = (
            type(self),
            get_language(),
            tuple(str(getattr(self, text)) for text in self.said),
            tuple(bool(getattr(self, fact)) for fact in self.shown),
            tuple(bool(given.get(fact)) for fact in ("id", "edit_url")),
            frozenset((attribute, "" if attribute in texts else value) for attribute, value in attrs.items()),
        )
        frame = _drawn.get(drawn_with)
        if frame is None:
            blank = {fact: mark(fact) if value else value for fact, value in given.items()}
            marked = {attribute: mark(f"attribute {attribute}") for attribute in texts}
            frame = _drawn[drawn_with] = Frame(super().render_html(mark("name"), blank, {**attrs, **marked}))
        values = {f"attribute {attribute}": value for attribute, value in texts.items()}
        return frame.filled({**given, **values, "name": name})

    @classmethod
    def tell(cls, form: BaseModelForm) -> None:
        """Give the choosers of a form what its instance knows of its keys."""
        for name, field in form.fields.items():
            if isinstance(field.widget, cls):
                field.widget.known = form.instance._state.fields_cache.get(name)


class WordsFilterForm(BaseFilterForm):
    """Finds rows in which every word occurs in one of the fields."""

    fields_searched: tuple[str, ...] = ()
    q = forms.CharField(label=_("Search"), required=False, widget=forms.TextInput(attrs={"placeholder": _("Search")}))

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


def filter_by(*fields: str) -> type[WordsFilterForm]:
    """Return a filter form that searches these fields."""
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

    base_widget_class = ChooserOfKnown
    create_view_class = RecordingCreateView

    filter_form: type[WordsFilterForm]
    extra_columns: tuple[Column, ...] = ()

    def _view(self, base: type) -> type:
        extra = list(self.extra_columns)

        class View(OwnIdentifiersMixin, base):
            filter_form_class = self.filter_form

            @property
            def columns(self) -> list[Column]:
                return [*super().columns, *extra]

        return View

    @property
    def choose_view_class(self) -> type:
        """The whole modal."""
        return self._view(ChooseView)

    @property
    def choose_results_view_class(self) -> type:
        """The list within it, as one types."""
        return self._view(ChooseResultsView)


def _is_signed(term: GlossaryTerm) -> str:
    """Return in a word whether readers see anything of a term."""
    return (
        gettext("Yes") if PublishedText.objects.filter(subject_uuid=term.subject_uuid).exists() else gettext("Not yet")
    )


class TermChooserViewSet(SearchedChooserViewSet):
    """Chooses a glossary term."""

    model = GlossaryTerm
    icon = "openquote"
    choose_one_text = _("Choose a term")
    choose_another_text = _("Choose another term")
    create_action_label = _("Add term")
    creation_tab_label = _("Add a term")
    form_fields = ["term", "plain_words", "synonyms"]
    filter_form = filter_by("term", "synonyms")
    extra_columns = (
        Column("plain_words", label=_("In plain words")),
        Column("signed", label=_("Countersigned"), accessor=_is_signed),
    )


term_chooser = TermChooserViewSet("term_chooser")

TermChooserBlock = term_chooser.get_block_class(name="TermChooserBlock", module_path="research.editor.choosers")
