"""What the lists of signed texts share: who worked on a text is noted, and its signature is shown."""

from typing import Any
from uuid import UUID

from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from wagtail_modeladmin.helpers import ButtonHelper
from wagtail_modeladmin.options import ModelAdmin
from wagtail_modeladmin.views import CreateView, EditView

from research.admin.records.text_forms import KeptDeleteView
from research.content.canonical import digest_of
from research.models.texts import PublishedText, SignableText
from research.newsroom.permissions import can_revoke_sign_offs
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
