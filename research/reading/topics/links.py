"""Which topics readers may know of, and where each of them leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, Subquery, Sum
from django.http import Http404

from common.page_store.shown import shows, shows_until
from common.prepared import KEY, KEYS, MOMENT, TEXT, Prepared
from research.models.published import Listing, ListingCount, PublishedArticle
from research.models.texts import PublishedText
from research.models.topics import Topic, TopicQuerySet
from research.publishing.showing import counts_tag
from research.reading.shapes import Link

# A wide topic is an area from so many topics within it on.
SMALLEST_AREA = 2
# The newest articles of a topic that say what else is read with it, and how many of those topics are offered.
LOOKED_AT = 24
RELATED = 6


@dataclass(frozen=True)
class Area:
    """A wide topic with those within it that have something to read."""

    link: Link
    topics: tuple[Link, ...]


def is_public_in(section: int, now: datetime) -> Q:
    """Return the condition of topics that have something to read in a section, or a signed definition.

    The name alone of any other topic could say what an embargoed article is about.
    """
    listable = Listing.objects.of(section, OuterRef("pk")).offered(now)
    signed = PublishedText.objects.filter(subject_uuid=OuterRef("subject_uuid"))
    return Q(Exists(listable)) | Q(Exists(signed))


def _public_topics(now: datetime, section: int, slug: str) -> TopicQuerySet:
    signed = PublishedText.objects.filter(subject_uuid=OuterRef("subject_uuid"))
    count = ListingCount.objects.filter(section=section, topic=OuterRef("pk"))
    topics = Topic.objects.filter(is_public_in(section, now), slug=slug)
    return topics.annotate(signed=Subquery(signed.values("values")), listed=Subquery(count.values("articles")))


def _near(now: datetime, section: int, topic: int) -> TopicQuerySet:
    count = ListingCount.objects.filter(section=section, topic=OuterRef("pk"))
    near = Topic.objects.filter(is_public_in(section, now), Q(parents=topic) | Q(children=topic))
    return (
        near.annotate(is_wider=Exists(Topic.objects.filter(pk=topic, parents=OuterRef("pk"))))
        .annotate(until=Subquery(count.values("until")))
        .distinct()
        .by_name()
    )


PUBLIC_TOPIC = Prepared(_public_topics, MOMENT, KEY, TEXT)
NEAR = Prepared(_near, MOMENT, KEY, KEY)
WIDE = Prepared(
    lambda now, section: (
        Topic.objects.filter(is_public_in(section, now), children__isnull=False)
        .by_name()
        .values_list("name", "slug", "children__slug")
    ),
    *(MOMENT, KEY),
)
NEWEST = Prepared(
    lambda now, section, topic: (
        Listing.objects.of(section, topic).offered(now).newest_first().values_list("article_id", "until")[:LOOKED_AT]
    ),
    *(MOMENT, KEY, KEY),
)


def public_topic(section: Any, slug: str, now: datetime) -> Any:
    """Return a topic that readers know in a section, with ``signed`` (what is said of it) and ``listed`` (how many).

    Raises:
        Http404: there is none of this name, or nothing says so to readers.
    """
    topic = PUBLIC_TOPIC.first(now, section.pk, slug)
    if topic is None:
        raise Http404
    return topic


def slug_now(section: Any, slug: str, now: datetime) -> str | None:
    """Return what stands in the address of the public topic that was known by this; None where there is none."""
    known = Topic.objects.filter(is_public_in(section.pk, now), addresses__slug=slug).exclude(slug=slug)
    return known.values_list("slug", flat=True).first()


def near_topics(section: Any, topic: Topic, now: datetime) -> list[tuple[bool, Link]]:
    """Return wider and narrower public topics, by name, each with whether it is the wider one."""
    near = NEAR(now, section.pk, topic.pk)
    ends = (vars(t)["until"] for t in near)
    shows_until(*(until for until in ends if until is not None and until > now))
    return [(bool(vars(t)["is_wider"]), Link(t.name, topic_url(section, t.slug))) for t in near]


def topic_links(section: Any, now: datetime, *, limit: int | None = None) -> list[Link]:
    """Return the topics of a section that have listable articles, busiest first, with their counts."""
    counts = _topics_of_section(limit)(now, section.pk)
    shows(counts_tag(section.pk))
    shows_until(*(until for *_, until in counts))
    return [Link(name, topic_url(section, slug), count=articles) for name, slug, articles, _ in counts]


@cache
def _topics_of_section(limit: int | None) -> Prepared[tuple[str, str, int, datetime]]:
    return Prepared(
        lambda now, section: (
            ListingCount.objects.of_topics(now)
            .filter(section=section)
            .order_by("-articles", "topic__name")
            .values_list("topic__name", "topic__slug", "articles", "until")[:limit]
        ),
        *(MOMENT, KEY),
    )


def busiest_topics(now: datetime, *, limit: int) -> list[Link]:
    """Return the busiest topics of the whole site, each within its first section, by name."""
    found = _busiest(limit)(now)
    shows_until(*(until for *_, until in found))
    links = [Link(name, f"/{section}/topics/{slug}/", count=total) for name, slug, total, section, _ in found]
    return sorted(links, key=lambda link: link.title.lower())


@cache
def _busiest(limit: int) -> Prepared[tuple[str, str, int, str, datetime]]:
    """Return that statement: in a page of results without any, putting it together took longer than its answer."""
    return Prepared(
        lambda now: (
            ListingCount.objects.of_topics(now)
            .values_list("topic__name", "topic__slug")
            .annotate(total=Sum("articles"), section_slug=Min("section__slug"), last=Min("until"))
            .order_by("-total", "topic__name")[:limit]
        ),
        MOMENT,
    )


def areas(section: Any, topics: Sequence[Link], now: datetime) -> list[Area]:
    """Return the wide topics that readers know in a section, by name, each with those of some topics within it.

    One statement. A wide topic that nothing says anything of yet stays unnamed.
    """
    by_url = {link.url: link for link in topics}
    found: dict[Link, list[Link]] = {}
    for name, slug, narrow in WIDE(now, section.pk):
        within = by_url.get(topic_url(section, narrow))
        if within is not None:
            url = topic_url(section, slug)
            found.setdefault(by_url.get(url, Link(name, url)), []).append(within)
    return [
        Area(link, tuple(sorted(within, key=_by_title)))
        for link, within in found.items()
        if len(within) >= SMALLEST_AREA
    ]


def related_topics(section: Any, topic: Topic, kin: Sequence[Link], now: datetime) -> list[Link]:
    """Return the topics that the newest articles of a topic are also about, the most frequent first.

    Looks at so many articles and no more, however long the list is.
    """
    newest = dict(NEWEST(now, section.pk, topic.pk))
    shows_until(*newest.values())
    known = {link.url for link in kin}
    shared = _shared(RELATED + len(known))(newest, topic.pk)
    found = [(name, topic_url(section, slug)) for name, slug in shared]
    return [Link(name, url) for name, url in found if url not in known][:RELATED]


@lru_cache(maxsize=50)
def _shared(most: int) -> Prepared[tuple[str, str]]:
    return Prepared(
        lambda articles, topic: (
            PublishedArticle.topics.through.objects.filter(publishedarticle__in=articles)
            .exclude(topic=topic)
            .values("topic__name", "topic__slug")
            .annotate(number=Count("pk"))
            .order_by("-number", "topic__name")
            .values_list("topic__name", "topic__slug")[:most]
        ),
        *(KEYS, KEY),
    )


def topic_url(section: Any, slug: str) -> str:
    """Return the address of a topic in a section."""
    return f"/{section.slug}/topics/{slug}/"


def _by_title(link: Link) -> str:
    return link.title.lower()
