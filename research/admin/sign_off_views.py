"""The screens of signatures themselves: a shared text to countersign, and a sign-off to revoke."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import AnyUser, User
from common.rights import permitted
from research.admin.frame import crumbs
from research.admin.reviewing.forms import TextSignForm
from research.admin.titles import withheld_from
from research.content.article import digest_of
from research.content.richtext import normalise_html
from research.models.explainers import Correction, Explainer, GlossaryTerm, NoticeWording, PageText
from research.models.pages import ArticlePage
from research.models.published import PublishedArticle
from research.models.signoffs import SignOff
from research.models.texts import PublishedText, SignableText
from research.models.topics import Topic
from research.newsroom.permissions import can_reassign_reviews, can_revoke_sign_offs
from research.publishing import public_row
from research.review import signing
from research.review.changes import difference_of_html

SIGNABLE_TEXTS = {
    model.subject_type: model for model in (Topic, GlossaryTerm, Explainer, PageText, Correction, NoticeWording)
}


def may_see_reviews(user: AnyUser) -> bool:
    """True for those who sign and those who hand out reviews."""
    return signing.is_reviewer(user) or can_reassign_reviews(user)


@permitted(may_see_reviews)
def sign_text(request: HttpRequest, subject_type: str, pk: int) -> HttpResponse:
    """Show a shared text with what is public now, and take a signature."""
    if subject_type not in SIGNABLE_TEXTS:
        raise Http404
    text = get_object_or_404(SIGNABLE_TEXTS[subject_type], pk=pk)
    index = reverse(f"research_{text._meta.model_name}_modeladmin_index")
    reasons = signing.reasons_not_to_sign_text(request.user, text)
    form = TextSignForm(request.POST or None)
    if request.method == "POST":
        if reasons:
            messages.error(request, gettext("Not signed. %(reasons)s") % {"reasons": " ".join(reasons)})
            return redirect("research_sign_text", subject_type, pk)
        if form.is_valid():
            signed = _sign_text(request, text)
            return redirect(index) if signed else redirect("research_sign_text", subject_type, pk)
    digest = digest_of(signing.canonical_text(text))
    public = PublishedText.objects.filter(subject_uuid=text.subject_uuid).first()
    return render(
        request,
        "research/admin/sign_text.html",
        {
            "text": text,
            "digest": digest,
            "public": public,
            "is_public": public is not None and public.digest == digest,
            "is_shown": public is not None and text.shows(public.values),
            "latest": SignOff.objects.latest_for(text.subject_uuid),
            "fields": _text_fields(text, public),
            "form": form,
            "reasons": reasons,
            "may_revoke": can_revoke_sign_offs(request.user),
            "index_url": index,
            "header_title": gettext("Countersign: %(text)s") % {"text": text},
            "header_icon": "check",
            "breadcrumbs_items": crumbs((index, str(text._meta.verbose_name_plural).capitalize()), ("", str(text))),
        },
        status=400 if form.errors else 200,
    )


def _sign_text(request: HttpRequest, text: SignableText) -> bool:
    """Sign the words that the form was shown with; say so when there are other ones by now."""
    try:
        signing.sign_text(
            text,
            request.user,
            conflict_statement="No stake in what this text says.",
            submitted_digest=request.POST.get("digest", ""),
        )
    except (signing.MayNotSign, signing.IncompleteArticle) as refused:
        messages.error(request, gettext("Not signed. %(refused)s") % {"refused": refused})
        return False
    messages.success(request, gettext("“%(text)s” is countersigned and public.") % {"text": text})
    return True


def _text_fields(text: Any, public: PublishedText | None) -> list[dict[str, Any]]:
    """Return each claim as it stands, marked up, with its difference from what readers see now."""
    fields = []
    for name, value in signing.sealed_values(text).items():
        before = public.value(name) if public else ""
        if text.about and name == text.about[0]:
            value, before = _title_of(text, value), _title_of(text, before)
        fields.append(
            {
                "label": text._meta.get_field(name).verbose_name.capitalize(),
                "html": mark_safe(normalise_html(value)),  # only the tags of its short allow list are left
                "diff": difference_of_html(before, value) if public and before != value else "",
            }
        )
    return fields


def _title_of(text: Any, identity: str) -> str:
    """Return the title of the page that a seal says a text is about; "" for none."""
    field, attribute = text.about
    pages = text._meta.get_field(field).related_model.objects
    page = pages.filter(**{attribute: identity}).first() if identity else None
    return escape(str(page or ""))


class RevokeForm(forms.Form):
    """The reason that a revocation is recorded with."""

    reason = forms.CharField(
        label=_("Why is it revoked?"),
        help_text=_("Kept in the record of signatures for good. Readers do not see it."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why the sign-off is revoked.")},
    )


def revoke(request: HttpRequest, sequence: int) -> HttpResponse:
    """Ask why a signature is revoked; with a reason, end it and take down what it made public."""
    if not isinstance(request.user, User) or not can_revoke_sign_offs(request.user):
        raise PermissionDenied(gettext("Only medical reviewers and editors revoke a signature."))
    line = get_object_or_404(SignOff, pk=sequence, kind=SignOff.Kind.SIGNED)
    subject = _subject_of(line)
    if isinstance(subject, ArticlePage) and subject.pk in withheld_from(request.user):
        raise PermissionDenied(
            gettext("This is about an article under embargo. Ask an editor to revoke its signature.")
        )
    back = _way_back(request, subject)
    if SignOff.objects.standing(line.subject_uuid, line.digest) is None:
        messages.info(request, gettext("The sign-off of “%(subject)s” was revoked before.") % {"subject": subject})
        return redirect(back)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        public_row.revoke(line, request.user, form.cleaned_data["reason"])
        messages.success(
            request,
            gettext("The sign-off of “%(subject)s” is revoked. Readers do not see these words any more.")
            % {"subject": subject},
        )
        return redirect(back)
    return render(
        request,
        "research/admin/revoke.html",
        {
            "line": line,
            "subject": subject,
            "is_public": _is_public(line),
            "form": form,
            "back_url": back,
            "header_title": gettext("Revoke the sign-off: %(subject)s") % {"subject": subject},
            "header_icon": "warning",
            "breadcrumbs_items": crumbs((back, str(subject)), ("", gettext("Revoke the sign-off"))),
        },
        status=400 if form.errors else 200,
    )


def _subject_of(line: SignOff) -> ArticlePage | SignableText:
    """Return the article or the shared text that a line is about."""
    model = SIGNABLE_TEXTS.get(line.subject_type, ArticlePage)
    return get_object_or_404(model, subject_uuid=line.subject_uuid)


def _way_back(request: HttpRequest, subject: ArticlePage | SignableText) -> str:
    """Return where a revocation is decided on: the screen of a text, the editor for who may open it."""
    if not isinstance(subject, ArticlePage):
        return reverse("research_sign_text", args=[subject.subject_type, subject.pk])
    if subject.permissions_for_user(request.user).can_edit():
        return reverse("wagtailadmin_pages:edit", args=[subject.pk])
    return reverse("research_reviews")


def _is_public(line: SignOff) -> bool:
    """True while readers see the words of a line."""
    words = {"subject_uuid": line.subject_uuid, "digest": line.digest}
    articles = PublishedArticle.objects.filter(**words, withdrawn_at__isnull=True)
    return articles.exists() or PublishedText.objects.filter(**words).exists()
