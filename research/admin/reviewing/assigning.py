"""Which reviews are open, and whom each is for: who may sign it, who was asked, by which day."""

from datetime import date

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.models import TaskState

from common.models import User
from common.rights import demand, permitted
from research.admin.sign_off_views import may_see_reviews
from research.models.pages import ArticlePage
from research.models.workflow import MedicalReviewState
from research.newsroom.mails.reviews import announce_submission
from research.newsroom.permissions import MEDICAL_REVIEWERS, can_reassign_reviews
from research.record import signature_queue
from research.review import signing


def open_review(request: HttpRequest, state_id: int, *, lock: bool = False) -> MedicalReviewState | None:
    """Return a review that is still open; None, with a message, when it is over.

    ``lock`` keeps it open until the transaction ends.
    """
    demand(may_see_reviews, request.user)
    states = MedicalReviewState.objects.all()
    state = get_object_or_404(states.select_for_update() if lock else states, pk=state_id)
    if state.status != TaskState.STATUS_IN_PROGRESS:
        messages.warning(
            request, gettext("This review is over: %(status)s.") % {"status": state.get_status_display().lower()}
        )
        return None
    if request.method == "POST":  # reading a page writes nothing
        state.follow_section()
    return state


def able_reviewers(page: ArticlePage) -> list[User]:
    """Return the reviewers who may sign an article, the only ones it can be given to."""
    reviewers = User.objects.filter(groups__role__key=MEDICAL_REVIEWERS, is_active=True).order_by("last_name", "pk")
    return [reviewer for reviewer in reviewers if not signing.reasons_not_to_sign(reviewer, page)]


@require_POST
@permitted(can_reassign_reviews, _("Only editors hand a review to somebody else."))
@transaction.atomic
def reassign(request: HttpRequest, state_id: int) -> HttpResponse:
    """Give a review to a named reviewer, or back to all of them."""
    state = open_review(request, state_id, lock=True)
    if state is None:
        return redirect("research_reviews")
    chosen, asked = request.POST.get("reviewer", ""), request.POST.get("due_on")
    due_on = _day(asked) if asked is not None else state.due_on
    if asked and due_on is None:
        messages.error(request, gettext("Nothing was changed: that is no day. Write it as 2026-12-31."))
        return redirect("research_review", state_id)
    wanted = [chosen, request.POST.get("second", str(state.second_to_id or ""))] if state.two_reviewers else [chosen]
    people, problem = _people_to_give_to(state, wanted)
    if problem:
        messages.error(request, problem)
        return redirect("research_review", state_id)
    state.assigned_to, state.second_to, state.due_on = people[0], people[1], due_on
    state.save(update_fields=["assigned_to", "second_to", "due_on"])
    announce_submission(state, request.user)
    names = get_text_list([str(person) for person in state.given_to()], gettext("and"))
    messages.success(
        request,
        gettext("The review is now for %(assigned_to)s.") % {"assigned_to": names or gettext("any medical reviewer")},
    )
    return redirect("research_review", state_id)


def _people_to_give_to(state: MedicalReviewState, wanted: list[str]) -> tuple[list[User | None], str]:
    """Return the one or two reviewers that were chosen, or what is wrong with the choice."""
    able = {str(reviewer.pk): reviewer for reviewer in able_reviewers(state.revision.as_object())}
    chosen = [pk for pk in wanted if pk]
    if any(pk not in able for pk in chosen):
        return [], gettext("Nothing was changed: this person may not sign this article. Choose another.")
    if len(set(chosen)) < len(chosen):
        return [], gettext("Nothing was changed: two different people read it. Choose another.")
    for pk in chosen:
        away = signature_queue.away_on(timezone.localdate()).filter(user=able[pk]).first()
        if away is not None:
            until = date_format(away.last_day)
            return [], gettext("Nothing was changed: %(able)s is away until %(until)s. Choose another.") % {
                "able": able[pk],
                "until": until,
            }
    people = [able.get(pk) for pk in wanted]
    return [*people, None][:2], ""


def _day(words: str) -> date | None:
    """Return a day that was typed; None for none, and for what is no day."""
    try:
        return parse_date(words.strip())
    except ValueError:
        return None
