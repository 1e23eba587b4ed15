"""Go-live times that passed without a signature: late, and told of, until somebody decides.

It is decided by a signature, by another time, or by none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.dateparse import parse_datetime

from common.faults import for_each
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


# What the rows are read with that say which go-live times passed.
COLUMNS = ("pk", "latest_revision__content__go_live_at", "public_since")


def unsigned_go_lives() -> QuerySet[ArticlePage]:
    """Return the articles whose draft has a go-live time that no signature has put on the ledger.

    What is on the ledger is late there. Words that went public after that time are not late, nor what was taken down.
    """
    released = Release.objects.open().filter(article=OuterRef("pk"), kind=Release.Kind.PUBLISH)
    stuck = Release.objects.stuck().unreplaced().filter(article=OuterRef("pk"), kind=Release.Kind.PUBLISH)
    gone = PublishedArticle.objects.filter(
        page=OuterRef("pk"), withdrawn_at__gte=OuterRef("latest_revision_created_at")
    )
    public = PublishedArticle.objects.filter(page=OuterRef("pk"))
    return (
        ArticlePage.objects.on_their_way()
        .filter(~Exists(released), ~Exists(stuck), ~Exists(gone), latest_revision__content__go_live_at__isnull=False)
        .annotate(public_since=Subquery(public.values("updated_at")[:1]))
    )


def passed(rows: Iterable[dict[str, Any]], now: datetime) -> list[tuple[dict[str, Any], datetime]]:
    """Return the rows whose time passed without a signature, each with that time, the longest late first."""
    found = []
    for row in rows:
        words = row["latest_revision__content__go_live_at"]
        time = parse_datetime(words) if isinstance(words, str) and words else None
        if time is not None and is_late(time, row["public_since"], now):
            found.append((row, time))
    return sorted(found, key=lambda pair: (pair[1], pair[0]["pk"]))


def late_go_lives(now: datetime) -> list[LateGoLive]:
    """Return the articles whose go-live time passed without a signature, the longest late first."""
    late = {row["pk"]: time for row, time in passed(unsigned_go_lives().values(*COLUMNS), now)}
    articles = {article.pk: article for article in ArticlePage.objects.filter(pk__in=late).select_related("owner")}
    return [LateGoLive(articles[pk], time) for pk, time in late.items()]


def is_late(go_live_at: datetime, public_since: datetime | None, now: datetime) -> bool:
    """True for a time that passed, where nothing went public since."""
    return go_live_at <= now and (public_since is None or public_since < go_live_at)


def report(now: datetime) -> None:
    """Tell the editors and the writer, and again every TOLD_AGAIN as long as it is late."""
    for_each(
        late_go_lives(now),
        lambda one: announce_late_go_live(one.article, one.due_at, time=(now - one.due_at) // TOLD_AGAIN),
        "Nobody was told of %s",
    )
