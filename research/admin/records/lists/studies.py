"""Lists of what articles rest on: studies, their notices, journals, saved searches."""

from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail_modeladmin.helpers import ButtonHelper, PermissionHelper
from wagtail_modeladmin.options import ModelAdmin
from wagtail_modeladmin.views import CreateView, DeleteView, EditView

from common.models import AnyUser
from research.admin.records.forms import StudyForm, StudyNoticeForm
from research.admin.records.lists.signable import RecordedCreateView
from research.models.references import NOTICE_IS_KEPT, Journal, Study, StudyNotice
from research.models.watch import SavedSearch
from research.newsroom.refusals import tell
from research.reading.check_state import check_of
from research.record.consequences import react
from research.review import contributions


class SealedRecordEditView(EditView):
    """Edits a study or a journal; that counts as work on it where a citation of it reads otherwise afterwards."""

    def form_valid(self, form: Any) -> Any:
        """Save, then add the contributor's line."""
        response = super().form_valid(form)
        if set(form.changed_data) & form.instance.SEALED_FIELDS:
            contributions.record(form.instance.subject_uuid, self.request.user)
        return response


class JournalAdmin(ModelAdmin):
    """Journals."""

    model = Journal
    create_view_class = RecordedCreateView
    edit_view_class = SealedRecordEditView
    menu_icon = "list-ul"
    list_display = ("name", "kind", "issn")
    list_filter = ("kind",)
    list_export = ("name", "kind", "issn")
    search_fields = ("name", "issn")
    inspect_view_enabled = True


class StudyButtonHelper(ButtonHelper):
    """Adds the study's record, and the way to an article from it."""

    def get_buttons_for_obj(self, obj: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """Return the usual buttons, and ours in front."""
        classnames = kwargs.get("classnames_add")
        ours = [
            self._button(
                "research_study_record",
                gettext("Record"),
                gettext("Status, abstract and changes of “%(obj)s”") % {"obj": obj},
                obj,
            )
        ]
        if self.may_write:
            ours.append(
                self._button(
                    "research_start_article",
                    gettext("Start an article"),
                    gettext("Draft an article on “%(obj)s”") % {"obj": obj},
                    obj,
                )
            )
        for button in ours:
            button["classname"] = self.finalise_classname([*(classnames or []), "button-secondary"])
        return [*ours, *super().get_buttons_for_obj(obj, **{**kwargs, "exclude": ["inspect"]})]

    @cached_property
    def may_write(self) -> bool:
        """True for those who write articles; asked once for the whole list."""
        return self.request.user.has_perm("research.add_study")

    def _button(self, view_name: str, label: str, title: str, obj: Study) -> dict[str, Any]:
        return {"url": reverse(view_name, args=[obj.pk]), "label": label, "title": title}


class StudyAdmin(ModelAdmin):
    """Studies."""

    model = Study
    menu_icon = "doc-full"
    create_view_class = RecordedCreateView
    edit_view_class = SealedRecordEditView
    button_helper_class = StudyButtonHelper
    list_display = ("title", "journal", "year", "doi", "status", "last_check")
    list_filter = ("status", "kind", "is_example", "year")
    list_select_related = ("journal",)
    list_export = (
        "title", "journal", "kind", "doi", "pmid", "year", "month", "day", "volume", "issue", "pages", "authors",
        "funding", "interests", "status", "checked_at",
    )  # fmt: skip
    search_fields = ("title", "doi", "pmid", "authors", "journal__name")
    inspect_view_enabled = True
    inspect_view_fields_exclude = ("abstract", "lay_summary", "mesh_terms", "publication_types", "check_asked_at")
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldRowPanel([FieldPanel("journal"), FieldPanel("kind")]),
            FieldRowPanel([FieldPanel("doi"), FieldPanel("pmid")]),
            FieldPanel("url"),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("year"), FieldPanel("month"), FieldPanel("day")]),
                    FieldPanel("date_as_given"),
                ],
                heading=_("Published"),
            ),
            FieldRowPanel([FieldPanel("volume"), FieldPanel("issue"), FieldPanel("pages")]),
            FieldPanel("authors"),
            FieldPanel("authors_complete"),
            FieldPanel("funding"),
            FieldPanel("interests"),
            FieldPanel("is_example"),
            MultiFieldPanel([FieldPanel("embargo_until"), FieldPanel("embargo_source")], heading=_("Embargo")),
        ],
        base_form_class=StudyForm,
    )

    def last_check(self, study: Study) -> str:
        """Return how the last check of the sources went."""
        return check_of(study).words


class NoticeCreateView(CreateView):
    """Records by hand what happened to a study; the same follows as when a source reports it."""

    def form_valid(self, form: Any) -> Any:
        """Save, then do what the notice asks for."""
        response = super().form_valid(form)
        react(form.instance)
        return response


class NoticePermissionHelper(PermissionHelper):
    """Who may do what with a notice; the rule stands in the model."""

    def user_can_delete_obj(self, user: AnyUser, obj: Any) -> bool:
        """Nobody."""
        return False


class NoticeDeleteView(DeleteView):
    """Says why a notice is not deleted."""

    def check_action_permitted(self, user: AnyUser) -> bool:
        """Refuse, and tell those who look at notices why."""
        if self.permission_helper.user_can_list(user):
            tell(str(NOTICE_IS_KEPT))
        return False


class StudyNoticeAdmin(ModelAdmin):
    """What later happened to studies."""

    model = StudyNotice
    create_view_class = NoticeCreateView
    delete_view_class = NoticeDeleteView
    permission_helper_class = NoticePermissionHelper
    menu_label = _("Study notices")
    menu_icon = "warning"
    list_display = ("study", "kind", "date", "source")
    list_select_related = ("study",)
    list_filter = ("kind", "date")
    list_export = ("study", "kind", "date", "source", "reason", "link")
    search_fields = ("study__title", "study__doi", "source", "reason")
    inspect_view_enabled = True
    # The reason is the source's own words, or nothing: what is typed here would be public at once.
    edit_handler = ObjectList(
        [
            FieldPanel("study"),
            FieldPanel("kind"),
            FieldRowPanel([FieldPanel("date"), FieldPanel("date_as_given")]),
            FieldPanel("part"),
            FieldPanel("source"),
            FieldPanel("link"),
        ],
        base_form_class=StudyNoticeForm,
    )


class SavedSearchAdmin(ModelAdmin):
    """What sections look for in PubMed and Europe PMC; what is found stands on the board."""

    model = SavedSearch
    menu_icon = "search"
    list_display = ("name", "section", "source", "is_active", "asked_at", "error")
    list_filter = ("source", "is_active")
    list_select_related = ("section",)
    search_fields = ("name", "query")
