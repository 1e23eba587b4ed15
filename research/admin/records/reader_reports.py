"""What readers reported: a list to read, and a place to record what was decided."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail_modeladmin.options import ModelAdmin
from wagtail_modeladmin.views import EditView

from common.models import User
from research.models.reports import ReaderReport
from research.newsroom.permissions import EDITORS
from research.record.reader_reports import decide


class ReaderReportForm(WagtailAdminModelForm):
    """One report; it is given to an editor."""

    together = (("state", "decision", "answer"),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        editors = User.objects.filter(groups__role__key=EDITORS, is_active=True).order_by("last_name", "pk")
        self.fields["owner"].queryset = editors.distinct()

    def clean_owner(self) -> User | None:
        """Return who looks after it; an owner may be taken off a decided report, never put on."""
        owner: User | None = self.cleaned_data["owner"]
        if owner is not None and "owner" in self.changed_data and not self.instance.is_open:
            raise ValidationError(gettext("This report has its outcome."))
        return owner


class DecisionView(EditView):
    """Takes what an editor decides, with all that follows from it."""

    def form_valid(self, form: Any) -> Any:
        """Save the report, then do what its outcome and answer ask for."""
        response = super().form_valid(form)
        decide(form.instance, self.request.user)
        return response


class ReaderReportAdmin(ModelAdmin):
    """Reports of readers, newest first."""

    model = ReaderReport
    menu_label = _("Reader reports")
    menu_icon = "comment"
    edit_view_class = DecisionView
    list_display = ("created_at", "kind", "article", "words", "state", "owner")
    list_filter = ("state", "kind", "created_at")
    list_select_related = ("article", "owner")
    list_export = ("created_at", "kind", "article", "words", "state", "decision", "decided_by", "decided_at")
    search_fields = ("words", "decision", "article__title")
    inspect_view_enabled = True
    inspect_view_fields = (
        "article",
        "kind",
        "words",
        "email",
        "created_at",
        "state",
        "decision",
        "decided_by",
        "answer",
    )
    edit_handler = ObjectList(
        [
            FieldPanel("article", read_only=True),
            FieldPanel("kind", read_only=True),
            FieldPanel("words", read_only=True),
            FieldPanel("email", read_only=True),
            FieldRowPanel([FieldPanel("state"), FieldPanel("owner")]),
            MultiFieldPanel([FieldPanel("decision"), FieldPanel("answer")], heading=_("Outcome")),
        ],
        base_form_class=ReaderReportForm,
    )
