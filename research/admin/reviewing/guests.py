"""The screen on which an editor invites guests to a version under review, and where what they said is read."""

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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from wagtail.admin.widgets.button import Button

from common.models import AnyUser
from common.rights import demand
from research.admin.frame import crumbs
from research.admin.sign_off_views import may_see_reviews
from research.models.pages import ArticlePage
from research.models.reviews.guests import GuestLink
from research.models.workflow import MedicalReviewState
from research.newsroom.permissions import is_editor
from research.newsroom.times import zoned
from research.review import guests


class InvitationForm(forms.Form):
    """Who is asked, as what, and for how long."""

    kind = forms.ChoiceField(label=gettext_lazy("Asked as"), choices=GuestLink.Kind.choices)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("The address of the text is mailed there, and shown nowhere else."),
    )
    valid_days = forms.TypedChoiceField(
        label=gettext_lazy("The address works for"),
        coerce=int,
        choices=[(days, gettext_lazy("%(days)s days") % {"days": days}) for days in guests.VALID_DAYS],
        initial=guests.DEFAULT_VALID_DAYS,
    )


@never_cache
def article_guests(request: HttpRequest, page_id: int) -> HttpResponse:
    """List the guests of an article and what they said; invite one to the version that is under review.

    Raises:
        PermissionDenied: the account works with no reviews, or invites and is no editor's.
    """
    article = _article(request, page_id)
    state = _open_review(article)
    form = InvitationForm(request.POST or None)
    if request.method == "POST":
        if state is None:
            messages.error(request, _("Nobody was invited: this article is not under review now."))
            return redirect("research_guests", page_id)
        if form.is_valid():
            try:
                link = guests.invite(state, request.user, now=timezone.now(), **form.cleaned_data)
            except PermissionDenied as refused:
                if not is_editor(request.user):
                    raise
                form.add_error(None, str(refused))
            else:
                messages.success(request, _("%(name)s is invited: the mail is on its way.") % {"name": link.name})
                return redirect("research_guests", page_id)
        elif not is_editor(request.user):
            raise PermissionDenied
    title = article.draft_title or article.title
    review = [(reverse("research_review", args=[state.pk]), title)] if state else [("", title)]
    context = {
        "page": article,
        "state": state,
        "form": form,
        "may_invite": is_editor(request.user),
        "rows": rows_for(article, state, timezone.now()),
        "header_title": _("Guests: %(title)s") % {"title": title},
        "header_icon": "group",
        "breadcrumbs_items": crumbs((reverse("research_reviews"), _("Reviews")), *review, ("", _("Guests"))),
    }
    return render(request, "research/admin/guests.html", context, status=400 if form.errors else 200)


@require_POST
def revoke_guest(request: HttpRequest, page_id: int, pk: int) -> HttpResponse:
    """End a guest's address at once."""
    article = _article(request, page_id)
    link = get_object_or_404(GuestLink, pk=pk, article_id=article.pk)
    if guests.revoke(link, request.user, timezone.now()):
        messages.success(request, _("%(name)s is asked no more. The address shows nothing.") % {"name": link.name})
    else:
        messages.info(request, _("This was revoked before."))
    return redirect("research_guests", page_id)


def rows_for(article: ArticlePage, state: MedicalReviewState | None, now: datetime) -> list[dict[str, Any]]:
    """Return the guests of an article as lists print them, those who answered first."""
    digest = state.digest if state else ""
    links = GuestLink.objects.filter(article_id=article.pk).select_related("invited_by")
    rows = [_row(link, digest, now) for link in links]
    return sorted(rows, key=lambda row: row["link"].answered_at is None)


def _row(link: GuestLink, digest: str, now: datetime) -> dict[str, Any]:
    ends = link.answered_at or link.revoked_at or link.expires_at
    return {
        "link": link,
        "state": _state(link, now),
        "stands": link.stands(now) and link.answered_at is None,
        "is_older": link.digest != digest,
        "ended": zoned(ends),
    }


def _state(link: GuestLink, now: datetime) -> str:
    if link.answered_at:
        return _("Answered")
    if link.revoked_at:
        return _("Revoked")
    if not link.stands(now):
        return _("Expired")
    return _("Reads it") if link.declared_at else _("Invited")


def header_buttons(page: ArticlePage, user: AnyUser, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Offer the screen in the menu of an article's header."""
    if isinstance(page, ArticlePage) and page.pk and may_see_reviews(user):
        address = reverse("research_guests", args=[page.pk])
        yield Button(_("Guests"), url=address, icon_name="group", priority=65)


def _article(request: HttpRequest, page_id: int) -> ArticlePage:
    demand(may_see_reviews, request.user)
    return get_object_or_404(ArticlePage, pk=page_id)


def _open_review(article: ArticlePage) -> MedicalReviewState | None:
    return MedicalReviewState.objects.open().filter(subject_uuid=article.subject_uuid).first()
