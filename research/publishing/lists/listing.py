"""What lists offer, decided when it changes and not when it is read.

``Listing`` has a row for each list that an article stands in, ``ListingCount`` how many each list has, and
``RelatedArticle`` what its page offers to read next. Lists judge the few rows they show again, so a row that is
kept too long shows nothing; a row that is missing is what this module must not let happen.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max, Q
from django.dispatch import Signal
from django.utils import timezone

from common import clock
from common.models import OutboxMessage
from common.outbox import register, tell
from common.page_store import changes, place
from common.prepared import KEY, MOMENT, Prepared
from common.prepared_saves import insert_all
from research.models.published import Listing, ListingCount, PublishedArticle, RelatedArticle
from research.models.topics import Topic, names_for_search
from research.publishing import receipts
from research.publishing.contributors import bylines
from research.publishing.ledger import wait_for_releases
from research.publishing.lists import news
from research.publishing.lists.news import Scope, places_of
from research.publishing.showing import TOPICS_OF_ARTICLES, article_tag, counts_tag, list_tag

RELATED = 6
GREATER = {"sqlite": "MAX", "postgresql": "GREATEST"}
# The newest articles of each topic that are looked at for one to read next.
CANDIDATES_A_TOPIC = 24
A_BATCH = 200
OFFER = ("article_id", "other_id", "position")
PLACE = ("article_id", "section_id", "topic_id", "published_at", "until")
COUNT = ("section_id", "topic_id", "articles", "until")
#: What decides where an article stands in lists, and who is credited with it.
DECIDING = (
    *("section_id", "published_at", "listable_until", "expires_at", "withdrawn_at", "restricted"),
    *("related_ids", "author_ids", "sign_off_id"),
)
HELD = Prepared(
    lambda pk: PublishedArticle.objects.filter(pk=pk).select_for_update(no_key=True).values_list(*DECIDING), KEY
)
LISTABLE = Prepared(lambda now, pk: PublishedArticle.objects.listable(now).filter(pk=pk).values_list("pk"), MOMENT, KEY)
NEWEST = Prepared(
    lambda now: (
        Listing.objects.of().offered(now).newest_first().values_list("article_id", flat=True)[: RELATED * 2 + 1]
    ),
    MOMENT,
)
NEWEST_OF_TOPIC = Prepared(
    lambda section, topic, now: (
        Listing.objects.of(section, topic)
        .offered(now)
        .newest_first()
        .values_list("article_id", "published_at")[: CANDIDATES_A_TOPIC + 1]
    ),
    *(KEY, KEY, MOMENT),
)
# Of the pages that an article offers, those that offer too few, with how many.
WITH_ROOM = Prepared(
    lambda row: (
        PublishedArticle.objects.filter(offered_beside__article=row)
        .annotate(has=Count("related_articles"))
        .filter(has__lt=RELATED)
        .values_list("pk", "has")
    ),
    KEY,
)

# Sent when what readers may see of an article changed; carries its row and the moment, and where they are known its
# topics, and whether it is public for the first time. Search follows.
followed = Signal()
# Sent when many rows were filed under other topics at once; carries their keys and the moment.
refiled = Signal()


@transaction.atomic(savepoint=False)
def follow(
    row: PublishedArticle,
    *,
    topic_ids: Iterable[int] | None = None,
    now: datetime | None = None,
    is_new: bool = False,
) -> None:
    """Bring the lists in line with a public row as it is now; its neighbours follow after the commit.

    Args:
        row: what was written, or read at any time; what decides is read again, and nobody else follows it meanwhile.
        topic_ids: the row's topics, where the caller knows them.
        now: the moment to judge by.
        is_new: the row was just made, so no list, byline or neighbour of it is kept.
    """
    if not is_new and not _hold(row):
        return
    now = now or timezone.now()
    topics = list(row.topics.values_list("pk", flat=True)) if topic_ids is None else list(topic_ids)
    offered = _is_listable(row, now)
    lists, moved = _place(row, topics if offered else None, is_new=is_new)
    bylines.follow(row, until=row.offered_until() if offered else None, is_new=is_new)
    news.follow(row, places_of(row, topics), now)
    if offered:
        choose_related(row, topics, now, is_new=is_new)
        _fill_neighbours(row)
    if place.is_on():
        changes.changed(Listing, *_tags(row, lists | _near(moved)))
    tell("related", {"article": row.pk})
    followed.send(sender=PublishedArticle, row=row, now=now, topic_ids=topics, is_new=is_new and offered)


def follow_pages(page_ids: Iterable[int], now: datetime | None = None) -> None:
    """Bring the lists in line with the public rows of some pages."""
    for row in PublishedArticle.objects.filter(page_id__in=list(page_ids)).defer("content", "search_text"):
        follow(row, now=now)


@transaction.atomic(savepoint=False)
def follow_study(study_id: int) -> None:
    """Bring the lists in line with what became of a study."""
    wait_for_releases()
    for row in PublishedArticle.objects.not_withdrawn().filter(study_id=study_id).defer("content", "search_text"):
        follow(row)


@transaction.atomic
def move_topic(gone: Topic, survivor: Topic) -> list[int]:
    """File under one topic what stands under another, and count its lists anew; return the keys of the articles.

    ``refile`` belongs to it, once the topics are as they will be. A fixed number of statements, however many moved.
    """
    links = TOPICS_OF_ARTICLES.objects.filter(topic=gone)
    keys = list(links.order_by("publishedarticle").values_list("publishedarticle", flat=True))
    under_both = TOPICS_OF_ARTICLES.objects.filter(topic=survivor).values("publishedarticle")
    links.filter(publishedarticle__in=under_both).delete()
    links.update(topic=survivor)
    places = Listing.objects.filter(topic=gone)
    places.filter(article__in=Listing.objects.filter(topic=survivor).values("article")).delete()
    places.update(topic=survivor)
    news.move_topic(gone, survivor)
    counts = ListingCount.objects.filter(topic__in=(gone.pk, survivor.pk), section__isnull=False)
    sections = sorted(set(counts.values_list("section", flat=True)))
    counts.filter(topic=gone).delete()
    for section in sections:
        kept = Listing.objects.of(section, survivor.pk).aggregate(articles=Count("pk"), until=Max("until"))
        if kept["until"] is not None:
            ListingCount.objects.update_or_create(section_id=section, topic=survivor, defaults=kept)
    lists = {list_tag(section, topic.pk) for section in sections for topic in (gone, survivor)}
    changes.changed(Listing, *lists)
    changes.changed(ListingCount, *lists, *map(counts_tag, sections))
    return keys


@transaction.atomic
def refile(keys: Sequence[int], now: datetime) -> None:
    """Let public rows be found by the names that their topics have now, each with its receipt."""
    for start in range(0, len(keys), A_BATCH):
        rows = list(PublishedArticle.objects.filter(pk__in=keys[start : start + A_BATCH]).prefetch_related("topics"))
        for row in rows:
            row.topics_text = names_for_search(row.topics.all())
        PublishedArticle.objects.bulk_update(rows, ["topics_text"])
        receipts.note_all(rows)
        changes.changed(TOPICS_OF_ARTICLES, *(article_tag(row.page_id) for row in rows))
    refiled.send(sender=PublishedArticle, keys=keys, now=now)


def choose_related(row: PublishedArticle, topic_ids: Sequence[int], now: datetime, *, is_new: bool = False) -> None:
    """Choose what the page of an article offers to read next, at most six, never itself.

    Order: the editors' picks in their order; then by the number of shared topics, newest first; then the newest
    of the site.
    """
    chosen = _picked(row, now)
    if len(chosen) < RELATED:
        chosen += [pk for pk in _by_topics(row, topic_ids, now) if pk not in chosen]
    if len(chosen) < RELATED:
        chosen += [pk for pk in NEWEST(now) if pk != row.pk and pk not in chosen]
    wanted = chosen[:RELATED]
    kept = RelatedArticle.objects.filter(article=row)
    before = [] if is_new else list(kept.values_list("other_id", flat=True))
    if before != wanted:
        if before:
            kept.delete()
        insert_all(RelatedArticle, OFFER, ((row.pk, pk, at) for at, pk in enumerate(wanted)))
        changes.changed(RelatedArticle, article_tag(row.page_id))


@register("related")
def follow_neighbours(message: OutboxMessage) -> None:
    """Choose anew for the pages that offer an article, that it offers, and whose editors picked it."""
    now = clock.now()
    row = PublishedArticle.objects.filter(pk=message.payload["article"]).first()
    if row is None:
        return
    near = Q(related_articles__other=row) | Q(offered_beside__article=row) | Q(page__related_picks__article=row.page_id)
    neighbours = PublishedArticle.objects.filter(near).exclude(pk=row.pk).distinct().defer("content", "search_text")
    for neighbour in neighbours:
        if _is_listable(neighbour, now):
            choose_related(neighbour, list(neighbour.topics.values_list("pk", flat=True)), now)


def _fill_neighbours(row: PublishedArticle) -> None:
    """Offer an article on the pages that it offers and that have room: of a young site's first articles."""
    insert_all(RelatedArticle, OFFER, ((pk, row.pk, has) for pk, has in WITH_ROOM(row.pk)), ignore_conflicts=True)
    changes.changed(RelatedArticle)  # ``follow`` names the pages


def _hold(row: PublishedArticle) -> bool:
    """Keep a row as it is until the transaction ends, and bring the object in line with it; False where it is gone.

    Two who take one article out of the lists would both count it.
    """
    for values in HELD(row.pk):
        for name, value in zip(DECIDING, values, strict=True):
            setattr(row, name, value)
        return True
    return False


def _is_listable(row: PublishedArticle, now: datetime) -> bool:
    return bool(LISTABLE(now, row.pk))


def _tags(row: PublishedArticle, lists: set[Scope]) -> set[str]:
    """Return the tags of pages that show an article: its own, lists, and pages that offer it to be read next."""
    beside = RelatedArticle.objects.filter(other=row).values_list("article__page_id", flat=True)
    return {article_tag(row.page_id), *map(article_tag, beside), *(list_tag(*scope) for scope in lists)}


def _place(
    row: PublishedArticle, topic_ids: Sequence[int] | None, *, is_new: bool = False
) -> tuple[set[Scope], set[Scope]]:
    """Put an article into its lists, none where ``topic_ids`` is None.

    Return all lists that it stood or stands in, and those of them that it came into or left.
    """
    wanted = set() if topic_ids is None else places_of(row, topic_ids)
    until = row.offered_until()
    standing = [] if is_new else list(Listing.objects.filter(article=row))
    present = {(one.section_id, one.topic_id) for one in standing}
    fits = all(one.published_at == row.published_at and one.until == until for one in standing)
    if present == wanted and fits:
        return wanted, set()
    if standing:
        Listing.objects.filter(article=row).delete()
    rows = ((row.pk, section, topic, row.published_at, until) for section, topic in sorted(wanted, key=str))
    insert_all(Listing, PLACE, rows)
    _count(wanted - present, 1, until)
    _count(present - wanted, -1, until)
    return wanted | present, wanted ^ present


def _near(scopes: set[Scope]) -> set[Scope]:
    """Return the lists of the topics next to these, whose pages lead here while there is something to read."""
    topics = {topic: section for section, topic in scopes if topic is not None}
    steps = Topic.parents.through.objects.filter(Q(from_topic__in=topics) | Q(to_topic__in=topics)) if topics else ()
    both = [(step.from_topic_id, step.to_topic_id) for step in steps]
    pairs = [*both, *((to, start) for start, to in both)]
    return {(topics[start], near) for start, near in pairs if start in topics}


def _count(scopes: set[Scope], change: int, until: datetime) -> None:
    if not scopes:
        return
    # In one order, so that two who count wait for each other in turn.
    ordered = sorted(scopes, key=str)
    if change > 0:
        insert_all(ListingCount, COUNT, ((*scope, 0, until) for scope in ordered), ignore_conflicts=True)
    _add_to_counts(ordered, change, until)
    sections = {section for section, _ in scopes if section is not None}
    changes.changed(ListingCount, *(list_tag(*scope) for scope in scopes), *(counts_tag(pk) for pk in sections))


def _add_to_counts(scopes: Sequence[Scope], change: int, until: datetime) -> None:
    """Count articles into some lists, or out of them; written by hand, as each release does it."""
    these = " OR ".join(
        f"(section_id {'IS NULL' if section is None else '= %s'} AND topic_id {'IS NULL' if topic is None else '= %s'})"
        for section, topic in scopes
    )
    keys = [key for scope in scopes for key in scope if key is not None]
    changed = [f"articles = {GREATER[connection.vendor]}(articles + %s, 0)"]
    given: list[Any] = [change]
    if change > 0:
        changed.append(f"until = {GREATER[connection.vendor]}(until, %s)")
        given.append(connection.ops.adapt_datetimefield_value(until))
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "research_listingcount" SET {", ".join(changed)} WHERE {these}', [*given, *keys])  # noqa: S608


def _picked(row: PublishedArticle, now: datetime) -> list[int]:
    """Return the editors' picks that lists may offer, in their order."""
    if not row.related_ids:
        return []
    listable = PublishedArticle.objects.listable(now).exclude(pk=row.pk).filter(page_id__in=row.related_ids)
    by_page = dict(listable.values_list("page_id", "pk"))
    return [by_page[page_id] for page_id in dict.fromkeys(row.related_ids) if page_id in by_page]


def _by_topics(row: PublishedArticle, topic_ids: Sequence[int], now: datetime) -> list[int]:
    """Return the newest articles of the same topics in this section, those that share the most first."""
    shared: Counter[int] = Counter()
    newest: dict[int, datetime] = {}
    for topic in topic_ids:
        for pk, published_at in NEWEST_OF_TOPIC(row.section_id, topic, now):
            shared[pk] += 1
            newest[pk] = published_at
    shared.pop(row.pk, None)
    return sorted(shared, key=lambda pk: (shared[pk], newest[pk], pk), reverse=True)
