"""When an article goes live and until when it is under embargo: set by an editor, before, during and after review.

Neither is a claim: the words, what is signed of them, and who worked on them stay as they are.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from wagtail.log_actions import log
from wagtail.models import Page, Revision

from common.models import User
from research.admin.board.moving import open_release, write_content
from research.admin.board.rescheduling import announce
from research.models.pages import ArticlePage
from research.models.releases import Release, ReleaseBundle
from research.models.workflow import MedicalReviewState
from research.newsroom.permissions import is_editor
from research.newsroom.times import ZonedTime, zoned
from research.publishing import planning
from research.publishing.ledger import lock
from research.review.guard import PUBLIC_ALREADY, sets_embargo_too_late

LOG_ACTION = "research.plan.times"


class CannotPlan(Exception):
    """The plan cannot be so; the words say why, and the field which of the times, where it is one."""

    def __init__(self, words: str, field: str | None = None) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Plan:
    """The times of an article, as its newest draft or its approved release has them."""

    go_live_at: datetime | None = None
    embargo_until: datetime | None = None
    embargo_source: str = ""
    planned_for: date | None = None
    # The end of the last embargo: its own, or that of a study that it cites.
    held_until: datetime | None = None

    @property
    def mark(self) -> str:
        """What a form carries, to see whether somebody else set another plan meanwhile."""
        times = (self.go_live_at, self.embargo_until)
        return " ".join(f"{time:%Y-%m-%dT%H:%MZ}" if time else "-" for time in times)

    def goes_live(self, now: datetime) -> ZonedTime | None:
        """Return when it is set to go live; None when that is as soon as it is signed."""
        times = [time for time in (self.go_live_at, self.embargo_until, self.held_until) if time and time > now]
        return zoned(max(times)) if times else None

    def is_ahead(self, now: datetime) -> date | None:
        """Return the planned day, where it is still to come and no time keeps a signature from publishing at once."""
        day = self.planned_for
        return day if day and day > timezone.localdate(now) and self.goes_live(now) is None else None


def plan_of(page: ArticlePage, draft: ArticlePage | None = None) -> Plan:
    """Return the plan of an article as its newest draft has it, or what is approved of it.

    Args:
        page: the article.
        draft: its newest draft, where that was read already.
    """
    draft, release = draft or page.get_latest_revision_as_object(), open_release(page)
    held_until, go_live_at = planning.embargo_of(draft), draft.go_live_at
    if release is not None and not go_live_at and release.due_at != held_until:
        go_live_at = release.due_at
    return Plan(go_live_at, draft.embargo_until, draft.embargo_source, draft.planned_for, held_until)


@transaction.atomic
def set_plan(page_id: int, plan: Plan, user: User, *, seen: str | None = None, now: datetime | None = None) -> Plan:
    """Give an article other times; what is approved moves with them, and its people are told.

    Args:
        page_id: the article.
        plan: the times; the planned day is not changed.
        user: an editor.
        seen: the mark of the plan that the form was opened with.
        now: the time.

    Raises:
        PermissionDenied: no editor.
        CannotPlan: the times contradict each other or what is approved, or somebody changed them meanwhile.
        NotPermitted: the guard would refuse what is approved at that time.
    """
    now = now or timezone.now()
    if not is_editor(user):
        raise PermissionDenied(gettext("Only editors set when an article goes live."))
    lock(Page.objects.filter(pk=page_id))  # as a release does, and a save: each waits for the other
    page = ArticlePage.objects.select_related("latest_revision").get(pk=page_id)
    before, release = plan_of(page), open_release(page)
    if seen is not None and seen != before.mark:
        raise CannotPlan(gettext("Its times were changed meanwhile. Nothing was set: look at them again."))
    if sets_embargo_too_late(page, before.embargo_until, plan.embargo_until, now):
        raise CannotPlan(str(PUBLIC_ALREADY), "embargo_until")
    problems = _problems(page, plan, before, release, now)
    if problems:
        raise CannotPlan(" ".join(problems))
    values = {
        "go_live_at": plan.go_live_at.isoformat() if plan.go_live_at else None,
        "embargo_until": plan.embargo_until.isoformat() if plan.embargo_until else None,
        "embargo_source": plan.embargo_source,
    }
    reviewed = MedicalReviewState.objects.open().filter(subject_uuid=page.subject_uuid)
    revisions = {page.latest_revision_id, release.revision_id if release else None}
    revisions |= set(reviewed.values_list("revision", flat=True))
    for revision in Revision.objects.select_for_update().filter(pk__in=revisions - {None}):
        write_content(revision, **values)
    stored: dict[str, Any] = {"embargo_until": plan.embargo_until, "embargo_source": plan.embargo_source}
    ArticlePage.objects.filter(pk=page.pk, live=False).update(go_live_at=plan.go_live_at, **stored)
    if release is not None:
        _plan_anew(page, release, user)
    data = {name: {key: str(value or "") for key, value in asdict(one).items()} for name, one in
            (("before", before), ("after", plan))}  # fmt: skip
    log(instance=page, action=LOG_ACTION, user=user, data=data)
    return plan


def _problems(page: ArticlePage, plan: Plan, before: Plan, release: Release | None, now: datetime) -> list[str]:
    problems = []
    of_studies = before.held_until if before.held_until != before.embargo_until else None
    time, until = plan.go_live_at, max(filter(None, (plan.embargo_until, of_studies)), default=None)
    if release is not None and release.state == Release.State.CLAIMED:
        problems.append(gettext("It is being published right now."))
    if time and time <= now and time != before.go_live_at:
        problems.append(gettext("That time has passed."))
    if time and until and time < until:
        problems.append(gettext("It would go live before its embargo ends: %(until)s.") % {"until": zoned(until)})
    if time and page.expire_at and page.expire_at <= time:
        problems.append(
            gettext("It would already have expired: its expiry is %(expire_at)s.")
            % {"expire_at": zoned(page.expire_at)}
        )
    bundle = ReleaseBundle.objects.waiting_for(page.pk)
    if bundle is not None and time != before.go_live_at:
        problems.append(
            gettext("It goes out with the bundle “%(bundle)s”: change the bundle’s time instead.") % {"bundle": bundle}
        )
    if release is not None and not time and not (until and until > now):
        problems.append(gettext("It is countersigned: without a time it would be public at once. Set a time."))
    return problems


def _plan_anew(page: ArticlePage, release: Release, user: User) -> None:
    """Put what is approved on the ledger with its new time; whoever asked for it stays the one who is told."""
    revision = Revision.objects.filter(pk=release.revision_id).first()
    if revision is None:
        raise CannotPlan(gettext("What was to be published is no longer there."))
    asked_by, due_at = release.requested_by, release.due_at
    new = planning.plan_release(revision, user=user, digest=release.digest)
    if asked_by is not None:
        new.requested_by = asked_by
        new.save(update_fields=["requested_by"])
    if new.due_at != due_at:
        announce(new, page, due_at, user)


def log_words(data: dict[str, Any]) -> str:
    """Return what the article's history says of a change."""
    after = data.get("after", {})
    time, until = parse_datetime(after.get("go_live_at") or ""), parse_datetime(after.get("embargo_until") or "")
    words = [
        gettext("Goes live %(time)s") % {"time": zoned(time).site}
        if time
        else gettext("Goes live as soon as it is countersigned")
    ]
    words += [gettext("under embargo until %(until)s") % {"until": zoned(until).site}] if until else []
    return ", ".join(words)
