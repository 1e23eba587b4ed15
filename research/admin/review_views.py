"""The review screens: an article beside its source, and the shared texts that need a signature."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST
from wagtail.models import TaskState

from common.models import User
from research import rubric
from research.admin.review_forms import ReviewForm, TextSignForm
from research.admin.titles import withheld_from
from research.content.article import content_of, digest_of, read_canonical
from research.content.richtext import normalise_html, text_of
from research.editor.study_record import record_of
from research.models.explainers import Correction, Explainer, GlossaryTerm, NoticeWording
from research.models.pages import ArticlePage
from research.models.published import PublishedArticle
from research.models.releases import Release
from research.models.signoffs import Contribution, SignOff
from research.models.texts import PublishedText, SignableText
from research.models.topics import Topic
from research.models.workflow import MedicalReviewState
from research.newsroom.mails import announce_submission
from research.newsroom.permissions import MEDICAL_REVIEWERS, can_reassign_reviews, can_revoke_sign_offs
from research.newsroom.times import ZonedTime, zoned
from research.publishing import public_row
from research.reading import views
from research.reading.build import ratings, study_view
from research.review import signing
from research.review.changes import changed_parts, difference
from research.review.findings import findings_for

SIGNABLE_TEXTS = {model.subject_type: model for model in (Topic, GlossaryTerm, Explainer, Correction, NoticeWording)}


def reviews(request: HttpRequest) -> HttpResponse:
    """List the articles under review: those that wait for this user first."""
    if not _may_see_reviews(request.user):
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


def _row(state: MedicalReviewState, user: Any) -> dict[str, Any]:
    page = state.revision.as_object()
    return {
        "state": state,
        "page": page,
        "reasons": signing.reasons_not_to_sign(user, page),
        "mine": state.assigned_to_id == user.pk,
        "goes_live": _goes_live(page),
    }


def review(request: HttpRequest, state_id: int) -> HttpResponse:
    """Show an article beside its source and, to who may sign, the form; take the signature."""
    state = _open_review(request, state_id)
    if state is None:
        return redirect("research_reviews")
    page = state.revision.as_object()
    reasons = signing.reasons_not_to_sign(request.user, page)
    form = ReviewForm(request.POST or None)
    if request.method == "POST":
        if reasons:
            messages.error(request, f"Not signed. {' '.join(reasons)}")
            return redirect("research_review", state_id)
        if form.is_valid() and _sign(request, state, page, form):
            return redirect("research_reviews")
    return _show_review(request, state, page, form, reasons)


def _show_review(
    request: HttpRequest, state: MedicalReviewState, page: Any, form: ReviewForm, reasons: list[str]
) -> HttpResponse:
    return render(
        request,
        "research/admin/review.html",
        {
            "state": state,
            "page": page,
            "form": form,
            "reasons": reasons,
            **_review_material(page),
            **findings_for(page, content_of(page), now=timezone.now()),
            "goes_live": _goes_live(page),
            "is_reviewer": signing.is_reviewer(request.user),
            "can_reassign": can_reassign_reviews(request.user),
            "reviewers": _able_reviewers(page) if can_reassign_reviews(request.user) else [],
            "header_title": f"Review: {page.title}",
            "header_icon": "check",
            "breadcrumbs_items": _crumbs((reverse("research_reviews"), "Reviews"), ("", page.title)),
        },
        status=400 if form.errors else 200,
    )


def _able_reviewers(page: Any) -> list[User]:
    """Return the reviewers who may sign an article, the only ones it can be given to."""
    reviewers = User.objects.filter(groups__name=MEDICAL_REVIEWERS, is_active=True).order_by("last_name", "pk")
    return [reviewer for reviewer in reviewers if not signing.reasons_not_to_sign(reviewer, page)]


def _goes_live(page: Any) -> ZonedTime | None:
    """Return the time an article is set to go live; None when that is as soon as it is signed."""
    return zoned(page.go_live_at) if page.go_live_at and page.go_live_at > timezone.now() else None


def _sign(request: HttpRequest, state: MedicalReviewState, page: Any, form: ReviewForm) -> bool:
    """Sign and finish the review; report what keeps it from being signed, losing no answer."""
    try:
        state.approve(
            user=request.user,
            answers=form.answers(),
            conflict_statement=form.conflict_statement(),
            comment=form.cleaned_data["comment"],
        )
    except (PermissionDenied, ValidationError) as refused:
        form.add_error(None, str(refused))
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
    form = ReviewForm(request.POST, sending_back=True)
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


def review_preview(request: HttpRequest, state_id: int) -> HttpResponse:
    """Show the submitted words in the readers' template, for the frame of the review screen."""
    if not _may_see_reviews(request.user):
        raise PermissionDenied
    state = get_object_or_404(MedicalReviewState, pk=state_id)
    return views.article_preview(request, state.revision.as_object())


def sign_text(request: HttpRequest, subject_type: str, pk: int) -> HttpResponse:
    """Show a shared text with what is public now, and take a signature."""
    if not _may_see_reviews(request.user):
        raise PermissionDenied
    if subject_type not in SIGNABLE_TEXTS:
        raise Http404
    text = get_object_or_404(SIGNABLE_TEXTS[subject_type], pk=pk)
    index = reverse(f"research_{text._meta.model_name}_modeladmin_index")
    reasons = signing.reasons_not_to_sign_text(request.user, text)
    form = TextSignForm(request.POST or None)
    if request.method == "POST":
        if reasons:
            messages.error(request, f"Not signed. {' '.join(reasons)}")
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
            "header_title": f"Countersign: {text}",
            "header_icon": "check",
            "breadcrumbs_items": _crumbs((index, str(text._meta.verbose_name_plural).capitalize()), ("", str(text))),
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
    except signing.MayNotSign as refused:
        messages.error(request, f"Not signed. {refused}")
        return False
    messages.success(request, f"“{text}” is countersigned and public.")
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
                "diff": difference(text_of(before), text_of(value)) if public and before != value else "",
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
        label="Why is it revoked?",
        help_text="Kept in the record of signatures for good. Readers do not see it.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why the sign-off is revoked."},
    )


def revoke(request: HttpRequest, sequence: int) -> HttpResponse:
    """Ask why a signature is revoked; with a reason, end it and take down what it made public."""
    if not can_revoke_sign_offs(request.user):
        raise PermissionDenied("Only medical reviewers and editors revoke a signature.")
    line = get_object_or_404(SignOff, pk=sequence, kind=SignOff.Kind.SIGNED)
    subject = _subject_of(line)
    if isinstance(subject, ArticlePage) and subject.pk in withheld_from(request.user):
        raise PermissionDenied("This is about an article under embargo. Ask an editor to revoke its signature.")
    back = _way_back(request, subject)
    if SignOff.objects.standing(line.subject_uuid, line.digest) is None:
        messages.info(request, f"The sign-off of “{subject}” was revoked before.")
        return redirect(back)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        public_row.revoke(line, request.user, form.cleaned_data["reason"])
        messages.success(request, f"The sign-off of “{subject}” is revoked. Readers do not see these words any more.")
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
            "header_title": f"Revoke the sign-off: {subject}",
            "header_icon": "warning",
            "breadcrumbs_items": _crumbs((back, str(subject)), ("", "Revoke the sign-off")),
        },
        status=400 if form.errors else 200,
    )


def _subject_of(line: SignOff) -> Any:
    """Return the article or the shared text that a line is about."""
    model = SIGNABLE_TEXTS.get(line.subject_type, ArticlePage)
    return get_object_or_404(model, subject_uuid=line.subject_uuid)


def _way_back(request: HttpRequest, subject: Any) -> str:
    """Return where a revocation is decided on: the screen of a text, the editor for who may open it."""
    if not isinstance(subject, ArticlePage):
        return reverse("research_sign_text", args=[subject.subject_type, subject.pk])
    if subject.permissions_for_user(request.user).can_edit():
        return reverse("wagtailadmin_pages:edit", args=[subject.pk])
    return reverse("research_reviews")


def _is_public(line: SignOff) -> bool:
    """True while readers see the words of a line."""
    words = {"subject_uuid": line.subject_uuid, "digest": line.digest}
    articles = PublishedArticle.objects.not_withdrawn().filter(**words)
    return articles.exists() or PublishedText.objects.filter(**words).exists()


def _review_material(page: Any) -> dict[str, Any]:
    """Return what stands beside the form: words, source, notices, what changed since last signed."""
    content = content_of(page)
    latest = SignOff.objects.latest_for(page.subject_uuid)
    notices = list(page.study.notices.all()) if page.study else []
    credibility, interest = ratings(content, notices)
    return {
        "content": content,
        "source": study_view(content.study, notices) if content.study else None,
        "record": record_of(page.study) if page.study else None,
        "also_cited": [study_view(citation) for citation in content.also_cited],
        "ratings": [credibility, interest],
        "modest_headline": rubric.needs_modest_headline(credibility, interest),
        "word_count": content.word_count,
        "changes": changed_parts(read_canonical(latest.content), content) if latest else [],
        "latest": latest,
        "worked_on_by": contributions_by(page),
    }


def contributions_by(page: Any) -> list[str]:
    """Return the names of the accounts that worked on an article, first to last."""
    lines = Contribution.objects.filter(subject_uuid=page.subject_uuid)
    return list(dict.fromkeys(line.username for line in lines.select_related("personal")))


def _crumbs(*items: tuple[str, str]) -> list[dict[str, str]]:
    home = (reverse("wagtailadmin_home"), "Home")
    return [{"url": url, "label": label} for url, label in (home, *items)]


def _open_review(request: HttpRequest, state_id: int) -> MedicalReviewState | None:
    """Return a review that is still open; None, with a message, when it is over."""
    if not _may_see_reviews(request.user):
        raise PermissionDenied
    state = get_object_or_404(MedicalReviewState, pk=state_id)
    if state.status != TaskState.STATUS_IN_PROGRESS:
        messages.warning(request, f"This review is over: {state.get_status_display().lower()}.")
        return None
    return state


def _may_see_reviews(user: Any) -> bool:
    return signing.is_reviewer(user) or can_reassign_reviews(user)
