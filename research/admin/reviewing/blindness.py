"""What two reviewers of one version are shown of it, and how an editor decides between their ratings."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from common.models import AnyUser, signed_in
from common.rights import permitted
from research.admin.sign_off_views import may_see_reviews
from research.models.pages import ArticlePage
from research.models.reviews.blind import BlindAnswer, RatingGap
from research.models.workflow import MedicalReviewState
from research.newsroom.permissions import is_editor
from research.review import blind, signing
from research.review.questions import ANSWER_WORDS, given_answers

HELD = gettext_lazy(
    "Two reviewers read this article, neither seeing what the other says. Write a note of your own at the place: it is "
    "shown once both have answered."
)


def speaks_unheard(user: AnyUser, page: ArticlePage) -> bool:
    """True for a reviewer of an article that two read blind now: what they say is kept from everybody else."""
    if not signing.is_reviewer(user):
        return False
    state = MedicalReviewState.objects.open().filter(subject_uuid=page.subject_uuid).select_related("revision").first()
    return state is not None and state.two_reviewers and blind.open_gap(state) is None


def material_for(state: MedicalReviewState, user: AnyUser) -> dict[str, Any]:
    """Return what the review screen says of two reviewers: how many answered, and what they said once it is open."""
    if not state.two_reviewers:
        return {"asks_two": False}
    answers = blind.answers_to(state)
    gap = blind.open_gap(state) if len(answers) >= blind.TWO else None
    return {
        "asks_two": True,
        "answered_count": len(answers),
        "has_answered": any(answer.user_id == user.pk for answer in answers),
        "gap": gap,
        "may_decide_gap": gap is not None and is_editor(user) and not blind.has_answered(state, user),
        "apart": [(rating, _words(rating, values)) for rating, values in gap.ratings.items()] if gap else [],
        "opened_answers": [_shown(answer) for answer in answers if gap is not None and answer.opened_at],
        "gap_decisions": RatingGap.Decision.choices,
    }


def _shown(answer: BlindAnswer) -> dict[str, Any]:
    """Return an opened answer as the screen prints it."""
    notes = [
        (given["asked"], ANSWER_WORDS.get(given["answer"], ""), given["note"])
        for given in given_answers(answer.answers)
        if given["note"] or given["answer"] != "yes"
    ]
    ratings = [
        (rating, blind.bands_of(rating).get(value, ""))
        for rating in blind.RATINGS
        if (value := getattr(answer, rating)) is not None
    ]
    return {"by": answer.user, "at": answer.given_at, "ratings": ratings, "notes": notes, "comment": answer.comment}


def _words(rating: str, values: list[int]) -> str:
    bands = blind.bands_of(rating)
    return " – ".join(f"{value} ({bands.get(value, '')})" for value in values)


@require_POST
@permitted(may_see_reviews)
def decide_gap(request: HttpRequest, state_id: int) -> HttpResponse:
    """Do what an editor decides about two ratings that are far apart.

    Raises:
        PermissionDenied: the account works with no reviews.
    """
    state = get_object_or_404(MedicalReviewState, pk=state_id)
    decision, reason = request.POST.get("decision", ""), request.POST.get("reason", "")
    try:
        state.decide_gap(signed_in(request.user), decision, reason)
    except (PermissionDenied, ValidationError) as refused:
        if not is_editor(request.user):
            raise
        messages.error(request, _("Nothing was decided. %(why)s") % {"why": refused})
        return redirect("research_review", state_id)
    if decision == RatingGap.Decision.STANDS:
        messages.success(request, _("Decided: both signatures count, and the article goes on as planned."))
    else:
        messages.success(request, _("Decided: the article went back to its writer with your words and theirs."))
    return redirect("research_reviews")
