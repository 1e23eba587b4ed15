"""The review screens: what was frozen at submission, beside its source, with the form that signs it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.models import TaskState

from common.models import AnyUser, User
from common.odd_input import id_from
from common.rights import permitted
from research.admin.desk import comments
from research.admin.frame import crumbs
from research.admin.reviewing import blindness, guests, plans, rounds
from research.admin.reviewing.assigning import able_reviewers, open_review
from research.admin.reviewing.forms import ReviewForm
from research.admin.reviewing.material import plan_material, review_material
from research.admin.sign_off_views import may_see_reviews
from research.content.article import ArticleContent
from research.content.stored import read_canonical
from research.models.pages import ArticlePage
from research.models.releases import Release
from research.models.reviews.submissions import Submission
from research.models.workflow import MedicalReviewState
from research.newsroom.comments import open_comments
from research.newsroom.permissions import can_reassign_reviews
from research.newsroom.times import zoned
from research.publishing.pictures import PictureChanged
from research.reading import drafts
from research.record import signature_queue
from research.review import blind, signing
from research.review.claims import drafts as drafts_kept
from research.review.claims.ticks import TICKS, basis_of_submission
from research.review.frozen import Shown

# Fields of the form that say what it was shown with, and the ticks, which are kept on their own.
NOT_KEPT = frozenset({"shown_digest", "shown_notices", "opened", "asked", TICKS})
ANSWERED = _("You have answered already. It counts once the other reviewer has answered, too.")
DID_YOU_READ_IT = _(
    "Every answer is “Yes”, and the source was not opened from this screen. Did you read it, and compare the numbers? "
    "If so, choose “Countersign” once more: this is asked once."
)


def review(request: HttpRequest, state_id: int) -> HttpResponse:
    """Show what was frozen beside its source and, to who may sign, the form; take the signature."""
    state = open_review(request, state_id)
    if state is None:
        return redirect("research_reviews")
    page = state.revision.as_object()
    reasons = signing.reasons_not_to_sign(request.user, page)
    form = _form_for(state, request)
    if blind.has_answered(state, request.user):
        reasons = [str(ANSWERED)]
    if request.method == "POST":
        keep_form(request, state, form)
        if reasons:
            messages.error(request, gettext("Not signed. %(reasons)s") % {"reasons": " ".join(reasons)})
            return redirect("research_review", state_id)
        if form.is_valid():
            questions = _questions_before_signing(page, form)
            if questions:
                for question in questions:
                    form.add_error(None, question)
                return _show_review(request, state, page, form, reasons, asked=True)
            if _sign(request, state, page, form):
                return redirect("research_reviews")
    return _show_review(request, state, page, form, reasons)


def _questions_before_signing(page: ArticlePage, form: ReviewForm) -> list[str]:
    """Return what is asked once before a signature is taken: whether it was read, and whether it may be public now."""
    if form.cleaned_data.get("asked"):
        return []
    questions = [str(DID_YOU_READ_IT)] if form.asks_whether_it_was_read() else []
    day = plans.plan_of(ArticlePage.objects.get(pk=page.pk)).is_ahead(timezone.now())
    if day is not None:
        questions.append(
            gettext(
                "It is planned for %(day)s, and no go-live time is set: signing publishes it at once. "
                "Ask an editor to set the time, or choose “Countersign” once more to publish now."
            )
            % {"day": date_format(day)}
        )
    return questions


def _form_for(
    state: MedicalReviewState, request: HttpRequest, *, sending_back: bool = False, keep: QueryDict | None = None
) -> ReviewForm:
    """Return the form of a review; it asks for a word where the review was given to somebody else.

    With ``keep`` it is a new one in which what was typed before stands.
    """
    content = _content_of(state)
    others = state.in_place_of(request.user)
    is_blind = state.two_reviewers or blind.signatures_needed(state.revision.as_object()) == blind.TWO
    if keep is not None:
        typed = {name: value for name, value in keep.items() if not name.startswith("shown_")}
        return ReviewForm(
            initial=typed | {TICKS: keep.getlist(TICKS)}, content=content, in_place_of=others, is_blind=is_blind
        )
    sent = request.POST if request.method == "POST" else None
    kept = None if sent is not None else drafts_kept.draft_of_reviewer(state.submission, request.user)
    initial = kept.answers if kept else {}
    return ReviewForm(
        sent,
        initial=initial,
        content=content,
        sending_back=sending_back,
        in_place_of=others,
        notes_made=_notes_made(state, request.user) if sending_back else 0,
        is_blind=is_blind,
    )


def _notes_made(state: MedicalReviewState, user: AnyUser) -> int:
    """Return how many notes this reviewer made at sentences in this round, and nobody resolved."""
    page = state.revision.as_object()
    made = open_comments(page).filter(user_id=user.pk, created_at__gte=state.started_at).count()
    return made + len(blind.notes_held(page, user))


def _content_of(state: MedicalReviewState) -> ArticleContent | None:
    """Return the frozen words of a review; None where they are not on record."""
    return read_canonical(state.submission.content) if state.submission and state.submission.content else None


def _show_review(
    request: HttpRequest,
    state: MedicalReviewState,
    page: ArticlePage,
    form: ReviewForm,
    reasons: list[str],
    *,
    asked: bool = False,
) -> HttpResponse:
    # Words that were removed from the record are not there to be read.
    frozen = state.submission if state.submission and state.submission.content else None
    if frozen is not None and isinstance(request.user, User) and signing.is_reviewer(request.user):
        rounds.note_reading(frozen, request.user, timezone.now())
    is_reviewer = signing.is_reviewer(request.user)
    two = blindness.material_for(state, request.user)
    return render(
        request,
        "research/admin/review.html",
        {
            "state": state,
            "page": page,
            "form": form,
            "reasons": reasons,
            "asked": asked,
            **(review_material(request, frozen, page, form) if frozen else {"shown": Shown("")}),
            **comments.material(page, request.user),
            **two,
            "guest_rows": guests.rows_for(page, state, timezone.now()),
            **plan_material(page),
            "unheld": signature_queue.why_unheld(state, timezone.localdate()),
            "away": set(signature_queue.away_on(timezone.localdate()).values_list("user", flat=True)),
            "is_reviewer": is_reviewer,
            "shows_form": is_reviewer and _takes_part(two, reasons),
            "can_reassign": can_reassign_reviews(request.user),
            "reviewers": able_reviewers(page) if can_reassign_reviews(request.user) else [],
            "header_title": gettext("Review: %(title)s") % {"title": page.title},
            "header_icon": "check",
            "breadcrumbs_items": crumbs((reverse("research_reviews"), gettext("Reviews")), ("", page.title)),
        },
        status=400 if form.errors else 200,
    )


def _takes_part(two: dict[str, Any], reasons: list[str]) -> bool:
    """False where two read it, and this reviewer has answered, or is none of those who may."""
    return not two["asks_two"] or not (reasons or two["has_answered"] or two["gap"])


def _sign(request: HttpRequest, state: MedicalReviewState, page: ArticlePage, form: ReviewForm) -> bool:
    """Sign and finish the review; report what keeps it from being signed, losing no answer."""
    try:
        state.approve(
            user=request.user,
            shown=form.shown(),
            take_over=form.cleaned_data.get("take_over", ""),
            answers=form.answers(),
            conflict_statement=form.conflict_statement(),
            comment=form.cleaned_data["comment"],
            ticks=form.ticked(),
            ratings=form.ratings(),
        )
    except (PermissionDenied, ValidationError) as refused:
        form.add_error(None, " ".join(refused.messages) if isinstance(refused, ValidationError) else str(refused))
        # What was typed stays; the next attempt is of the version that is shown below it.
        form.take_shown_from(state.submission)
        return False
    if _waits_for_the_other(request, state):
        return True
    _let_go_of_answers(request, state)
    release = Release.objects.filter(article_id=page.pk, kind=Release.Kind.PUBLISH).order_by("-pk").first()
    if release is not None and release.is_stuck:
        messages.warning(
            request,
            gettext("“%(title)s” is countersigned, but not public. %(reason)s")
            % {"title": page.title, "reason": release.reason},
        )
    elif release is not None and release.state != Release.State.DONE:
        messages.success(
            request,
            gettext("“%(title)s” is countersigned. It goes live on %(due_at)s.")
            % {"title": page.title, "due_at": zoned(release.due_at)},
        )
    else:
        messages.success(request, gettext("“%(title)s” is countersigned and public.") % {"title": page.title})
    return True


def _waits_for_the_other(request: HttpRequest, state: MedicalReviewState) -> bool:
    """True, with a message, where two read it blind and the review is not over with this answer."""
    now = MedicalReviewState.objects.get(pk=state.pk)
    if not now.two_reviewers:
        return False
    title = state.revision.object_str
    if now.status == TaskState.STATUS_REJECTED:
        messages.info(
            request, _("Both reviewers have answered. “%(title)s” went back to its writer.") % {"title": title}
        )
        return True
    if now.status != TaskState.STATUS_IN_PROGRESS:
        return False
    if blind.open_gap(now) is not None:
        words = _("Both reviewers have answered about “%(title)s”. Their ratings are far apart, so an editor decides.")
    else:
        words = _(
            "Your answer about “%(title)s” is kept. Nobody sees it before the other reviewer has answered, and nothing "
            "is published before that."
        )
    messages.success(request, words % {"title": title})
    return True


@require_POST
def send_back(request: HttpRequest, state_id: int) -> HttpResponse:
    """Send an article back to its writer with a comment; without one, show the form again as it was."""
    state = open_review(request, state_id)
    if state is None:
        return redirect("research_reviews")
    signing.refuse_unless_reviewer(request.user)
    form = _form_for(state, request, sending_back=True)
    keep_form(request, state, form)
    if not form.is_valid():
        page = state.revision.as_object()
        return _show_review(request, state, page, form, signing.reasons_not_to_sign(request.user, page))
    try:
        state.reject(
            user=request.user,
            comment=form.words_to_the_writer(),
            answers=form.answers(),
            conflict_statement=form.conflict_statement(),
            take_over=form.cleaned_data.get("take_over", ""),
            ticks=form.ticked(),
            ratings=form.ratings(),
        )
    except signing.MayNotSign as refused:
        messages.error(request, gettext("Not sent back. %(why)s") % {"why": refused})
        return redirect("research_review", state_id)
    if _waits_for_the_other(request, state):
        return redirect("research_reviews")
    _let_go_of_answers(request, state)
    messages.success(request, gettext("The article went back to its writer with your comment."))
    return redirect("research_reviews")


@require_POST
def keep(request: HttpRequest, state_id: int) -> JsonResponse:
    """Keep the form as it stands and sign nothing; 409 when the review is over.

    Raises:
        PermissionDenied: the account reviews nothing.
    """
    signing.refuse_unless_reviewer(request.user)
    state = get_object_or_404(MedicalReviewState, pk=state_id)
    if state.status != TaskState.STATUS_IN_PROGRESS:
        return JsonResponse({"over": True}, status=409)
    kept = keep_form(request, state, _form_for(state, request))
    return JsonResponse({"kept_at": kept.isoformat() if kept else None, "ticked": len(request.POST.getlist(TICKS))})


def keep_form(request: HttpRequest, state: MedicalReviewState, form: ReviewForm) -> datetime | None:
    """Keep what a reviewer sent, complete or not; return when, None where there is nothing to keep it for."""
    content = _content_of(state)
    user = request.user
    if state.submission is None or content is None or not isinstance(user, User) or not signing.is_reviewer(user):
        return None
    answers = {name: request.POST[name] for name in form.fields if name in request.POST and name not in NOT_KEPT}
    row = drafts_kept.keep(
        state.submission,
        user,
        content=content,
        basis=basis_of_submission(state.submission, content),
        answers=answers,
        ticked=form.ticked(),
        now=timezone.now(),
    )
    return row.kept_at


def _let_go_of_answers(request: HttpRequest, state: MedicalReviewState) -> None:
    if state.submission is not None and isinstance(request.user, User):
        drafts_kept.close(state.submission, request.user)


@require_POST
def take_new_version(request: HttpRequest, state_id: int) -> HttpResponse:
    """Put the article as it stands now before the reviewers, in place of what was submitted."""
    state = open_review(request, state_id)
    if state is None:
        return redirect("research_reviews")
    try:
        state.take_new_version(request.user)
    except (signing.IncompleteArticle, PictureChanged) as refused:
        messages.error(
            request,
            gettext("The new version cannot be reviewed: %(refused)s Send the article back instead.")
            % {"refused": refused},
        )
        return redirect("research_review", state_id)
    messages.success(request, gettext("This is the new version. Read what changed before you sign."))
    # What was typed for the version before is kept, to be read again.
    form = _form_for(state, request, keep=request.POST)
    page = state.revision.as_object()
    return _show_review(request, state, page, form, signing.reasons_not_to_sign(request.user, page))


@permitted(may_see_reviews)
def review_preview(request: HttpRequest, state_id: int) -> HttpResponse:
    """Show what was frozen in the readers' template, for the frame of the review screen."""
    state = get_object_or_404(MedicalReviewState, pk=state_id, submission__isnull=False)
    asked = id_from(request.GET.get("version", "")) or state.submission_id
    # The version that the screen around it was opened with, also when another one was taken since.
    submission = get_object_or_404(Submission.objects.exclude(content=""), pk=asked, subject_uuid=state.subject_uuid)
    return drafts.frozen_preview(request, submission, state.revision.as_object())
