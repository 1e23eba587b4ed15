"""Related articles: picked by hand first, then by shared topics, then the newest."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Q

from research.models.published import PublishedArticle

LIMIT = 6


def related_articles(
    article: PublishedArticle, *, topic_ids: Sequence[int], now: datetime, limit: int = LIMIT
) -> list[PublishedArticle]:
    """Return at most ``limit`` listable articles to read next, none twice, never the article itself.

    Order: the editors' picks in their order; then by the number of shared topics, newest first; then
    the newest of the site. Two queries, whatever the number of topics and articles.
    """
    others = PublishedArticle.objects.listable(now).exclude(pk=article.pk).for_cards()
    picked = {row.page_id: row for row in others.filter(page_id__in=article.related_ids)}
    chosen = [picked[pk] for pk in dict.fromkeys(article.related_ids) if pk in picked]
    filled = (
        others.exclude(page_id__in=picked)
        .annotate(shared=Count("topics", filter=Q(topics__in=topic_ids)))
        .order_by("-shared", "-published_at", "-pk")[:limit]
    )
    return [*chosen, *filled][:limit]
