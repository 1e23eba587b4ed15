"""The planned date in the editor: a form that was open while the board moved the card does not undo that."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from wagtail.admin.widgets import AdminDateInput
from wagtail.models import PageLogEntry

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

LOG_ACTION = "research.plan.move"


class PlanInput(AdminDateInput):
    """A date picker that also says which date it was opened with, and when."""

    template_name = "research/admin/widgets/plan_input.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add the value as loaded."""
        context = super().get_context(name, value, attrs)
        context["widget"] |= {
            "inner_template": AdminDateInput.template_name,
            "loaded_name": f"{name}-loaded",
            "loaded_at": timezone.now().isoformat(),
        }
        return context


def planned_date(typed: date | None, loaded: str, page: "ArticlePage", current: date | None) -> date | None:
    """Return the planned date that a form stands for.

    Args:
        typed: what the form holds.
        loaded: the moment the form was opened and the date it held then, "" when it does not say.
        current: the date of the latest draft.

    Returns:
        ``current`` when nobody touched the field since it was opened, and the board moved the article.
    """
    opened_at, _, was = loaded.partition(" ")
    moment = parse_datetime(opened_at) if opened_at else None
    if moment is None or not page.pk or was != (typed.isoformat() if typed else ""):
        return typed
    moved = PageLogEntry.objects.filter(page_id=page.pk, action=LOG_ACTION, timestamp__gt=moment)
    return current if moved.exists() else typed
