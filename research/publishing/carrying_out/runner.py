"""Carrying out what is due on the ledger: once each, whatever fails, whoever else runs.

A release is claimed in a short transaction of its own, which counts the attempt and hides it from other
runners for a while: a runner that dies or freezes, even without a word, keeps nobody else waiting. It is
carried out in a second transaction, under a lock, with the guard asked again and the receipt written in it.

What fails by a fault of what we run on is tried again without end, the database's time-outs free what a frozen
process holds (see ``config.databases``), and only a fault of the article itself is given up.
"""

import logging
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import F, QuerySet
from wagtail.models import Page

from common import clock
from common.faults import for_each, is_of_environment, let_go_of_broken_connection, twice
from common.leases import BackOff
from common.once import reading
from common.prepared import KEY, MOMENT, Prepared
from research.content.section import section_of
from research.models.releases import Release, ReleaseBundle
from research.newsroom.mails.releases import announce_published
from research.publishing.bundles import not_ready_words
from research.publishing.carrying_out.going_live import publish_as_judged
from research.publishing.ledger import (
    SYSTEM,
    change,
    give_up,
    hold,
    lock,
    lock_page_of,
    locked,
    note,
    take_back_pictures,
    take_part_in_releases,
)
from research.review.guard import NotPermitted, Reason, Refusal, demand, standing_permit
from research.review.guarded_saves import SHOWN_OF_PAGE

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

logger = logging.getLogger(__name__)

# So often a release may fail by a fault of the article itself; other faults are not counted.
MAX_FAULTS = 6
BACK_OFF = BackOff(first=timedelta(seconds=10), longest=timedelta(minutes=15))
# PostgreSQL: Wagtail's index rewrites a column table-wide inside each page's transaction, so two releases
# at once deadlock unless index writes are queued. Any number that is not used for another lock.
INDEX_LEASE = 7_204_019

WAITING = (Release.State.PLANNED, Release.State.DUE)
BESIDE_A_RELEASE = ("article", "revision", "requested_by", "bundle")

DUE_ALONE = Prepared(
    lambda now, pk: locked(Release.objects.due(now).filter(pk=pk, bundle__isnull=True), skip=True), MOMENT, KEY
)


def _waiting(now: datetime) -> QuerySet[Release]:
    return Release.objects.filter(state__in=WAITING, due_at__lte=now)


BUNDLE_OF_WAITING = Prepared(
    lambda now, pk: _waiting(now).filter(pk=pk, bundle__isnull=False).values_list("bundle_id", flat=True), MOMENT, KEY
)
ALONE_TO_CARRY_OUT = Prepared(
    lambda now, pk: locked(_waiting(now).filter(pk=pk, bundle__isnull=True).select_related(*BESIDE_A_RELEASE)),
    *(MOMENT, KEY),
)


class NotLive(RuntimeError):
    """Wagtail published a revision, and readers do not have it."""


class _LeaseTaken(Exception):
    """Another runner writes the search index right now."""


def run_due(now: datetime, *, limit: int = 1000, stopping: Callable[[], bool] = lambda: False) -> int:
    """Carry out what is due, expiry first, then oldest first; return how many were done.

    Each release, or bundle, has a transaction of its own. Run by any number of processes, each is done
    once. Before each, ``stopping`` is asked whether to leave the rest to the next round.
    """
    # Not by the clock, which may be set while this runs.
    started = time.monotonic()
    done: list[int] = []
    due = Release.objects.due(now).values_list("pk", flat=True)[:limit]
    for_each(
        takewhile(lambda _: not stopping(), due),
        lambda pk: done.append(run_one(pk, now + timedelta(seconds=time.monotonic() - started))),
        "What became of release %s could not be noted",
    )
    return sum(done)


def run_one(pk: int, now: datetime) -> int:
    """Carry out one release with all that is bundled with it; return how many were done."""
    try:
        if _claim(pk, now):
            return _carry_out_all(pk, now)
    except NotPermitted as refused:
        _set_aside(pk, str(refused))
    except _LeaseTaken:
        _give_back(pk)
    except Exception as error:  # whatever fails, the others go on
        logger.exception("Release %s failed", pk)
        let_go_of_broken_connection()
        _try_again_later(pk, error, now)
    return 0


def run_soon(pk: int) -> int:
    """Carry out one release now, as far as the time is known; otherwise it waits for the runner."""
    try:
        now = clock.now()
    except clock.ClockNotTrusted as refused:
        logger.error("Release %s waits: %s", pk, refused)
        return 0
    return run_one(pk, now)


@transaction.atomic
def _claim(pk: int, now: datetime) -> Collection[Release]:
    """Count an attempt and return the release with its bundle; nothing when another runner has them."""
    if not _lease_is_free():
        return []
    members = _due_with_bundle(pk, now)
    for member in members:
        member.attempts += 1
        member.next_attempt_at = now + BACK_OFF.after(member.attempts)
        member.state = Release.State.DUE
        member.save(update_fields=["attempts", "next_attempt_at", "state"])
        if member.attempts == 1:
            note(member, SYSTEM)
    return members


def _due_with_bundle(pk: int, now: datetime) -> Collection[Release]:
    alone = DUE_ALONE(now, pk)
    if alone:
        return alone
    due = Release.objects.due(now)
    bundle = due.filter(pk=pk).values_list("bundle_id", flat=True).first()
    # Two runners meet at the bundle, so neither holds some of its releases and waits for the rest.
    if not locked(ReleaseBundle.objects.filter(pk=bundle), skip=True):
        return []
    return locked(due.filter(bundle_id=bundle))


def _carry_out_all(pk: int, now: datetime) -> int:
    """Carry out a claimed release and its bundle, all or none; a lost deadlock is tried again at once."""
    said = "Release %s met another writer, or lost its connection; once more: %s"
    return twice(lambda: _carry_out_in_one(pk, now), said, pk)


@transaction.atomic
def _carry_out_in_one(pk: int, now: datetime) -> int:
    if not _lease_is_free():
        raise _LeaseTaken
    take_part_in_releases()
    members = _take(pk, now)
    return sum(_carry_out(release, now) for release in members)


def _needs_lease() -> bool:
    return connection.vendor == "postgresql" and not settings.TASKS_IN_DATABASE


def _lease_is_free() -> bool:
    """Let one release at a time write the search index where two would deadlock; held until the transaction ends.

    False while another runner has it. Nobody waits for it, so who froze with it makes nobody else fail; the
    database takes it from them.
    """
    if not _needs_lease():
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [INDEX_LEASE])
        return cursor.fetchone() == (True,)


def _take(pk: int, now: datetime) -> Collection[Release]:
    """Return the release and its bundle, locked; nothing when it was done or cancelled meanwhile.

    Raises:
        NotPermitted: a member of the bundle has no release: all or none.
    """
    # Whoever saves a page holds its row and then looks for its releases: the same order here.
    lock_page_of(pk)
    members: Collection[Release] = ALONE_TO_CARRY_OUT(now, pk) or _take_bundle(pk, now)
    for member in members:
        # Nobody sees this state, but for what a release itself sets off: that leaves it alone.
        member.state = Release.State.CLAIMED
        member.save(update_fields=["state"])
    return members


def _take_bundle(pk: int, now: datetime) -> Collection[Release]:
    bundle = BUNDLE_OF_WAITING.first(now, pk)
    if bundle is None:
        return []
    together = _waiting(now).filter(bundle_id=bundle)
    lock(Page.objects.filter(pk__in=together.values("article_id")))
    members = locked(together.select_related(*BESIDE_A_RELEASE))
    _refuse_incomplete(next((member.bundle for member in members), None), members)
    return members


def _refuse_incomplete(bundle: ReleaseBundle | None, members: Collection[Release]) -> None:
    if bundle is None:
        return
    present = {release.article_id for release in members}
    entries = bundle.entries.select_related("article")
    words = not_ready_words(bundle, [entry.article for entry in entries if entry.article_id not in present])
    if words:
        raise NotPermitted([Refusal(Reason.BUNDLE, words)])


def _carry_out(release: Release, now: datetime) -> int:
    """Return 1 when the release was done, 0 when its time had gone by."""
    if release.kind == Release.Kind.UNPUBLISH:
        _expire(release)
        return 1
    # What is changed of it meanwhile counts as changed after; the guard of the sealed row asks anew.
    with reading(section_of):
        return _publish(release, now)


def _publish(release: Release, now: datetime) -> int:
    revision = release.revision
    if revision is None:
        gone = Refusal(Reason.CHANGED, "The version that was to be published no longer exists.")
        raise NotPermitted([gone])
    page = release.article.with_content_json(revision.content)
    if page.expire_at and page.expire_at <= now:
        _let_pass(release, page)
        return 0
    given = demand(page, now=now)
    if release.digest and release.digest != given.digest:
        changed = Refusal(Reason.CHANGED, "The words changed after this release was planned.")
        raise NotPermitted([changed])
    with standing_permit(page, given):
        publish_as_judged(page, revision, release.requested_by, stored=release.article)
    if not SHOWN_OF_PAGE(page.pk, given.digest):
        raise NotLive("The article is not public after its release. Does this machine's clock run behind?")
    release.receipt = {"digest": given.digest, "sign_off": given.sign_off.pk}
    change(release, Release.State.DONE)
    announce_published(release, page, given.sign_off)
    return 1


def _let_pass(release: Release, page: "ArticlePage") -> None:
    """Do not publish what is past its expiry time; had it been published, the article would be down now."""
    if release.bundle_id:
        late = Refusal(Reason.BUNDLE, f"“{page.title}” is past its expiry time, and a bundle goes out together.")
        raise NotPermitted([late])
    change(release, Release.State.CANCELLED, reason="Its expiry time has passed.")
    _take_down(release)


def _expire(release: Release) -> None:
    if not _take_down(release):
        change(release, Release.State.CANCELLED, reason="The article was not public when it was to expire.")
        return
    release.receipt = {"expired": True}
    change(release, Release.State.DONE)


def _take_down(release: Release) -> bool:
    """Unpublish a release's article; return whether it was public."""
    page = release.article
    if not page.live:
        return False
    page.unpublish(set_expired=True, commit=True, log_action="wagtail.unpublish.scheduled")
    # Wagtail takes every schedule off what it unpublishes. New words that were signed for later stay planned.
    for later in page.releases.open():
        page.revisions.filter(pk=later.revision_id).update(approved_go_live_at=later.due_at)
    return True


def _waiting_with_bundle(pk: int) -> Collection[Release]:
    """Return the release and the ones bundled with it, locked; nobody's decision meanwhile is undone."""
    waiting = Release.objects.filter(state__in=WAITING)
    release = waiting.filter(pk=pk).first()
    if release is None:
        return []
    return locked(waiting.filter(bundle_id=release.bundle_id) if release.bundle_id else waiting.filter(pk=pk))


def _set_aside(pk: int, reason: str) -> None:
    """Hold a release that the guard refused, and its bundle, until a person decides."""
    with transaction.atomic():
        for release in _waiting_with_bundle(pk):
            hold(release, reason=reason)


def _give_back(pk: int) -> None:
    """Undo a claim that nothing was tried under."""
    Release.objects.filter(pk__in=[pk, *_others_in_bundle(pk)], state=Release.State.DUE, attempts__gt=0).update(
        attempts=F("attempts") - 1, next_attempt_at=None
    )


def _others_in_bundle(pk: int) -> QuerySet[Release, int]:
    bundle = Release.objects.filter(pk=pk).values("bundle")
    return Release.objects.filter(bundle__in=bundle).values_list("pk", flat=True)


def _try_again_later(pk: int, error: Exception, now: datetime) -> None:
    """Note a failed attempt; the wait grows each time, and after MAX_FAULTS of the article a person is asked.

    Where even that fails, the wait that the claim set still holds.
    """
    reason = f"{type(error).__name__}: {error}"
    try:
        with transaction.atomic():
            for release in _waiting_with_bundle(pk):
                release.faults += 0 if is_of_environment(error) else 1
                if release.faults >= MAX_FAULTS:
                    give_up(release, reason=reason)
                    continue
                if release.state == Release.State.PLANNED:  # it failed before it was claimed
                    release.attempts += 1
                release.next_attempt_at = now + BACK_OFF.after(release.attempts)
                _back_to_planned(release, reason)
    except Error:
        logger.exception("The failure of release %s could not be noted", pk)


def _back_to_planned(release: Release, reason: str) -> None:
    """Record why a release waits, once: what is away for a week is no news every quarter of an hour."""
    if release.reason != reason:
        change(release, Release.State.PLANNED, reason=reason)
        return
    release.state = Release.State.PLANNED
    release.save(update_fields=["state", "attempts", "faults", "next_attempt_at"])
    take_back_pictures(release)
