"""What lists offer, compared with the public rows: where each article stands, how many a list has, what is beside it.

Nothing here is an article's words: cards have those from the sealed rows, which are judged again when they are shown.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count

from research.audit.problems import DRIFTED, SealProblem
from research.models.published import Listing, ListingCount, PublishedArticle, RelatedArticle
from research.publishing.lists.listing import RELATED
from research.publishing.lists.news import Scope, places_of


def check(now: datetime) -> Iterator[SealProblem]:
    """Yield what lists, their counts and the articles offered beside others have that does not follow from the rows."""
    yield from _check_places(now)
    yield from _check_counts()
    yield from _check_related()


def _check_places(now: datetime) -> Iterator[SealProblem]:
    """Compare the lists that each article stands in. Those that time has ended wait for the runner."""
    standing: dict[int, set[tuple[Scope, datetime, datetime]]] = defaultdict(set)
    for place in Listing.objects.filter(until__gt=now).iterator():
        scope = (place.section_id, place.topic_id)
        standing[place.article_id].add((scope, place.published_at, place.until))
    offered = PublishedArticle.objects.listable(now).defer("content", "search_text").prefetch_related("topics")
    for row in offered:
        scopes = places_of(row, [topic.pk for topic in row.topics.all()])
        wanted = {(scope, row.published_at, row.offered_until()) for scope in scopes}
        if standing.pop(row.pk, set()) != wanted:
            yield SealProblem(
                DRIFTED, f"article {row.subject_uuid} ({row})", "It stands in other lists than it should."
            )
    for pk in standing:
        yield SealProblem(DRIFTED, f"public row {pk}", "Lists have it, and may not offer it.")


def _check_counts() -> Iterator[SealProblem]:
    lists = Listing.objects.values_list("section", "topic").annotate(number=Count("pk"))
    real = {(section, topic): number for section, topic, number in lists}
    for kept in ListingCount.objects.all():
        if real.pop((kept.section_id, kept.topic_id), 0) != kept.articles:
            yield SealProblem(DRIFTED, f"list ({kept})", "It has another number of articles than it says.")
    for section, topic in real:
        yield SealProblem(DRIFTED, f"list (section {section}, topic {topic})", "Nobody counted it.")


def _check_related() -> Iterator[SealProblem]:
    """Look at what pages offer to read next; which articles fill up after the picks depends on when they did."""
    offered: dict[int, list[int]] = defaultdict(list)
    own: set[int] = set()
    pages = RelatedArticle.objects.values_list("article_id", "other_id", "other__page_id")
    for article, other, page in pages.iterator():
        offered[article].append(page)
        own |= {article} if article == other else set()
    for row in PublishedArticle.objects.only("pk", "subject_uuid", "title", "related_ids"):
        beside = offered[row.pk]
        picks = [page for page in dict.fromkeys(row.related_ids) if page in beside]
        if row.pk in own or len(beside) > RELATED or beside[: len(picks)] != picks:
            words = "It offers itself, too many others, or others before the editors’ picks."
            yield SealProblem(DRIFTED, f"article {row.subject_uuid} ({row})", words)
