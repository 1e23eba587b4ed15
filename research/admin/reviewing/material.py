"""What stands on the review screen beside the form: the source, the changes, the claims, the plan."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from research import rubric
from research.admin.reviewing import plans, rounds
from research.admin.reviewing.forms import ReviewForm
from research.checking.facts import Draft
from research.content.stored import read_canonical
from research.editor.study_record import record_of
from research.models.pages import ArticlePage
from research.models.reviews.submissions import Submission
from research.models.signoffs import Contribution, SignOff
from research.newsroom.times import zoned
from research.reading import drafts
from research.reading.build import ratings, study_view
from research.reading.shapes import ArticlePresentation
from research.review.also_public import also_public
from research.review.claims import drafts as drafts_kept
from research.review.claims.lines import lines_to_tick
from research.review.claims.ticks import TICKS, basis_of_submission
from research.review.findings import draft_for, findings_for
from research.review.frozen import Shown, since_frozen


def review_material(
    request: HttpRequest, submission: Submission, page: ArticlePage, form: ReviewForm
) -> dict[str, Any]:
    """Return what stands beside the form, all of it of the frozen version, and what changed since."""
    content, now = read_canonical(submission.content), timezone.now()
    draft = draft_for(page, content, now=now)
    latest = SignOff.objects.latest_for(page.subject_uuid)
    change, other_versions = rounds.since(submission, content, request.user, latest, request.GET.get("since", ""))
    earlier_rounds, form.earlier = rounds.earlier_rounds(page.subject_uuid, request.user)
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
        "change": change,
        "other_versions": other_versions,
        "earlier_rounds": earlier_rounds,
        "latest": latest,
        "worked_on_by": contributions_by(page),
        **_claims_to_tick(request, submission, draft, form),
        **findings_for(page, content, now=now, draft=draft),
    }


def _claims_to_tick(request: HttpRequest, submission: Submission, draft: Draft, form: ReviewForm) -> dict[str, Any]:
    """Return the claims beside their passages; ticks are those of the form that was sent, else those kept."""
    basis = basis_of_submission(submission, draft.content)
    kept = drafts_kept.draft_of_reviewer(submission, request.user)
    ticks = dict(kept.ticks) if kept else {}
    sent = form.ticked() if form.is_bound else form.initial.get(TICKS)
    if sent is not None:
        here = {claim.key: claim for claim in draft.claims}
        ticks = {key: basis.of(here[key]) for key in sent if key in here}
    return lines_to_tick(draft, basis, ticks, {source.study: source.title for source in draft.content.cited})


def _page_html(request: HttpRequest, shown: ArticlePresentation) -> str:
    context = {"article": shown, "metadata": shown.metadata}
    return render_to_string("research/article_page.html", context, request)


def contributions_by(page: ArticlePage) -> list[str]:
    """Return the names of the accounts that worked on an article, first to last."""
    lines = Contribution.objects.filter(subject_uuid=page.subject_uuid)
    return list(dict.fromkeys(line.username for line in lines.select_related("personal")))


def plan_material(page: ArticlePage) -> dict[str, Any]:
    """Return when the article goes live, its embargo, and the day it is meant for, as they stand now."""
    now, plan = timezone.now(), plans.plan_of(ArticlePage.objects.get(pk=page.pk))
    holds = plan.embargo_until is not None and plan.embargo_until > now
    return {
        "goes_live": plan.goes_live(now),
        "embargo": zoned(plan.embargo_until) if plan.embargo_until and holds else None,
        "embargo_source": plan.embargo_source,
        "planned_for": plan.planned_for,
        "is_planned_ahead": plan.is_ahead(now) is not None,
    }
