"""Another time for an approved go-live: the old line of the ledger is cancelled, a new one planned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Page, Revision, TaskState

from common.models import User
from common.words import in_the_code_s_words
from research.admin.board.access import Viewer
from research.admin.board.moving import write_content
from research.models.pages import ArticlePage
from research.models.releases import Release
from research.models.signoffs import SignOff
from research.newsroom.mails.letters import send
from research.newsroom.permissions import EDITORS
from research.newsroom.times import zoned
from research.publishing import planning
from research.publishing.ledger import cancel_open, lock
from research.review.guard import NotPermitted, Permit, Refusal, permit


class CannotReschedule(Exception):
    """There is nothing to move, or not to that time; the words say why."""


@dataclass(frozen=True)
class Outlook:
    """What would come of a new time: problems of the plan itself, and what the guard says of it."""

    problems: list[str]
    refusals: list[Refusal]
    sign_off: SignOff | None
    embargo: datetime | None

    @property
    def is_clear(self) -> bool:
        """True when it may be moved there."""
        return not self.problems and not self.refusals


def outlook(release: Release, due_at: datetime, *, now: datetime | None = None) -> Outlook:
    """Ask about a new time without changing anything."""
    now = now or timezone.now()
    page = draft_of(release)
    refusals: list[Refusal] = []
    given: Permit | None = None
    try:
        given = permit(page, now=due_at)
    except NotPermitted as refused:
        refusals = refused.refusals
    sign_off = given.sign_off if given else SignOff.objects.standing(page.subject_uuid, release.digest)
    return Outlook(_problems(release, page, due_at, now), refusals, sign_off, planning.embargo_of(page))


def draft_of(release: Release) -> Any:
    """Return the article as a release would publish it.

    Raises:
        CannotReschedule: its revision was deleted.
    """
    if release.revision is None:
        raise CannotReschedule(gettext("What was to be published is no longer there."))
    return release.revision.as_object()


def _problems(release: Release, page: "ArticlePage", due_at: datetime, now: datetime) -> list[str]:
    problems = []
    if release.state not in (Release.State.PLANNED, Release.State.DUE, Release.State.HELD):
        problems.append(gettext("It is being published right now, or its release is over."))
    if release.bundle_id:
        problems.append(
            gettext("It goes out with the bundle “%(bundle)s”: change the bundle’s time instead.")
            % {"bundle": release.bundle}
        )
    if due_at <= now:
        problems.append(gettext("That time has passed. To publish at once, take off the schedule and publish."))
    if page.expire_at and page.expire_at <= due_at:
        problems.append(
            gettext("It would already have expired: its expiry is %(expire_at)s.")
            % {"expire_at": zoned(page.expire_at)}
        )
    return problems


@transaction.atomic
def reschedule(release: Release, due_at: datetime, user: User) -> Release:
    """Give an approved go-live another time; return the new line of the ledger.

    The release, the approved time of the revision and the go-live time in its content agree afterwards.
    Whoever asked for the release stays the one who is told about it.

    Raises:
        PermissionDenied: only editors move what is approved.
        NotPermitted: the guard would refuse at that time: embargo, signature, source.
        CannotReschedule: the release is over, bundled, or the time is past or after its expiry.
    """
    if not Viewer(user).is_editor:
        raise PermissionDenied(gettext("Only editors change the time of an approved go-live."))
    lock(Page.objects.filter(pk=release.article_id))  # before its release, in the order of who carries that out
    line = Release.objects.select_for_update(of=("self",)).get(pk=release.pk)
    view = outlook(line, due_at)
    if view.problems:
        raise CannotReschedule(" ".join(view.problems))
    if view.refusals:
        raise NotPermitted(view.refusals)
    revision: Revision = line.revision
    asked_by, before = line.requested_by, line.due_at
    page = ArticlePage.objects.get(pk=line.article_id)
    cancel_open(page, {Release.Kind.PUBLISH: _moved(due_at)}, user=user)
    write_content(revision, go_live_at=due_at.isoformat())
    ArticlePage.objects.filter(pk=page.pk, live=False).update(go_live_at=due_at)
    new = planning.plan_release(revision, user=user, digest=line.digest)
    if asked_by is not None:
        new.requested_by = asked_by
        new.save(update_fields=["requested_by"])
    announce(new, page, before, user)
    return new


@in_the_code_s_words
def _moved(due_at: datetime) -> str:
    return f"Moved to {zoned(due_at).site}."


def people_affected(release: Release, user: User) -> list[tuple[str, list[str]]]:
    """Return who counts on the time of a release, were this user to move it: each part with the names."""
    page = draft_of(release)
    parts: list[tuple[str, list[str]]] = [
        (gettext("Written by"), [author.person.name for author in page.authors.all()]),
        (gettext("Submitted by"), [_name(person) for person in _submitter(release)]),
    ]
    sign_off = SignOff.objects.standing(page.subject_uuid, release.digest)
    if sign_off is not None:
        signed_by = ", ".join(filter(None, (sign_off.reviewer_name, sign_off.reviewer_credentials)))
        parts.append((gettext("Countersigned by"), [signed_by]))
    parts.append((gettext("Told by mail"), sorted({_name(person) for person in _to_tell(release, user)})))
    return [(words, names) for words, names in parts if names]


def _to_tell(release: Release, user: User) -> list[Any]:
    editors = User.objects.filter(groups__role__key=EDITORS, is_active=True).distinct()
    return [person for person in (*editors, *_submitter(release)) if person.email and person != user]


def _submitter(release: Release) -> list[Any]:
    """Return who sent the words to review; the release itself is asked for by whoever signed them."""
    review = TaskState.objects.filter(revision=release.revision).order_by("-pk").first()
    person = review.workflow_state.requested_by if review else release.requested_by
    return [person] if person else []


def announce(release: Release, page: "ArticlePage", before: datetime, user: User) -> None:
    """Tell the editors and whoever submitted it of a new time."""
    title = page.draft_title or page.title
    send(
        f"rescheduled-{release.pk}",
        _to_tell(release, user),
        lambda: (
            gettext("New go-live time: %(title)s") % {"title": title},
            gettext("%(name)s moved “%(title)s”.\n\nIt was to go live on %(before)s.\nIt goes live on %(after)s.\n")
            % {
                "name": _name(user),
                "title": title,
                "before": zoned(before).site,
                "after": zoned(release.due_at).site,
            },
        ),
    )


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()
