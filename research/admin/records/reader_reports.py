"""What readers reported: a list to read, and a place to record what was decided."""

from typing import Any

from django.utils import timezone
from wagtail.admin.panels import FieldPanel
from wagtail_modeladmin.options import ModelAdmin
from wagtail_modeladmin.views import EditView

from research.models.reports import ReaderReport


class DecisionView(EditView):
    """Records who decided, and when."""

    def form_valid(self, form: Any) -> Any:
        """Save the decision with its author and time."""
        form.instance.decided_by = self.request.user
        form.instance.decided_at = timezone.now()
        return super().form_valid(form)


class ReaderReportAdmin(ModelAdmin):
    """Reports of readers, newest first."""

    model = ReaderReport
    menu_label = "Reader reports"
    menu_icon = "comment"
    edit_view_class = DecisionView
    list_display = ("created_at", "kind", "article", "words", "decision")
    list_filter = ("kind", "created_at")
    list_select_related = ("article",)
    list_export = ("created_at", "kind", "article", "words", "decision", "decided_by", "decided_at")
    search_fields = ("words", "decision", "article__title")
    inspect_view_enabled = True
    inspect_view_fields = ("article", "kind", "words", "email", "created_at", "decision", "decided_by")
    panels = [
        FieldPanel("article", read_only=True),
        FieldPanel("kind", read_only=True),
        FieldPanel("words", read_only=True),
        FieldPanel("email", read_only=True),
        FieldPanel("decision"),
    ]
