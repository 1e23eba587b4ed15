"""The screen on which an editor sets when an article goes live, and its embargo."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import signed_in
from common.rights import permitted
from common.way_back import way_back
from research.admin.frame import crumbs
from research.admin.reviewing import plans
from research.editor.clock import ClockDateTimeField
from research.models.pages import ArticlePage
from research.newsroom.permissions import is_editor
from research.newsroom.times import zone_words
from research.review.guard import PUBLIC_ALREADY, NotPermitted, is_past_embargo

EMBARGO = ("embargo_until", "embargo_source")


class PlanForm(forms.Form):
    """When it goes live, until when nothing of it may be public, and who set that."""

    go_live_at = ClockDateTimeField(
        label=_("Goes live"), required=False, help_text=_("Empty: as soon as it is countersigned.")
    )
    embargo_until = ClockDateTimeField(
        label=_("Embargo until"), required=False, help_text=_("Nothing of the article is public before.")
    )
    embargo_source = forms.CharField(label=_("Who set the embargo"), required=False, max_length=120)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def close_embargo(self) -> None:
        """Show that no embargo can be set any more, and why; who sends one all the same is told so."""
        self.fields["embargo_until"].help_text = PUBLIC_ALREADY
        for name in EMBARGO:
            self.fields[name].widget.attrs["disabled"] = True


@permitted(is_editor, _("Only editors set when an article goes live."))
def plan(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show the times of an article, and set others.

    Raises:
        PermissionDenied: no editor.
    """
    page = get_object_or_404(ArticlePage.objects.select_related("latest_revision"), pk=page_id)
    now, current = timezone.now(), plans.plan_of(page)
    initial = {
        "go_live_at": current.go_live_at,
        "embargo_until": current.embargo_until,
        "embargo_source": current.embargo_source,
        "seen": current.mark,
    }
    form = PlanForm(request.POST if request.method == "POST" else None, initial=initial)
    if is_past_embargo(page, now) and not (current.embargo_until and current.embargo_until > now):
        form.close_embargo()
    if form.is_valid() and _set(request, page, form, current):
        return redirect(_next(request))
    draft = page.get_latest_revision_as_object()
    context = {
        "page": draft,
        "form": form,
        "planned_for": current.planned_for,
        "zone_words": zone_words(),
        "next": _next(request),
        "header_title": gettext("Plan: %(title)s") % {"title": draft.title},
        "header_icon": "date",
        "breadcrumbs_items": crumbs((_next(request), gettext("Back")), ("", draft.title)),
    }
    return render(request, "research/admin/plan.html", context, status=400 if form.errors else 200)


def _set(request: HttpRequest, page: ArticlePage, form: PlanForm, current: plans.Plan) -> bool:
    """Set the times; say at the form what keeps them from being set."""
    values: dict[str, Any] = {name: form.cleaned_data[name] for name in form.fields if name != "seen"}
    # What the browser was shown as closed is not sent, and stays.
    values |= {name: getattr(current, name) for name in EMBARGO if name not in form.data}
    try:
        plan = plans.set_plan(page.pk, plans.Plan(**values), signed_in(request.user), seen=form.cleaned_data["seen"])
    except (plans.CannotPlan, NotPermitted) as refused:
        field = refused.field if isinstance(refused, plans.CannotPlan) else None
        form.add_error(field, gettext("Nothing was set. %(refused)s") % {"refused": refused})
        return False
    time = plan.goes_live(timezone.now())
    words = (
        gettext("goes live on %(time)s, if it is countersigned by then") % {"time": time}
        if time
        else gettext("goes live as soon as it is countersigned")
    )
    messages.success(request, f"“{page.draft_title}” {words}.")
    return True


def _next(request: HttpRequest) -> str:
    """Return where to go back to: the screen that the link was on, else the board."""
    return way_back(request, reverse("research_board"))
