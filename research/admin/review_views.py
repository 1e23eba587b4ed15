"""The review screens: what was frozen at submission, beside its source, with the form that signs it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.models import TaskState

from common.models import User
from common.odd_input import id_from
from research import rubric
from research.admin.review_forms import ReviewForm
from research.admin.sign_off_views import crumbs, may_see_reviews
from research.content.article import read_canonical
from research.editor.study_record import record_of
from research.models.pages import ArticlePage
from research.models.releases import Release
from research.models.signoffs import Contribution, SignOff, Submission
from research.models.workflow import MedicalReviewState
from research.newsroom.mails import announce_submission
from research.newsroom.permissions import MEDICAL_REVIEWERS, can_reassign_reviews
from research.newsroom.times import ZonedTime, zoned
from research.publishing.pictures import PictureChanged
from research.reading import drafts
from research.reading.build import ratings, study_view
from research.reading.shapes import ArticlePresentation
from research.review import signing
from research.review.also_public import also_public
from research.review.changes import changed_parts
from research.review.findings import findings_for
from research.review.frozen import Shown, since_frozen


def reviews(request: HttpRequest) -> HttpResponse:
    """List the articles under review: those that wait for this user first."""
    if not may_see_reviews(request.user):
        raise PermissionDenied
    waiting = MedicalReviewState.objects.open().select_related(
        "workflow_state__requested_by", "assigned_to", "revision"
    )
    rows = [_row(state, request.user) for state in waiting.order_by("started_at")]
    rows.sort(key=lambda row: not row["mine"])
    return render(
        request,
        "research/admin/reviews.html",
        {
            "for_me": [row for row in rows if not row["reasons"]],
            "for_others": [row for row in rows if row["reasons"]],
            "is_reviewer": signing.is_reviewer(request.user),
            "header_title": "Reviews",
            "header_icon": "check",
            "breadcrumbs_items": [
                {"url": reverse("wagtailadmin_home"), "label": "Home"},
                {"url": "", "label": "Reviews"},
            ],
        },
    )


def _row(state: MedicalReviewState, user: signing.AnyUser) -> dict[str, Any]:
    page = state.revision.as_object()
    return {
        "state": state,
        "page": page,
        "reasons": signing.reasons_not_to_sign(user, page),
        "mine": state.assigned_to_id == user.pk,
        "goes_live": _goes_live(page),
    }


def review(request: HttpRequest, state_id: int) -> HttpResponse:
    """Show what was frozen beside its source and, to who may sign, the form; take the signature."""
    state = _open_review(request, state_id)
    if state is None:
        return redirect("research_reviews")
    page = state.revision.as_object()
    reasons = signing.reasons_not_to_sign(request.user, page)
    form = _form_for(state, request)
    if request.method == "POST":
        if reasons:
            messages.error(request, f"Not signed. {' '.join(reasons)}")
            return redirect("research_review", state_id)
        if form.is_valid() and _sign(request, state, page, form):
            return redirect("research_reviews")
    return _show_review(request, state, page, form, reasons)


def _form_for(
    state: MedicalReviewState, request: HttpRequest, *, sending_back: bool = False, keep: QueryDict | None = None
) -> ReviewForm:
    """Return the form of a review; it asks for a word where the review was given to somebody else.

    With ``keep`` it is a new one in which what was typed before stands.
    """
    others = state.assigned_to if state.assigned_to_id and state.assigned_to_id != request.user.pk else None
    if keep is not None:
        typed = {name: value for name, value in keep.items() if not name.startswith("shown_")}
        return ReviewForm(initial=typed, in_place_of=others)
    return ReviewForm(request.POST or None, sending_back=sending_back, in_place_of=others)


def _show_review(
    request: HttpRequest, state: MedicalReviewState, page: ArticlePage, form: ReviewForm, reasons: list[str]
) -> HttpResponse:
    # Words that were removed from the record are not there to be read.
    frozen = state.submission if state.submission and state.submission.content else None
    return render(
        request,
        "research/admin/review.html",
        {
            "state": state,
            "page": page,
            "form": form,
            "reasons": reasons,
            **(_review_material(request, frozen, page) if frozen else {"shown": Shown("")}),
            "goes_live": _goes_live(page),
            "is_reviewer": signing.is_reviewer(request.user),
            "can_reassign": can_reassign_reviews(request.user),
            "reviewers": _able_reviewers(page) if can_reassign_reviews(request.user) else [],
            "header_title": f"Review: {page.title}",
            "header_icon": "check",
            "breadcrumbs_items": crumbs((reverse("research_reviews"), "Reviews"), ("", page.title)),
        },
        status=400 if form.errors else 200,
    )


def _able_reviewers(page: ArticlePage) -> list[User]:
    """Return the reviewers who may sign an article, the only ones it can be given to."""
    reviewers = User.objects.filter(groups__role__key=MEDICAL_REVIEWERS, is_active=True).order_by("last_name", "pk")
    return [reviewer for reviewer in reviewers if not signing.reasons_not_to_sign(reviewer, page)]


def _goes_live(page: ArticlePage) -> ZonedTime | None:
    """Return the time an article is set to go live; None when that is as soon as it is signed."""
    return zoned(page.go_live_at) if page.go_live_at and page.go_live_at > timezone.now() else None


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
        )
    except (PermissionDenied, ValidationError) as refused:
        form.add_error(None, str(refused))
        # What was typed stays; the next attempt is of the version that is shown below it.
        form.take_shown_from(state.submission)
        return False
    release = Release.objects.filter(article_id=page.pk, kind=Release.Kind.PUBLISH).order_by("-pk").first()
    if release is not None and release.is_stuck:
        messages.warning(request, f"“{page.title}” is countersigned, but not public. {release.reason}")
    elif release is not None and release.state != Release.State.DONE:
        messages.success(request, f"“{page.title}” is countersigned. It goes live on {zoned(release.due_at)}.")
    else:
        messages.success(request, f"“{page.title}” is countersigned and public.")
    return True


@require_POST
def send_back(request: HttpRequest, state_id: int) -> HttpResponse:
    """Send an article back to its writer with a comment; without one, show the form again as it was."""
    state = _open_review(request, state_id)
    if state is None:
        return redirect("research_reviews")
    signing.refuse_unless_reviewer(request.user)
    form = _form_for(state, request, sending_back=True)
    if not form.is_valid():
        page = state.revision.as_object()
        return _show_review(request, state, page, form, signing.reasons_not_to_sign(request.user, page))
    state.reject(user=request.user, comment=form.words_to_the_writer())
    messages.success(request, "The article went back to its writer with your comment.")
    return redirect("research_reviews")


@require_POST
def reassign(request: HttpRequest, state_id: int) -> HttpResponse:
    """Give a review to a named reviewer, or back to all of them."""
    if not can_reassign_reviews(request.user):
        raise PermissionDenied("Only editors hand a review to somebody else.")
    state = _open_review(request, state_id)
    if state is None:
        return redirect("research_reviews")
    chosen = request.POST.get("reviewer", "")
    able = {str(reviewer.pk): reviewer for reviewer in _able_reviewers(state.revision.as_object())}
    if chosen and chosen not in able:
        messages.error(request, "Nothing was changed: this person may not sign this article. Choose another.")
        return redirect("research_review", state_id)
    state.assigned_to = able.get(chosen)
    state.save(update_fields=["assigned_to"])
    announce_submission(state, request.user)
    messages.success(request, f"The review is now for {state.assigned_to or 'any medical reviewer'}.")
    return redirect("research_review", state_id)


@require_POST
def take_new_version(request: HttpRequest, state_id: int) -> HttpResponse:
    """Put the article as it stands now before the reviewers, in place of what was submitted."""
    state = _open_review(request, state_id)
    if state is None:
        return redirect("research_reviews")
    try:
        state.take_new_version(request.user)
    except (signing.IncompleteArticle, PictureChanged) as refused:
        messages.error(request, f"The new version cannot be reviewed: {refused} Send the article back instead.")
        return redirect("research_review", state_id)
    messages.success(request, "This is the new version. Read what changed before you sign.")
    # What was typed for the version before is kept, to be read again.
    form = _form_for(state, request, keep=request.POST)
    page = state.revision.as_object()
    return _show_review(request, state, page, form, signing.reasons_not_to_sign(request.user, page))


def review_preview(request: HttpRequest, state_id: int) -> HttpResponse:
    """Show what was frozen in the readers' template, for the frame of the review screen."""
    if not may_see_reviews(request.user):
        raise PermissionDenied
    state = get_object_or_404(MedicalReviewState, pk=state_id, submission__isnull=False)
    asked = id_from(request.GET.get("version", "")) or state.submission_id
    # The version that the screen around it was opened with, also when another one was taken since.
    submission = get_object_or_404(Submission.objects.exclude(content=""), pk=asked, subject_uuid=state.subject_uuid)
    return drafts.frozen_preview(request, submission, state.revision.as_object())


def _review_material(request: HttpRequest, submission: Submission, page: ArticlePage) -> dict[str, Any]:
    """Return what stands beside the form, all of it of the frozen version, and what changed since."""
    content = read_canonical(submission.content)
    latest = SignOff.objects.latest_for(page.subject_uuid)
    shown = drafts.frozen_presentation(submission, page)
    notices = drafts.frozen_notices(submission, page.study)
    credibility, interest = ratings(content, notices)
    return {
        "content": content,
        "shown": Shown.of(submission),
        "since": since_frozen(submission, page),
        "also_public": also_public(content, _page_html(request, shown), submission.terms),
        "source": study_view(content.study, notices) if content.study else None,
        "record": record_of(page.study) if page.study else None,
        "also_cited": shown.also_cited,
        "ratings": [credibility, interest],
        "modest_headline": rubric.needs_modest_headline(credibility, interest),
        "word_count": content.word_count,
        # Words that were removed from the record leave nothing to compare with.
        "changes": changed_parts(read_canonical(latest.content), content) if latest and latest.content else [],
        "latest": latest,
        "worked_on_by": contributions_by(page),
        **findings_for(page, content, now=timezone.now()),
    }


def _page_html(request: HttpRequest, shown: ArticlePresentation) -> str:
    context = {"article": shown, "metadata": shown.metadata}
    return render_to_string("research/article_page.html", context, request)


def contributions_by(page: ArticlePage) -> list[str]:
    """Return the names of the accounts that worked on an article, first to last."""
    lines = Contribution.objects.filter(subject_uuid=page.subject_uuid)
    return list(dict.fromkeys(line.username for line in lines.select_related("personal")))


def _open_review(request: HttpRequest, state_id: int) -> MedicalReviewState | None:
    """Return a review that is still open; None, with a message, when it is over."""
    if not may_see_reviews(request.user):
        raise PermissionDenied
    state = get_object_or_404(MedicalReviewState, pk=state_id)
    if state.status != TaskState.STATUS_IN_PROGRESS:
        messages.warning(request, f"This review is over: {state.get_status_display().lower()}.")
        return None
    return state
