"""The editor's panel with the findings of the checks on the draft as it was last saved."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from wagtail.admin.panels import Panel

from research.editor.claim_desk import progress_of
from research.editor.drawn import drawn_content, drawn_draft
from research.review.findings import findings_for


class ClaimsPanel(Panel):
    """How many sentences say what they rest on, and the way to the ledger where they do."""

    class BoundPanel(Panel.BoundPanel):
        """Counts the saved draft; shown for saved articles only."""

        template_name = "research/admin/claims_panel.html"

        def is_shown(self) -> bool:
            """True once there is an article."""
            return bool(self.instance.pk) and super().is_shown()

        def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
            """Add the counts."""
            context = super().get_context_data(parent_context)
            return context | progress_of(drawn_draft(self.instance).claims) | {"page": self.instance}


class ChecksPanel(Panel):
    """What to look at again, why, and what somebody let stand."""

    class BoundPanel(Panel.BoundPanel):
        """Checks the saved draft; shown for saved articles only."""

        template_name = "research/admin/checks_panel.html"

        def is_shown(self) -> bool:
            """True once there is an article to check."""
            return bool(self.instance.pk) and super().is_shown()

        def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
            """Add the findings."""
            page, now = self.instance, timezone.now()
            context = super().get_context_data(parent_context)
            return context | findings_for(page, drawn_content(page), now=now, draft=drawn_draft(page))
