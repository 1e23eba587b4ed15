"""The public addresses of articles and topics, for search engines: each with when its words last changed.

Articles stand in files of a fixed stretch of rows, so that one more article changes one file.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, Max, OuterRef

from research.models.people import Person
from research.models.published import Credit, ListingCount, PublishedArticle

ARTICLES_A_FILE = 5_000


class Place(NamedTuple):
    """An address, and when what is there last changed; None where nothing says so."""

    address: str
    changed_at: datetime | None = None


def number_of_files() -> int:
    """Return how many files hold the articles; at least one."""
    last = PublishedArticle.objects.aggregate(last=Max("pk"))["last"] or 0
    return last // ARTICLES_A_FILE + 1


def articles(number: int, now: datetime) -> Iterator[Place]:
    """Yield the public articles of one file, from 1 on, each with the page on how it was made.

    A retracted one too, whose notice should be found; earlier versions never.
    """
    start = (number - 1) * ARTICLES_A_FILE
    rows = PublishedArticle.objects.public_now(now).filter(pk__gte=start, pk__lt=start + ARTICLES_A_FILE)
    for address, changed_at in rows.order_by("pk").values_list("address", "updated_at"):
        yield Place(address, changed_at)
        yield Place(f"{address}made/", changed_at)


def contributors(now: datetime) -> Iterator[Place]:
    """Yield the pages of contributors whose work lists may offer."""
    offered = Credit.objects.filter(person=OuterRef("pk")).offered(now)
    for person in Person.objects.not_erased().filter(Exists(offered)).order_by("pk").only("pk"):
        yield Place(person.address)


def topics(now: datetime) -> Iterator[Place]:
    """Yield the topics that have something to read."""
    rows = ListingCount.objects.of_topics(now).filter(section__live=True)
    for section, topic in rows.order_by("section__slug", "topic__slug").values_list("section__slug", "topic__slug"):
        yield Place(f"/{section}/topics/{topic}/")
