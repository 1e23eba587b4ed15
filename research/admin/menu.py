"""What the article editor's action menu offers: only what the person can do, in the newsroom's words."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.action_menu import (
    ActionMenuItem,
    CancelWorkflowMenuItem,
    PageLockedMenuItem,
    PublishMenuItem,
    RestartWorkflowMenuItem,
    SubmitForModerationMenuItem,
    UnpublishMenuItem,
)
from wagtail.models import WorkflowState

from research.editor.drawn import drawn_refusals, open_review_of
from research.models.pages import ArticlePage
from research.models.sections import TopicIndexPage
from research.models.workflow import MedicalReviewState
from research.newsroom.permissions import can_reassign_reviews
from research.newsroom.refusals import note_refusal
from research.review import signing
from research.review.guard import Refusal, refusals_for


class ReviewMenuItem(ActionMenuItem):
    """Leads from the locked editor to the review screen."""

    name = "action-review"
    label = _("Open the review")
    icon_name = "check"

    def is_shown(self, context: dict[str, Any]) -> bool:
        """True while a review is open."""
        return True

    def get_url(self, context: dict[str, Any]) -> str:
        """Return the address of the open review."""
        return reverse("research_review", args=[context["open_review"].pk])


class SubmitForReviewMenuItem(SubmitForModerationMenuItem):
    """Sends the article to the medical reviewers."""

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        """Name the act, not the machinery."""
        context = super().get_context_data(parent_context)
        page = context.get("page")
        state = page.current_workflow_state if page else None
        again = state and state.status == WorkflowState.STATUS_NEEDS_CHANGES
        context["label"] = gettext("Submit for review again") if again else gettext("Submit for review")
        return context


class WithdrawMenuItem(CancelWorkflowMenuItem):
    """Takes a submission back, so that writing can go on."""

    label = _("Withdraw from review")


class TakeDownMenuItem(UnpublishMenuItem):
    """Takes an article from readers, at once."""

    label = _("Take down")


class UnderReviewMenuItem(PageLockedMenuItem):
    """Says why there is nothing to save."""

    label = _("Under review")
    template_name = "research/admin/under_review.html"


def reflect_the_rules(items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """Take away what the rules would refuse; add the way to an open review."""
    page = context.get("page")
    if page is None:
        if issubclass(context["parent_page"].specific_class, TopicIndexPage):
            items[:] = [_in_our_words(item) for item in items if not isinstance(item, PublishMenuItem)]
        return
    if not isinstance(page, ArticlePage):
        return
    state = open_review_of(page)
    refused = bool(drawn_refusals(*_as_stored(page, request, context)))
    items[:] = [_in_our_words(item) for item in items if not _is_out_of_place(item, refused, state)]
    if state is not None:
        items[:] = [UnderReviewMenuItem(item.order) if type(item) is PageLockedMenuItem else item for item in items]
        items.sort(key=lambda item: not isinstance(item, UnderReviewMenuItem))
        if signing.is_reviewer(request.user) or can_reassign_reviews(request.user):
            context["open_review"] = state
            items.insert(0, ReviewMenuItem(order=0))


def _as_stored(page: ArticlePage, request: HttpRequest, context: dict[str, Any]) -> tuple[ArticlePage, datetime | None]:
    """Return the newest draft as it is stored, with its go-live time where that is ahead."""
    # A form that is shown again has changed the page; the screen of an older version shows that one.
    shown = request.method == "GET" and context["view"] == "edit"
    draft = page if shown else page.get_latest_revision_as_object()
    return draft, draft.go_live_at if draft.go_live_at and draft.go_live_at > timezone.now() else None


def refusals_at_release(page: ArticlePage) -> list[Refusal]:
    """Return why an article may not go live at its go-live time, or now when it has none ahead."""
    now = timezone.now()
    return refusals_for(page, now=max(page.go_live_at or now, now))


def say_why_not(request: HttpRequest, page: "ArticlePage") -> HttpResponse | None:
    """Answer a publication that the guard will refuse; the draft is saved by then, and the reasons are told."""
    refusals = refusals_at_release(page) if isinstance(page, ArticlePage) else []
    if not refusals:
        return None
    note_refusal(page, refusals)
    return redirect("wagtailadmin_pages:edit", page.pk)


def _is_out_of_place(item: Any, refused: bool, state: MedicalReviewState | None) -> bool:
    if isinstance(item, PublishMenuItem):
        return refused
    if isinstance(item, RestartWorkflowMenuItem):
        return True
    # An article that was sent back is not under review: there is nothing to withdraw.
    return isinstance(item, CancelWorkflowMenuItem) and state is None


def _in_our_words(item: Any) -> Any:
    ours = {
        SubmitForModerationMenuItem: SubmitForReviewMenuItem,
        CancelWorkflowMenuItem: WithdrawMenuItem,
        UnpublishMenuItem: TakeDownMenuItem,
    }.get(type(item))
    return ours(order=item.order) if ours else item
