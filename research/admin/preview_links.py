"""The screen on which an article's draft is shared with people who have no account."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from wagtail.admin.widgets.button import Button

from common.models import AnyUser, signed_in
from research.admin.frame import crumbs
from research.content.article import content_of
from research.models.pages import ArticlePage
from research.models.secret_links import PreviewLink
from research.models.signoffs import SignOff
from research.newsroom.permissions import can_see_previews, can_share_preview
from research.newsroom.times import zoned
from research.reading import previews


class PreviewLinkForm(forms.Form):
    """For whom, for how long, and which words: ``digest`` is that of the draft the user has seen."""

    label = forms.CharField(
        label=_("Prepared for"),
        max_length=120,
        help_text=_("A person or an office, such as “press office of the journal”. It stands all over the preview."),
    )
    valid_days = forms.TypedChoiceField(
        label=_("The address works for"),
        coerce=int,
        choices=[
            (days, _("1 day") if days == 1 else format_lazy(_("{days} days"), days=days))
            for days in previews.VALID_DAYS
        ],
        initial=previews.DEFAULT_VALID_DAYS,
    )
    digest = forms.CharField(required=False, widget=forms.HiddenInput)


@never_cache
def preview_links(request: HttpRequest, page_id: int) -> HttpResponse:
    """List the links to an article's drafts; make one, and show its address this once."""
    article = _article(request, page_id)
    now = timezone.now()
    draft = article.get_latest_revision_as_object()
    reasons = previews.reasons_not_to_share(request.user, draft, now)
    form = PreviewLinkForm(request.POST or None)
    address = ""
    if request.method == "POST":
        if reasons:
            raise PermissionDenied(" ".join(reasons))
        if form.is_valid():
            address = _make(request, article, form, now)
    digest = content_of(draft).digest
    return render(
        request,
        "research/admin/preview_links.html",
        {
            "page": article,
            "draft_title": draft.title,
            "digest": digest,
            "countersigned": SignOff.objects.standing(article.subject_uuid, digest) is not None,
            "rows": [_row(link, digest, now) for link in article.preview_links.select_related("created_by")],
            "form": PreviewLinkForm() if address else form,
            "made_for": form.cleaned_data["label"] if address else "",
            "address": address,
            "reasons": reasons,
            "may_revoke": can_share_preview(request.user, article),
            "embargo": _embargo_words(draft, now),
            "header_title": gettext("Previews: %(title)s") % {"title": draft.title},
            "header_icon": "view",
            "breadcrumbs_items": _crumbs(article, draft, request.user),
        },
        status=400 if form.errors else 200,
    )


def _make(request: HttpRequest, article: ArticlePage, form: PreviewLinkForm, now: datetime) -> str:
    """Return the address of a new link; "" when the draft has changed meanwhile, which the form then says."""
    try:
        _, token = previews.make_link(
            article,
            signed_in(request.user),
            label=form.cleaned_data["label"],
            valid_days=form.cleaned_data["valid_days"],
            digest=form.cleaned_data["digest"],
            now=now,
        )
    except previews.VersionChanged:
        form.add_error(
            None, gettext("The draft was changed since you opened this screen. Look at it again before you share it.")
        )
        return ""
    return request.build_absolute_uri(reverse("research_preview", args=[token]))


@require_POST
def revoke_preview_link(request: HttpRequest, page_id: int, pk: int) -> HttpResponse:
    """End a link at once."""
    article = _article(request, page_id)
    link = get_object_or_404(PreviewLink.objects.select_related("article"), pk=pk, article_id=article.pk)
    if previews.revoke_link(link, request.user, timezone.now()):
        messages.success(
            request,
            gettext("The preview for %(label)s is revoked. Its address shows nothing any more.")
            % {"label": link.label},
        )
    else:
        messages.info(request, gettext("The preview for %(label)s was revoked before.") % {"label": link.label})
    return redirect("research_preview_links", article.pk)


def header_buttons(page: "ArticlePage", user: AnyUser, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Offer the screen in the menu of an article's header."""
    if isinstance(page, ArticlePage) and page.pk and can_see_previews(user, page):
        address = reverse("research_preview_links", args=[page.pk])
        yield Button(gettext("Share a preview"), url=address, icon_name="view", priority=64)


def _article(request: HttpRequest, page_id: int) -> ArticlePage:
    article = get_object_or_404(ArticlePage, pk=page_id)
    if not can_see_previews(request.user, article):
        raise PermissionDenied
    return article


def _row(link: PreviewLink, digest: str, now: datetime) -> dict[str, Any]:
    """Return a link as the list prints it."""
    state = gettext("Revoked") if link.revoked_at else gettext("Works") if link.stands(now) else gettext("Expired")
    return {
        "link": link,
        "state": state,
        "stands": link.stands(now),
        "is_older": link.digest != digest,
        "saved": zoned(link.saved_at),
        "ended": zoned(link.revoked_at or link.expires_at),
        "first_opened": zoned(link.first_opened_at) if link.first_opened_at else None,
        "last_opened": zoned(link.last_opened_at) if link.last_opened_at else None,
    }


def _embargo_words(draft: "ArticlePage", now: datetime) -> str:
    embargo = previews.embargo_on(draft, now)
    if embargo is None:
        return ""
    return gettext("until %(until)s") % {"until": zoned(embargo.until)} + (
        gettext(", set by %(source)s") % {"source": embargo.source} if embargo.source else ""
    )


def _crumbs(article: ArticlePage, draft: "ArticlePage", user: AnyUser) -> list[dict[str, str]]:
    may_edit = article.permissions_for_user(user).can_edit()
    editor = [(reverse("wagtailadmin_pages:edit", args=[article.pk]), draft.title)] if may_edit else []
    return crumbs(*editor, ("", gettext("Previews")))
