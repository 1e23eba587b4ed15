"""What the runner does for lists: takes out what time ended, counts anew, and puts right what is not as it should be.

A place that is kept too long shows nothing. One that is missing shows nobody an article that is public: whatever went
wrong when it should have been made, it is made here.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Least
from django.dispatch import Signal

from common.faults import for_each
from research.models.published import Listing, ListingCount, PublishedArticle
from research.publishing.ledger import take_part_in_releases
from research.publishing.lists import listing, news, restrictions
from research.publishing.showing import TOPICS_OF_ARTICLES

A_BATCH = 200
NOT_FOLLOWED = "The lists of the public row %s could not be brought in line"
Rows = QuerySet[Any, Any]

# Sent after every list was counted anew; carries the moment.
counted = Signal()


def end_what_time_ended(now: datetime) -> int:
    """Take out of lists what expired or is long overdue; return how many articles that were.

    Nobody reads them meanwhile: lists ask for the time too. Their counts and neighbours follow here.
    """
    return _follow_all(Listing.objects.filter(until__lte=now), now)


def put_right(now: datetime, *, section_id: int | None = None) -> int:
    """Bring in line the articles that stand in other lists than they should; return how many those were.

    Args:
        now: the moment to judge by.
        section_id: only articles of this section; all are asked who may read them, too.
    """
    mended = 0
    if section_id is None:
        mended += restrictions.put_right()
    found = (_not_offered, _not_placed, _not_in_section, _wrongly_placed, _not_under_topic, _under_another_topic)
    for wrong in (*found, news.untold):
        mended += _follow_all(_of_section(wrong(now), section_id), now)
    return mended


def count_anew(now: datetime) -> int:
    """Count every list from its rows; return how many counts were wrong."""
    lists = Listing.objects.order_by().values_list("section", "topic").annotate(number=Count("pk"), last=Max("until"))
    unkept = {(section, topic): (number, last) for section, topic, number, last in lists}
    wrong = 0
    for kept in ListingCount.objects.all():
        number, until = unkept.pop((kept.section_id, kept.topic_id), (0, kept.until))
        if (number, until) != (kept.articles, kept.until):
            same = ListingCount.objects.filter(pk=kept.pk, articles=kept.articles, until=kept.until)
            wrong += same.update(articles=number, until=until) if number != kept.articles else 0
            same.update(until=until)
    ListingCount.objects.bulk_create(
        [ListingCount(section_id=s, topic_id=t, articles=n, until=until) for (s, t), (n, until) in unkept.items()],
        ignore_conflicts=True,
    )
    counted.send(sender=ListingCount, now=now)
    return wrong + len(unkept)


def _follow_all(rows: Rows, now: datetime) -> int:
    """Follow the articles that a query of theirs, or of their places, finds; return how many were followed.

    Each in a transaction of its own: one that cannot be followed holds up nobody.
    """
    keys = list(_keys(rows))
    return len(keys) - len(for_each(keys, lambda pk: _follow(pk, now), NOT_FOLLOWED))


def _keys(rows: Rows) -> Iterator[int]:
    """Yield the keys of articles in turn, each once."""
    name = "pk" if rows.model is PublishedArticle else "article_id"
    found: list[int] = [0]
    while found:
        rest = rows.order_by(name).filter(**{f"{name}__gt": found[-1]})
        found = list(rest.values_list(name, flat=True).distinct()[:A_BATCH])
        yield from found


@transaction.atomic
def _follow(pk: int, now: datetime) -> None:
    take_part_in_releases()
    row = PublishedArticle.objects.filter(pk=pk).defer("content", "search_text").first()
    if row is not None:
        listing.follow(row, now=now)


def _of_section(rows: Rows, section_id: int | None) -> Rows:
    if section_id is None:
        return rows
    name = "section" if rows.model is PublishedArticle else "article__section"
    return rows.filter(**{name: section_id})


def _not_offered(now: datetime) -> Rows:
    """Places of articles that lists may not offer now."""
    # Not by EXISTS: for each place, PostgreSQL would look at all studies.
    offered = PublishedArticle.objects.listable(now).values("pk")
    return Listing.objects.filter(until__gt=now).exclude(article__in=offered)


def _not_placed(now: datetime) -> Rows:
    """Articles that lists may offer, without a place in that of the site."""
    own = Listing.objects.filter(article=OuterRef("pk"), section=None)
    return PublishedArticle.objects.listable(now).exclude(Exists(own))


def _not_in_section(now: datetime) -> Rows:
    """Articles that lists may offer, without a place in that of their section."""
    own = Listing.objects.filter(article=OuterRef("pk"), section=OuterRef("section"), topic=None)
    return PublishedArticle.objects.listable(now).exclude(Exists(own))


def _wrongly_placed(now: datetime) -> Rows:
    """Places of another section than the article's, or of other times."""
    until = Q(article__expires_at=None, until=F("article__listable_until"))
    until |= Q(article__expires_at__isnull=False, until=Least("article__listable_until", "article__expires_at"))
    fits = Q(published_at=F("article__published_at")) & until & (Q(section=None) | Q(section=F("article__section")))
    return Listing.objects.filter(until__gt=now).exclude(fits)


def _not_under_topic(now: datetime) -> Rows:
    """Articles that lists may offer, without a place under one of their topics."""
    of_link = {"article": OuterRef("publishedarticle"), "topic": OuterRef("topic")}
    missing = TOPICS_OF_ARTICLES.objects.exclude(Exists(Listing.objects.filter(**of_link)))
    return PublishedArticle.objects.listable(now).filter(pk__in=missing.values("publishedarticle"))


def _under_another_topic(now: datetime) -> Rows:
    """Places under topics that their articles do not have."""
    links = TOPICS_OF_ARTICLES.objects.filter(publishedarticle=OuterRef("article"), topic=OuterRef("topic"))
    return Listing.objects.filter(topic__isnull=False, until__gt=now).exclude(Exists(links))
