"""Go-live times that passed without a signature: late, and told of, until somebody decides.

It is decided by a signature, by another time, or by none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.dateparse import parse_datetime

from research.models.pages import ArticlePage
from research.models.published import PublishedArticle
from research.models.releases import Release
from research.newsroom.mails.releases import announce_late_go_live

# What stays late is told again so often.
TOLD_AGAIN = timedelta(days=1)


@dataclass(frozen=True)
class LateGoLive:
    """An article that was to be public, and is not countersigned."""

    article: ArticlePage
    due_at: datetime


def late_go_lives(now: datetime) -> list[LateGoLive]:
    """Return the articles whose go-live time passed without a signature, the longest late first.

    What is on the ledger is late there. Words that went public after that time are not late, nor what was taken down.
    """
    released = Release.objects.open().filter(article=OuterRef("pk"), kind=Release.Kind.PUBLISH)
    stuck = Release.objects.stuck().unreplaced().filter(article=OuterRef("pk"), kind=Release.Kind.PUBLISH)
    gone = PublishedArticle.objects.filter(
        page=OuterRef("pk"), withdrawn_at__gte=OuterRef("latest_revision_created_at")
    )
    rows = (
        ArticlePage.objects.filter(Q(live=False) | Q(has_unpublished_changes=True))
        .filter(~Exists(released), ~Exists(stuck), ~Exists(gone), latest_revision__content__go_live_at__isnull=False)
        .values_list("pk", "latest_revision__content__go_live_at")
    )
    due = {pk: parse_datetime(words) for pk, words in rows if isinstance(words, str) and words}
    passed = {pk: time for pk, time in due.items() if time is not None and time <= now}
    public = dict(PublishedArticle.objects.filter(page__in=passed).values_list("page", "updated_at"))
    late = {pk: time for pk, time in passed.items() if is_late(time, public.get(pk), now)}
    articles = ArticlePage.objects.filter(pk__in=late).select_related("owner")
    found = [LateGoLive(article, late[article.pk]) for article in articles]
    return sorted(found, key=lambda one: (one.due_at, one.article.pk))


def is_late(go_live_at: datetime, public_since: datetime | None, now: datetime) -> bool:
    """True for a time that passed, where nothing went public since."""
    return go_live_at <= now and (public_since is None or public_since < go_live_at)


def report(now: datetime) -> None:
    """Tell the editors and the writer, and again every TOLD_AGAIN as long as it is late."""
    for one in late_go_lives(now):
        announce_late_go_live(one.article, one.due_at, time=(now - one.due_at) // TOLD_AGAIN)
