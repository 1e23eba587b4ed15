"""When a reviewer is away, in the account settings: no review is given to them then, and what they hold is shown."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.account import BaseSettingsPanel
from wagtail.admin.widgets import AdminDateInput

from research.models.people import Absence
from research.review.signing import is_reviewer


class AbsenceForm(forms.Form):
    """The first and the last day away; both empty for none."""

    first_day = forms.DateField(label=_("Away from"), required=False, widget=AdminDateInput)
    last_day = forms.DateField(label=_("Until, and with"), required=False, widget=AdminDateInput)

    def __init__(self, data: Any, *, absence: Absence, prefix: str) -> None:
        self.absence = absence
        initial = {"first_day": absence.first_day, "last_day": absence.last_day}
        super().__init__(data, initial=initial, prefix=prefix)

    def clean(self) -> dict[str, Any]:
        """Refuse one day without the other, and days in the wrong order."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if not self.errors and bool(first) != bool(last):
            raise ValidationError(gettext("Give both days, or none."))
        if first and last and last < first:
            self.add_error("last_day", gettext("This is before the first day."))
        return cleaned

    def save(self) -> None:
        """Keep the days, or take them off."""
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        if first:
            self.absence.first_day, self.absence.last_day = first, last
            self.absence.save()
        elif self.absence.pk:
            self.absence.delete()


class AbsencePanel(BaseSettingsPanel):
    """The form, for medical reviewers: of the absence that lasts, or comes next."""

    name = "absence"
    form_class = AbsenceForm
    title = _("Days away")
    order = 160
    help_text = _("While you are away no review is given to you, and editors see that nobody holds yours.")

    def get_form(self) -> AbsenceForm:
        """Return the form."""
        current = Absence.objects.filter(user=self.user, last_day__gte=timezone.localdate()).first()
        posted = self.request.POST if self.request.method == "POST" else None
        return AbsenceForm(posted, absence=current or Absence(user=self.user), prefix=self.name)

    def is_active(self) -> bool:
        """True for a reviewer."""
        return is_reviewer(self.user)
