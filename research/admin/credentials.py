"""A reviewer's own credentials, in the account settings: nobody but the reviewer and an administrator changes them."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.account import BaseSettingsPanel

from research.models.people import Person
from research.review.signing import is_reviewer


class CredentialsForm(forms.ModelForm):
    """What readers see beside a reviewer's name."""

    class Meta:
        model = Person
        fields = ["credentials"]


class CredentialsPanel(BaseSettingsPanel):
    """The form, for medical reviewers who have a contributor's record."""

    name = "credentials"
    form_class = CredentialsForm
    title = _("Your credentials")
    order = 150
    help_text = _("Readers see them beside your name on what you countersign from now on. A change is recorded.")

    def get_form(self) -> CredentialsForm:
        """Return the form of the reviewer's own record."""
        posted = self.request.POST if self.request.method == "POST" else None
        return CredentialsForm(posted, instance=self.user.person, prefix=self.name)

    def is_active(self) -> bool:
        """True for a reviewer with a record."""
        return is_reviewer(self.user) and hasattr(self.user, "person")
