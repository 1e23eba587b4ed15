"""The newsroom's own ways: edit, submit, sign, publish. Nothing here goes round a rule."""

from contextlib import nullcontext
from datetime import datetime
from typing import Any

import time_machine
from django.utils import timezone

from common.models import User
from research.content.article import content_of
from research.content.stored import read_canonical
from research.models import ArticlePage, MedicalReviewState, Release, SignOff, Submission
from research.publishing import planning
from research.publishing.freezing import freeze
from research.review.claims.ticks import required_ticks
from research.review.frozen import Shown
from research.review.questions import REVIEW_QUESTIONS
from research.review.signing import sign_article
from tests.factories.people import editor_user, reviewer_user
from tests.scenes import one_step, scenes

ANSWERS = {question.key: {"answer": "yes", "note": ""} for question in REVIEW_QUESTIONS}
NO_STAKE = "I have no stake in this study."


def edit(article: ArticlePage, user: User | None = None, **values: Any) -> ArticlePage:
    """Save a draft with other values, as the editor does; return the draft."""
    draft = article.get_latest_revision_as_object()
    for name, value in values.items():
        setattr(draft, name, value)
    scenes.step("edit", (article, article.latest_revision_id, user, values), lambda: draft.save_revision(user=user))
    return ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()


def digest_of_draft(article: ArticlePage) -> str:
    """Return the digest of an article's latest revision."""
    return content_of(article.get_latest_revision_as_object()).digest


def all_ticks(submission: Submission) -> list[str]:
    """Return the keys of the claims that nobody signs without a tick."""
    return [claim.key for claim in required_ticks(read_canonical(submission.content))]


@one_step
def sign(
    article: ArticlePage, reviewer: User | None = None, *, comment: str = "", now: datetime | None = None
) -> SignOff:
    """Countersign the latest revision."""
    frozen = freeze(ArticlePage.objects.get(pk=article.pk).get_latest_revision(), None)
    return sign_article(
        frozen,
        reviewer or reviewer_user(),
        shown=Shown.of(frozen),
        answers=ANSWERS,
        conflict_statement=NO_STAKE,
        comment=comment,
        ticks=all_ticks(frozen),
        now=now,
    )


@one_step
def schedule(article: ArticlePage, reviewer: User | None = None) -> Release:
    """Sign and put on the ledger, at its go-live time or due now; nothing is carried out yet."""
    line = sign(article, reviewer)
    revision = ArticlePage.objects.get(pk=article.pk).get_latest_revision()
    return planning.plan_release(revision, digest=line.digest)


@one_step
def publish(article: ArticlePage, reviewer: User | None = None, *, at: datetime | None = None) -> ArticlePage:
    """Sign, plan and carry out, now or as at another time; return the live page."""
    with time_machine.travel(at, tick=False) if at else nullcontext():
        release = schedule(article, reviewer)
        planning.run_due(timezone.now())
    release.refresh_from_db()
    assert release.state == Release.State.DONE, release.reason
    return ArticlePage.objects.get(pk=article.pk)


@one_step
def submit(article: ArticlePage, user: User) -> MedicalReviewState:
    """Submit for medical review; return the review."""
    article = ArticlePage.objects.get(pk=article.pk)
    return article.get_workflow().start(article, user).current_task_state.specific


def approve(state: MedicalReviewState, user: User, **changes: Any) -> None:
    """Countersign an article under review, as its screen does."""
    given = {
        "shown": Shown.of(state.submission),
        "answers": ANSWERS,
        "ticks": all_ticks(state.submission),
        "conflict_statement": NO_STAKE,
    }
    state.approve(user=user, **(given | changes))


@one_step
def unpublish(article: ArticlePage, user: User | None = None) -> None:
    """Take an article down as an editor."""
    ArticlePage.objects.get(pk=article.pk).unpublish(user=user or editor_user())
