"""The article's form: a half-empty draft always saves; a submission lists what is missing."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from common.editing import WholePageForm
from research.content.article import content_of
from research.content.completeness import missing_parts
from research.editor.clock import FAR_WORDS, ClockFormMixin, is_in_reach
from research.editor.plan_input import PlanInput, planned_date
from research.newsroom.permissions import can_lift_embargo, lifts_embargo
from research.review.guard import ONLY_EDITORS_LIFT

# Where a missing part is reported when its field is not a plain one.
SHOWN_AT = {"appraisals": None}


class ArticlePageForm(ClockFormMixin, WholePageForm):
    """Checks the whole article when it is submitted, never when a draft is saved."""

    clock_fields = ("go_live_at", "expire_at", "embargo_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            # The browser fills it in a moment after the title; who saves faster gets it from the page.
            self.fields["slug"].required = False
        if "planned_for" in self.fields:
            self.fields["planned_for"].widget = PlanInput()

    def is_valid(self) -> bool:
        """Return whether the form may be saved; a submission must be complete too."""
        valid = super().is_valid()
        if not valid or self.is_deferred_validation:
            return valid
        for part in missing_parts(content_of(self._article())):
            field = SHOWN_AT.get(part.field, part.field)
            self.add_error(field if field in self.fields else None, part.words)
        return not self.errors

    def clean_planned_for(self) -> date | None:
        """Keep a move on the board that was made while this form was open; refuse a year of a mistyped digit."""
        day = self.cleaned_data["planned_for"]
        if day is not None and not is_in_reach(day):
            raise ValidationError(FAR_WORDS)
        loaded = self.data.get(f"{self.add_prefix('planned_for')}-loaded", "").strip()
        current = self.initial.get("planned_for")
        return planned_date(day, loaded, self.instance, current)

    def clean_embargo_until(self) -> datetime | None:
        """Return the embargo, or refuse to lift one that holds for who is no editor."""
        after, before = self.cleaned_data["embargo_until"], self.initial.get("embargo_until")
        if lifts_embargo(before, after, timezone.now()) and not can_lift_embargo(self.for_user):
            raise ValidationError(ONLY_EDITORS_LIFT)
        return after

    def _article(self) -> Any:
        """Return the article as the form would save it, children included."""
        return self.save(commit=False)
