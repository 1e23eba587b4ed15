"""What is offered while somebody types: topics by any of their names, and titles."""

from datetime import datetime

from django.db.models import Min
from django.http import HttpRequest
from django.utils.translation import gettext

from common import limits
from research.models.published import ListingCount, PublishedArticle
from search.engines import Query, engine
from search.keeping import typed_of
from search.models import TopicPhrase
from search.parsing import cleaned, terms_in

MOST_TOPICS, MOST_TITLES = 4, 5
SHORTEST = 2
#: More than a fast typist makes.
A_MINUTE = 240


def suggestions(text: str, now: datetime) -> list[dict[str, str]]:
    """Return what may be meant: each with ``kind``, ``title`` and ``url``; topics first, then the newest titles."""
    text = cleaned(text)
    typed = typed_of(text)
    if len(typed) < SHORTEST:
        return []
    return [*_topics(typed, now), *_titles(text, now)]


def _topics(typed: str, now: datetime) -> list[dict[str, str]]:
    rows = (
        ListingCount.objects.of_topics(now)
        .filter(topic__in=_called(typed))
        .values("topic__name", "topic__slug")
        .annotate(section_slug=Min("section__slug"), most=Min("articles"))
        .order_by("-most", "topic__name")[:MOST_TOPICS]
    )
    return [
        {
            "kind": gettext("Topic"),
            "title": row["topic__name"],
            "url": f"/{row['section_slug']}/topics/{row['topic__slug']}/",
        }
        for row in rows
    ]


def _called(typed: str) -> list[int]:
    return list(TopicPhrase.objects.filter(typed__startswith=typed).values_list("topic", flat=True)[:50])


def _titles(text: str, now: datetime) -> list[dict[str, str]]:
    terms = terms_in(text)
    if not terms:
        return []
    last = terms[-1]
    groups = (*((term.stems,) for term in terms[:-1]), tuple(dict.fromkeys((last.words, last.stems))))
    query = Query(groups, prefix=True, in_title=True, counted=False, order="latest", length=MOST_TITLES)
    ids = engine().find(query, now).article_ids
    rows = PublishedArticle.objects.public_now(now).filter(pk__in=ids).order_by("-pk").values_list("title", "address")
    return [{"kind": gettext("Article"), "title": title, "url": url} for title, url in rows] if ids else []


def is_within_limit(request: HttpRequest) -> bool:
    """Count a request for suggestions and return whether its network may still ask."""
    return limits.may_read(request, "suggest", a_minute=A_MINUTE)
