"""Timed publication: releases are planned here, as functions of ``now``; ``runner`` makes them happen.

Nothing is public before its time, nothing twice, and one failure never stops another.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from wagtail.models import Revision

from common.models import User
from research.content.article import content_of
from research.models.releases import Release, ReleaseBundle
from research.publishing import public_pictures
from research.publishing.bundles import refuse_against
from research.publishing.carrying_out.runner import MAX_FAULTS, run_due, run_soon
from research.publishing.ledger import SYSTEM, cancel_open, change, hold, locked, name_of, note
from research.review.guard import NotPermitted, Reason, demand, embargo_of

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

__all__ = [
    "MAX_FAULTS",
    "SYSTEM",
    "follow_publication",
    "follow_schedule",
    "plan_expiry",
    "plan_release",
    "release_soon",
    "run_due",
]

REPLACED: dict[str, str] = {Release.Kind.PUBLISH: "Replaced by a newer release."}
SET_ANEW: dict[str, str] = {Release.Kind.UNPUBLISH: "The expiry time was set anew."}


@transaction.atomic
def plan_release(revision: Revision, *, user: User | None = None, digest: str, now: datetime | None = None) -> Release:
    """Put a signed revision on the ledger: due now, at its go-live time, or with its bundle.

    Without a go-live time an embargo decides: due when it ends. An open release of the same article is
    cancelled: the newer one takes its place.

    Raises:
        NotPermitted: these words may not be public then: unsigned, a go-live before an embargo ends, or one
            that is later than the bundle's.
    """
    now = now or timezone.now()
    page = revision.as_object()
    bundle = ReleaseBundle.objects.waiting_for(page.pk)
    due_at = _due_at(page, bundle, now)
    demand(page, now=due_at)
    if bundle is not None:
        refuse_against(page, bundle, now=now)
    cancel_open(page, REPLACED, user=user)
    release = Release.objects.create(
        article_id=page.pk,
        kind=Release.Kind.PUBLISH,
        bundle=bundle,
        revision=revision,
        digest=digest,
        due_at=due_at,
        requested_by=user,
    )
    note(release, name_of(user))
    public_pictures.get_ready_soon(page.subject_uuid, digest)
    if due_at > now:
        page.revisions.exclude(pk=revision.pk).update(approved_go_live_at=None)
        if revision.approved_go_live_at != due_at:
            revision.approved_go_live_at = due_at
            revision.save(update_fields=["approved_go_live_at"])
    _plan_expiry_of_new(page, user)
    return release


def _plan_expiry_of_new(page: "ArticlePage", user: User | None) -> None:
    """Put the expiry of what is not public on the ledger with its go-live.

    What is public keeps its own until new words take its place.
    """
    if not page.live:
        plan_expiry(page, user=user)


def _due_at(page: "ArticlePage", bundle: ReleaseBundle | None, now: datetime) -> datetime:
    if bundle is not None:
        return max(now, bundle.due_at)
    if page.go_live_at and page.go_live_at > now:
        return page.go_live_at
    return max(now, embargo_of(page) or now)


def release_soon(revision: Revision, *, user: User | None = None, digest: str) -> Release:
    """Plan a release and, when it is due now, carry it out as soon as this transaction is done.

    The signature stands whatever becomes of the release. One that the guard refuses for another reason
    than a missing signature is held on the ledger, with the reason.

    Raises:
        NotPermitted: the words are not signed.
    """
    try:
        release = plan_release(revision, user=user, digest=digest)
    except NotPermitted as refused:
        if any(refusal.reason == Reason.UNSIGNED for refusal in refused.refusals):
            raise
        return _held_from_the_start(revision, user, digest, str(refused))
    if release.due_at <= timezone.now():
        # What it raises is in the log, and the runner tries again: the signature stands.
        transaction.on_commit(lambda: run_soon(release.pk), robust=True)
    return release


@transaction.atomic
def _held_from_the_start(revision: Revision, user: User | None, digest: str, reason: str) -> Release:
    page = revision.as_object()
    cancel_open(page, REPLACED, user=user)
    release = Release.objects.create(
        article_id=page.pk,
        kind=Release.Kind.PUBLISH,
        revision=revision,
        digest=digest,
        due_at=page.go_live_at or timezone.now(),
        requested_by=user,
    )
    hold(release, actor=name_of(user), reason=reason)
    _plan_expiry_of_new(page, user)
    return release


@transaction.atomic(savepoint=False)
def plan_expiry(page: "ArticlePage", *, user: User | None = None) -> Release | None:
    """Keep the ledger's line for expiry in step with the article's expiry time; one that is right stays."""
    if page.expire_at:
        waiting = Release.objects.open().filter(article_id=page.pk, kind=Release.Kind.UNPUBLISH, due_at=page.expire_at)
        planned = locked(waiting.filter(state=Release.State.PLANNED)).first()
        if planned is not None:
            return planned
    cancel_open(page, SET_ANEW, user=user)
    if not page.expire_at:
        return None
    release = Release.objects.create(
        article_id=page.pk, kind=Release.Kind.UNPUBLISH, due_at=page.expire_at, requested_by=user
    )
    note(release, name_of(user))
    return release


def follow_publication(page: "ArticlePage") -> None:
    """Settle what was planned for an article that went live, and put its expiry on the ledger."""
    why: dict[str, str] = {Release.Kind.PUBLISH: "Published before its time."}
    if page.expire_at:
        cancel_open(page, why)
        plan_expiry(page)
    else:
        cancel_open(page, {**why, **SET_ANEW})


def follow_schedule(revision: Revision) -> None:
    """Keep the ledger in step with a time that Wagtail's own screens set on a revision, or took off.

    Raises:
        NotPermitted: these words may not be public at that time.
    """
    planned = Release.objects.open().filter(revision=revision, kind=Release.Kind.PUBLISH)
    if revision.approved_go_live_at is None:
        with transaction.atomic():
            for release in locked(planned.exclude(state=Release.State.CLAIMED)):
                change(release, Release.State.CANCELLED, reason="The schedule was taken off.")
    elif not planned.filter(due_at=revision.approved_go_live_at).exists():
        plan_release(revision, user=revision.user, digest=content_of(revision.as_object()).digest)
