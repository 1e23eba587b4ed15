"""The screen on which somebody says that a finding of the checks is not a problem, and why."""

import re

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from common.models import signed_in
from common.way_back import way_back
from research.admin.frame import crumbs
from research.admin.reviewing.blindness import HELD, speaks_unheard
from research.checking.checks import check_draft
from research.checking.findings import Finding
from research.content.article import content_of
from research.models.pages import ArticlePage
from research.models.reports import FindingDismissal
from research.review import signing
from research.review.findings import LONGEST_REASON, dismiss, draft_for, reopen, standing_dismissals


class DismissalForm(forms.Form):
    """Why a finding may stand."""

    reason = forms.CharField(
        label=_("Not a problem because"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One sentence. It is shown to whoever writes and reviews, with your name."),
    )

    def clean_reason(self) -> str:
        """Refuse a reason without a word."""
        reason = str(self.cleaned_data["reason"])
        if not re.search(r"\w", reason):
            raise forms.ValidationError(gettext("Say in words why it is not a problem."))
        return reason


def dismiss_finding(request: HttpRequest, page_id: int, key: str) -> HttpResponse:
    """Ask for the reason, and keep it."""
    article = _article(request, page_id)
    finding = _finding(article, key)
    if finding is None:
        messages.info(
            request, gettext("This finding is no longer there: the sentence, or what it rests on, was changed.")
        )
        return redirect(_back(request, article))
    if speaks_unheard(request.user, article):
        messages.error(request, HELD)
        return redirect(_back(request, article))
    form = DismissalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if dismiss(article.subject_uuid, finding, reason=form.cleaned_data["reason"], user=signed_in(request.user)):
            messages.success(
                request, gettext("“%(title)s” is kept as not a problem here.") % {"title": finding.rule.title}
            )
        else:
            messages.info(request, gettext("Somebody said so before you; their reason stays."))
        return redirect(_back(request, article))
    return render(
        request,
        "research/admin/dismiss_finding.html",
        {
            "form": form,
            "finding": finding,
            "page": article,
            "dismissal": _dismissal(article, key),
            "back": _back(request, article),
            "header_title": finding.rule.title,
            "header_icon": "check",
            "breadcrumbs_items": crumbs((_back(request, article), article.title), ("", gettext("Not a problem"))),
        },
        status=400 if form.errors else 200,
    )


@require_POST
def reopen_finding(request: HttpRequest, page_id: int, key: str) -> HttpResponse:
    """Take back that a finding is no problem."""
    article = _article(request, page_id)
    if speaks_unheard(request.user, article):
        messages.error(request, HELD)
        return redirect(_back(request, article))
    if reopen(article.subject_uuid, key, now=timezone.now()):
        messages.success(request, gettext("The finding is open again."))
    return redirect(_back(request, article))


def _article(request: HttpRequest, page_id: int) -> ArticlePage:
    """Return the article for who may edit or review it.

    Raises:
        PermissionDenied: for everybody else.
    """
    article = get_object_or_404(ArticlePage, pk=page_id)
    if not (article.permissions_for_user(request.user).can_edit() or signing.is_reviewer(request.user)):
        raise PermissionDenied
    return article


def _finding(article: ArticlePage, key: str) -> Finding | None:
    draft: ArticlePage = article.get_latest_revision_as_object()
    findings = check_draft(draft_for(draft, content_of(draft), now=timezone.now()))
    return next((finding for finding in findings if finding.key == key), None)


def _dismissal(article: ArticlePage, key: str) -> FindingDismissal | None:
    return next((row for row in standing_dismissals(article.subject_uuid) if row.key == key), None)


def _back(request: HttpRequest, article: ArticlePage) -> str:
    """Return where the person came from: the review, or the editor."""
    return way_back(request, reverse("wagtailadmin_pages:edit", args=[article.pk]))
