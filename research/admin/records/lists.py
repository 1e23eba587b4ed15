"""Lists of the record, by wagtail-modeladmin: filters, search, inspection and export."""

from typing import Any
from uuid import UUID

from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail_modeladmin.helpers import ButtonHelper
from wagtail_modeladmin.options import ModelAdmin
from wagtail_modeladmin.views import CreateView, EditView

from common.odd_input import SafeModelAdminGroup
from research.admin.records.article_notices import ArticleNoticeAdmin
from research.admin.records.filters import SignedFilter, WiderTopicFilter
from research.admin.records.forms import PersonForm, StudyForm, StudyNoticeForm
from research.admin.records.reader_reports import ReaderReportAdmin
from research.admin.records.text_forms import KeptDeleteView, TopicForm
from research.content.canonical import digest_of
from research.models.explainers import Correction, Explainer, GlossaryTerm, NoticeWording, PageText
from research.models.people import Person
from research.models.references import Journal, Study, StudyNotice
from research.models.texts import PublishedText, SignableText
from research.models.topics import Topic
from research.models.watch import SavedSearch
from research.newsroom.permissions import can_revoke_sign_offs
from research.reading.check_state import check_of
from research.record.consequences import react
from research.review import contributions
from research.review.signing import canonical_text, is_reviewer


def public_digests(model: type[SignableText]) -> dict[UUID, str]:
    """Return the digest of what readers see of each text of a kind."""
    texts = PublishedText.objects.filter(subject_type=model.subject_type)
    return dict(texts.values_list("subject_uuid", "digest"))


class ContributionMixin:
    """Notes who worked on a subject's words; that person cannot sign them."""

    def form_valid(self, form: Any) -> Any:
        """Save, then add the contributor's line."""
        response = super().form_valid(form)  # type: ignore[misc]
        contributions.record(form.instance.subject_uuid, self.request.user)  # type: ignore[attr-defined]
        return response


class RecordedCreateView(ContributionMixin, CreateView):
    """Creates a subject and notes who did."""


class RecordedEditView(ContributionMixin, EditView):
    """Edits a subject and notes who did."""


class SignableButtonHelper(ButtonHelper):
    """Adds the way to the signature of a shared text; the screen behind it holds the rule."""

    def get_buttons_for_obj(self, obj: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """Return the usual buttons and the one to the signature: that is wanting, or that can be revoked."""
        buttons = super().get_buttons_for_obj(obj, **kwargs)
        classnames = kwargs.get("classnames_add")
        public = self.digests.get(obj.subject_uuid)
        if self.is_reviewer and public != digest_of(canonical_text(obj)):
            return [
                *buttons,
                self.sign_button(
                    obj, gettext("Countersign"), gettext("Read and countersign “%(obj)s”") % {"obj": obj}, classnames
                ),
            ]
        if self.may_revoke and public:
            return [
                *buttons,
                self.sign_button(
                    obj, gettext("Sign-off"), gettext("See the sign-off of “%(obj)s”") % {"obj": obj}, classnames
                ),
            ]
        return buttons

    @cached_property
    def is_reviewer(self) -> bool:
        """True for those who sign; asked once for the whole list."""
        return is_reviewer(self.request.user)

    @cached_property
    def may_revoke(self) -> bool:
        """True for those who revoke a signature; asked once for the whole list."""
        return can_revoke_sign_offs(self.request.user)

    @cached_property
    def digests(self) -> dict[UUID, str]:
        """The digests of the words that readers see, by subject; fetched once for the whole list."""
        return public_digests(self.model)

    def sign_button(self, obj: SignableText, label: str, title: str, classnames: list[str] | None) -> dict[str, Any]:
        """Return the button to the signature screen."""
        return {
            "url": reverse("research_sign_text", args=[obj.subject_type, quote(obj.pk)]),
            "label": label,
            "classname": self.finalise_classname(classnames),
            "title": title,
        }


class SignableAdmin(ModelAdmin):
    """A list of shared texts with the state of each signature."""

    create_view_class = RecordedCreateView
    edit_view_class = RecordedEditView
    delete_view_class = KeptDeleteView
    button_helper_class = SignableButtonHelper
    inspect_view_enabled = True

    def signature(self, text: SignableText) -> str:
        """Return whether readers see this text as it stands."""
        public = self._published.get(text.subject_uuid)
        if public is None:
            return gettext("Not countersigned")
        return (
            gettext("Public") if public == digest_of(canonical_text(text)) else gettext("Changed since it was signed")
        )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the rows, with what is signed fetched once a request."""
        self._published = public_digests(self.model)
        return super().get_queryset(request)


class TopicAdmin(SignableAdmin):
    """Topics."""

    model = Topic
    menu_icon = "tag"
    list_display = ("name", "definition", "mesh_ui", "signature")
    list_filter = (SignedFilter, WiderTopicFilter)
    list_export = ("name", "slug", "definition", "mesh_ui", "synonyms")
    search_fields = ("name", "synonyms", "definition")
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("confirm_rename"),
            FieldPanel("definition"),
            FieldPanel(
                "synonyms",
                help_text=_(
                    "Other names for it, one a line, for search and suggestions. Readers see them once a "
                    "medical reviewer has countersigned."
                ),
            ),
            FieldPanel("parents"),
            FieldRowPanel([FieldPanel("mesh_ui"), FieldPanel("slug")]),
        ],
        base_form_class=TopicForm,
    )


class GlossaryTermAdmin(SignableAdmin):
    """Glossary terms."""

    model = GlossaryTerm
    menu_label = _("Glossary")
    menu_icon = "pilcrow"
    list_display = ("term", "plain_words", "signature")
    list_filter = (SignedFilter,)
    list_export = ("term", "plain_words", "synonyms")
    search_fields = ("term", "plain_words", "synonyms")


class ExplainerAdmin(SignableAdmin):
    """Explainers of sections."""

    model = Explainer
    menu_icon = "help"
    list_display = ("section", "signature")
    list_select_related = ("section",)


class PageTextAdmin(SignableAdmin):
    """What pages that are no articles say about health."""

    model = PageText
    menu_label = _("Texts of pages")
    menu_icon = "doc-empty-inverse"
    list_display = ("page", "signature")
    list_select_related = ("page",)


class CorrectionAdmin(SignableAdmin):
    """Corrections of public articles."""

    model = Correction
    menu_icon = "edit"
    list_display = ("article", "date", "signature")
    list_filter = (SignedFilter, "date")
    list_select_related = ("article",)


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


class StudyNoticeAdmin(ModelAdmin):
    """What later happened to studies."""

    model = StudyNotice
    create_view_class = NoticeCreateView
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


class PersonAdmin(ModelAdmin):
    """Contributors."""

    model = Person
    menu_icon = "user"
    list_display = ("name", "credentials", "role", "user")
    list_select_related = ("user",)
    list_filter = ("role",)
    list_export = ("name", "credentials", "role", "orcid")
    search_fields = ("name", "credentials")
    inspect_view_enabled = True
    inspect_view_fields_exclude = ("account_ids",)
    edit_handler = ObjectList(
        [FieldPanel(name) for name in ("name", "credentials", "role", "orcid", "photo", "bio", "user")],
        base_form_class=PersonForm,
    )


class NoticeWordingAdmin(SignableAdmin):
    """Wordings of urgent notices."""

    model = NoticeWording
    menu_label = _("Notice wordings")
    menu_icon = "draft"
    list_display = ("name", "heading", "signature")
    search_fields = ("name", "heading", "text")


class StudiesGroup(SafeModelAdminGroup):
    """What articles rest on, in the menu."""

    menu_label = _("Studies")
    menu_icon = "doc-full-inverse"
    menu_order = 250
    items = (StudyAdmin, StudyNoticeAdmin, JournalAdmin, SavedSearchAdmin)


class SharedTextsGroup(SafeModelAdminGroup):
    """The words that many articles share, each signed by itself, in the menu."""

    menu_label = _("Shared texts")
    menu_icon = "openquote"
    menu_order = 251
    items = (TopicAdmin, GlossaryTermAdmin, ExplainerAdmin, PageTextAdmin)


class NoticesGroup(SafeModelAdminGroup):
    """What is said about articles that are public, in the menu."""

    menu_label = _("After publication")
    menu_icon = "info-circle"
    menu_order = 252
    items = (ReaderReportAdmin, CorrectionAdmin, ArticleNoticeAdmin, NoticeWordingAdmin)


class PeopleGroup(SafeModelAdminGroup):
    """Who writes and who countersigns, in the menu."""

    menu_label = _("Contributors")
    menu_icon = "group"
    menu_order = 253
    items = (PersonAdmin,)


RECORD_GROUPS = (StudiesGroup, SharedTextsGroup, NoticesGroup, PeopleGroup)
