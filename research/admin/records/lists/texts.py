"""Lists of the words that many articles share, and of those said about public ones."""

from typing import Any

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList

from research.admin.records.filters import SignedFilter, WiderTopicFilter
from research.admin.records.lists.signable import SignableAdmin, SignableButtonHelper
from research.admin.records.text_forms import TopicForm
from research.models.explainers import Correction, Explainer, GlossaryTerm, NoticeWording, PageText
from research.models.topics import Topic
from research.newsroom.permissions import can_merge_topics


class TopicButtonHelper(SignableButtonHelper):
    """Adds the way to the merge of a topic with another."""

    def get_buttons_for_obj(self, obj: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """Return the buttons of a shared text, and the one to the merge for those who merge."""
        buttons = super().get_buttons_for_obj(obj, **kwargs)
        if not self.may_merge:
            return buttons
        return [
            *buttons,
            {
                "url": reverse("research_merge_topic", args=[quote(obj.pk)]),
                "label": gettext("Merge"),
                "classname": self.finalise_classname(kwargs.get("classnames_add")),
                "title": gettext("Merge “%(name)s” into another topic") % {"name": obj},
            },
        ]

    @cached_property
    def may_merge(self) -> bool:
        """True for those who merge topics; asked once for the whole list."""
        return can_merge_topics(self.request.user)


class TopicAdmin(SignableAdmin):
    """Topics."""

    model = Topic
    button_helper_class = TopicButtonHelper
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


class NoticeWordingAdmin(SignableAdmin):
    """Wordings of urgent notices."""

    model = NoticeWording
    menu_label = _("Notice wordings")
    menu_icon = "draft"
    list_display = ("name", "heading", "signature")
    search_fields = ("name", "heading", "text")
