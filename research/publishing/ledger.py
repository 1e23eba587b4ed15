"""Lines of the publication ledger and the record of each change: when, by whom, why."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from wagtail.models import Page

from common.models import User
from common.prepared import KEY, TEXTS, Prepared
from common.prepared_saves import insert_all
from research.models.releases import Release, ReleaseChange
from research.newsroom.mails.releases import announce_held
from research.publishing import public_pictures

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

SYSTEM = "the release runner"
NOTED = ("release_id", "state", "at", "actor", "reason")
# PostgreSQL: any number that is not used for another lock.
RELEASES = 7_204_020

Row = TypeVar("Row", bound=Model)

PAGE_OF_LONE_RELEASE = Prepared(
    lambda pk: (
        Page.objects.order_by()
        .filter(pk__in=Release.objects.filter(pk=pk, bundle__isnull=True).order_by().values("article_id"))
        .select_for_update(no_key=True)
        .values_list("pk")
    ),
    KEY,
)


class NotInThisState(Exception):
    """What was asked for does not fit the state a release is in; the words say why."""


def change(
    release: Release,
    state: str,
    *,
    actor: str = SYSTEM,
    reason: str = "",
    now: datetime | None = None,
) -> None:
    """Put a release into a state and record it; whoever may meet another process locks the row first.

    With the cancelled go-live of what is not public goes its expiry.
    """
    _put(release, state, actor, reason, now)
    if state == Release.State.CANCELLED and release.kind == Release.Kind.PUBLISH and not _has_open(release):
        _cancel_expiry(release, actor, reason)


def hold(release: Release, *, reason: str, actor: str = SYSTEM) -> None:
    """Keep a release back until a person decides, and tell the editors why: one act."""
    change(release, Release.State.HELD, actor=actor, reason=reason)
    announce_held(release, release.changes.latest("pk"))


def give_up(release: Release, *, reason: str) -> None:
    """Try a release no more, and tell the editors what failed: one act."""
    change(release, Release.State.FAILED, reason=reason)
    announce_held(release, release.changes.latest("pk"))


def _put(release: Release, state: str, actor: str, reason: str, now: datetime | None = None) -> None:
    release.state = state
    if reason:
        release.reason = reason
    if state == Release.State.DONE:
        release.done_at = now or timezone.now()
        release.reason = ""
    release.save()
    note(release, actor, reason)
    if state != Release.State.DONE:
        take_back_pictures(release)


def take_back_pictures(release: Release) -> None:
    """Take down, once this transaction is done, what a release that was begun left of its pictures, unless it is shown.

    Each attempt makes the copies before it commits: one that was rolled back, or whose process was ended, leaves them.
    """
    if release.kind == Release.Kind.PUBLISH and release.attempts:
        public_pictures.settle_frozen_soon(release.article.subject_uuid, release.digest)


def note(release: Release, actor: str, reason: str = "") -> None:
    """Record the state a release is in now."""
    insert_all(ReleaseChange, NOTED, [(release.pk, release.state, timezone.now(), actor, reason)])


def locked(rows: QuerySet[Row], *, skip: bool = False) -> QuerySet[Row]:
    """Return releases locked until the transaction ends, in one order; ``skip`` leaves out others' rows.

    Call it inside a transaction. On SQLite that transaction holds the one lock there is.
    """
    can_skip = connection.features.has_select_for_update_skip_locked
    own = ("self",) if connection.features.has_select_for_update_of else ()
    return rows.order_by("pk").select_for_update(skip_locked=skip and can_skip, of=own)


def lock(rows: QuerySet[Row]) -> None:
    """Hold rows until the transaction ends, in one order, where the database can; nothing is read of them.

    Others may write rows that point to them: who does, and then waits for releases, would wait for each other.
    """
    if connection.features.has_select_for_update:
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def lock_page_of(release: int) -> None:
    """Hold the row of the page of a release that stands alone, as ``lock`` does."""
    if connection.features.has_select_for_update:
        PAGE_OF_LONE_RELEASE(release)


def take_part_in_releases() -> None:
    """Say, until the transaction ends, that something is becoming public; wait for who changes what may be.

    Any number of releases do so at once. Asked before what they are judged by is read for the last time.
    """
    _take_lock("SELECT pg_advisory_xact_lock_shared(%s)")


def wait_for_releases() -> None:
    """Wait until nothing is becoming public, and let nothing else until the transaction ends.

    For whoever changes what may be public, before they look for what is: of a release that is not committed there
    is no row to be seen yet, and it has asked for everything that is committed now. Call it first of all, and never
    in a release. On SQLite a transaction holds the one lock there is.
    """
    _take_lock("SELECT pg_advisory_xact_lock(%s)")


def _take_lock(statement: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, [RELEASES])


@transaction.atomic(savepoint=False)
def _cancel_expiry(release: Release, actor: str, reason: str) -> None:
    waiting = _cancellable(release.article_id, [Release.Kind.UNPUBLISH]).filter(article__live=False)
    for expiry in locked(waiting):
        _put(expiry, Release.State.CANCELLED, actor, reason)


def _cancellable(article_id: int, kinds: Collection[str]) -> QuerySet[Release]:
    """Return what is open of an article and some kinds, but for what is being carried out right now."""
    return Release.objects.open().exclude(state=Release.State.CLAIMED).filter(article_id=article_id, kind__in=kinds)


CANCELLABLE = Prepared(lambda article, kinds: locked(_cancellable(article, kinds)), KEY, TEXTS)


@transaction.atomic(savepoint=False)
def cancel_open(page: "ArticlePage", why: Mapping[str, str], *, user: User | None = None) -> None:
    """Cancel the open releases of an article, but for one being carried out right now.

    An expiry is left to whoever asks: another go-live may take the place of this one.

    Args:
        page: the article.
        why: the kinds, each with the reason that is recorded.
        user: who asked for it; the runner where nobody did.
    """
    for release in CANCELLABLE(page.pk, sorted(why)):
        _put(release, Release.State.CANCELLED, name_of(user), why[release.kind])


@transaction.atomic
def try_again(release: Release, *, user: User | None) -> None:
    """Put a held or failed release, with its bundle, back on the ledger: the guard is asked again.

    Raises:
        NotInThisState: it does not wait for a decision, or a newer release took its place.
    """
    current = _for_decision(release, Release.can_be_tried_again, "waits for nobody's decision")
    if current.state == Release.State.FAILED and _has_open(current):
        raise NotInThisState("A newer release of this article took its place.")
    for member in _with_its_bundle(current):
        member.attempts, member.faults, member.next_attempt_at = 0, 0, None
        change(member, Release.State.PLANNED, actor=name_of(user), reason="Asked for again.")
    release.refresh_from_db()


@transaction.atomic
def cancel(release: Release, *, user: User | None) -> None:
    """Take a planned, held or failed release off the ledger, and its time off Wagtail's screens.

    An expiry is cancelled by changing the article's expiry time.

    Raises:
        NotInThisState: it was carried out, cancelled before, or is an expiry.
    """
    current = _for_decision(release, Release.can_be_cancelled, "cannot be cancelled any more")
    change(current, Release.State.CANCELLED, actor=name_of(user), reason="Cancelled by hand.")
    if current.revision is not None and current.revision.approved_go_live_at and not _has_open(current):
        current.revision.approved_go_live_at = None
        current.revision.save(update_fields=["approved_go_live_at"])
    release.refresh_from_db()


def _for_decision(release: Release, allowed: Callable[[Release], bool], why_not: str) -> Release:
    """Return the release as it is now, locked."""
    current = locked(Release.objects.filter(pk=release.pk)).get()
    if not allowed(current):
        raise NotInThisState(f"This release is {current.get_state_display().lower()} and {why_not}.")
    return current


def _has_open(release: Release) -> bool:
    return Release.objects.open().filter(article_id=release.article_id, kind=release.kind).exists()


def _with_its_bundle(release: Release) -> list[Release]:
    if not release.bundle_id:
        return [release]
    stuck = Release.objects.stuck().filter(bundle_id=release.bundle_id)
    return list(locked(stuck.unreplaced()))


def name_of(user: User | None) -> str:
    """Return the name that changes are recorded under."""
    return user.get_username() if user else SYSTEM
