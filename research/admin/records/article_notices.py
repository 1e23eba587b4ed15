"""Urgent notices: wordings signed ahead, and where editors put them."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail_modeladmin.options import ModelAdmin

from research.models.explainers import ArticleNotice, NoticeWording
from research.models.texts import PublishedText


class ArticleNoticeForm(WagtailAdminModelForm):
    """Offers the wordings that are signed; an unsigned one would show readers nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        signed = PublishedText.objects.filter(subject_type=NoticeWording.subject_type)
        self.fields["wording"].queryset = NoticeWording.objects.filter(subject_uuid__in=signed.values("subject_uuid"))
        self.fields["wording"].help_text = gettext(
            "Only countersigned wordings are offered. It is public as soon as you save."
        )


class ArticleNoticeAdmin(ModelAdmin):
    """Notices above articles: put up at once, taken away by giving a time."""

    model = ArticleNotice
    menu_label = _("Urgent notices")
    menu_icon = "thumbtack"
    list_display = ("article", "wording", "placed_at", "removed_at")
    list_filter = ("placed_at",)
    list_select_related = ("article", "wording")
    search_fields = ("article__title", "wording__name")
    inspect_view_enabled = True
    edit_handler = ObjectList(
        [FieldPanel("article"), FieldPanel("wording"), FieldPanel("removed_at")],
        base_form_class=ArticleNoticeForm,
    )
