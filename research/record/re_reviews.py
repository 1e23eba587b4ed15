"""When public articles are read again in full: which are due, who looks after each, and reminders, once a stage."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.faults import for_each
from common.models import User
from common.words import Words
from research.models.published import LONG_OVERDUE_DAYS, PublishedArticle
from research.models.reports import ReviewClock
from research.newsroom.mails.records import announce_re_review
from research.newsroom.permissions import ROLES, is_editor

SOON = timedelta(days=60)
# Every row is due after it. Asked for, the index of these times answers, and how many there are is no scan of rows.
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stage:
    """A point on the clock of an article: its key, how long after the due time it begins, and what is said."""

    key: str
    after: timedelta
    words: Words


#: In the order of time. A job that slept over one tells of the newest alone.
STAGES = (
    Stage("soon", -SOON, _("is due for a full review in two months")),
    Stage("near", timedelta(days=-14), _("is due for a full review in two weeks")),
    Stage("due", timedelta(), _("is due for a full review; readers are told that it is late")),
    Stage("overdue", timedelta(days=30), _("has been due for a full review for a month")),
    Stage(
        "ending", timedelta(days=LONG_OVERDUE_DAYS - 30), _("leaves all lists soon: its full review is long overdue")
    ),
)


def stage_of(due_at: datetime, now: datetime) -> Stage | None:
    """Return the newest stage that an article has reached; None while it is not due soon."""
    reached = [stage for stage in STAGES if due_at + stage.after <= now]
    return reached[-1] if reached else None


def on_the_clock() -> QuerySet[PublishedArticle]:
    """Return the articles that readers have, what is due first at the front."""
    rows = (
        PublishedArticle.objects.not_withdrawn()
        .filter(review_due_at__gte=BEFORE_ALL)
        .select_related("sign_off__personal", "section", "page__review_clock__owner")
    )
    return rows.defer("content", "search_text").order_by("review_due_at", "pk")


def remind(now: datetime) -> int:
    """Remind the owner of each article that is due, else the editors, once a stage; return of how many."""
    rows = on_the_clock().filter(review_due_at__lte=now + SOON)
    failed = for_each(rows, lambda row: _remind_of(row, now), "Nobody was reminded of the full review of %s")
    return len(rows) - len(failed)


def _remind_of(row: PublishedArticle, now: datetime) -> None:
    stage = stage_of(row.review_due_at, now)
    if stage is not None:
        announce_re_review(row, stage.key, stage.words, getattr(row.page, "review_clock", None))


def may_look_after() -> QuerySet[User]:
    """Return who can look after a review: whoever has a role in the newsroom."""
    return User.objects.filter(groups__role__key__in=ROLES, is_active=True).distinct().order_by("last_name", "username")


def set_owner(page_id: int, owner: User | None, by: User) -> None:
    """Say who looks after the next review of an article.

    Raises:
        PermissionDenied: only editors do, and only somebody with a role can.
    """
    if not is_editor(by):
        raise PermissionDenied(gettext("Only editors say who looks after a review."))
    if owner is not None and not may_look_after().filter(pk=owner.pk).exists():
        raise PermissionDenied(gettext("Somebody without a role in the newsroom looks after nothing."))
    ReviewClock.objects.update_or_create(article_id=page_id, defaults={"owner": owner})
