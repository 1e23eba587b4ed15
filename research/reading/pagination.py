"""Pages of long lists behind ordinary numbers: the page at hand is read, never what is before it."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpRequest

from common.page_store.shown import shows
from common.prepared import KEY, MOMENT, Prepared
from research.models.published import Listing, ListingCount, PublishedArticle, PublishedArticleQuerySet
from research.publishing.showing import list_tag, show_cards
from research.reading.shapes import Link, Pages


def page_of_list(
    request: HttpRequest,
    now: datetime,
    *,
    section_id: int,
    topic_id: int | None = None,
    total: int | None,
    per_page: int,
) -> tuple[list[PublishedArticle], Pages]:
    """Return one page of a section's or a topic's list as cards, newest first, and where the reader is in it.

    One statement where the caller knows how many there are, else two. The place of a page is found in the index
    of ``Listing`` alone, from the end that is nearer.

    Args:
        total: how many articles the list has by its ``ListingCount``; None where that is still to be asked.

    Raises:
        Http404: the page number is no number, or there is no such page; the first always exists.
    """
    number = page_number(request)
    if total is None:
        kept = ListingCount.objects.filter(section=section_id, topic=topic_id).values_list("articles", flat=True)
        total = kept.first() or 0
    start = (number - 1) * per_page
    if start >= total and number > 1:
        raise Http404(f"There is no page {number}.")
    own = (section_id,) if topic_id is None else (section_id, topic_id)
    rows = _cards(*_stretch(start, per_page, total), len(own))(now, *own) if total else []
    shows(list_tag(section_id, topic_id))
    show_cards(rows)
    return rows, pages_view(request, number, total, per_page)


def _stretch(start: int, length: int, total: int) -> tuple[int, int, bool]:
    """Return where a page begins and ends in a list, and True where that is counted from the end of the list.

    It is the end that is nearer; from the far end, the last stretch may be a short one.
    """
    from_the_end = total - start - length
    if start <= from_the_end:
        return start, start + length, False
    return max(from_the_end, 0), total - start, True


@lru_cache(maxsize=200)
def _cards(start: int, end: int, from_the_end: bool, names: int) -> Prepared[PublishedArticle]:
    """Return the statement of a stretch of a list, whose section and topic are so many names of it."""

    def rows(now: datetime, section_id: int, topic_id: int | None = None) -> PublishedArticleQuerySet:
        places = Listing.objects.of(section_id, topic_id).offered(now).newest_first()
        places = places.reverse() if from_the_end else places
        cards = PublishedArticle.objects.listable(now).for_cards()
        return cards.filter(pk__in=places.values("article")[start:end]).newest_first()

    return Prepared(rows, MOMENT, *[KEY] * names)


def pages_view(request: HttpRequest, number: int, total: int, per_page: int, parameter: str = "page") -> Pages:
    """Return the links of a list's pages, keeping the other parameters of the address."""
    count = max(1, -(-total // per_page))
    others = request.GET.copy()
    others.pop(parameter, None)
    kept = others.urlencode()

    def address(page: int) -> str:
        query = "&".join(filter(None, (kept, f"{parameter}={page}" if page > 1 else "")))
        return f"{request.path}?{query}" if query else request.path

    near: list[Any] = [n for n in range(1, count + 1) if n in (1, count) or abs(n - number) <= 2]
    return Pages(
        number=number,
        count=count,
        total=total,
        previous_url=address(number - 1) if number > 1 else "",
        next_url=address(number + 1) if number < count else "",
        links=tuple(Link(str(n), address(n), current=n == number) for n in near),
    )


def uncounted_pages(request: HttpRequest, number: int, *, more: bool) -> Pages:
    """Return the steps from one page of a list that nobody counted: back, and on where there is more."""
    address = request.path
    before = f"{address}?page={number - 1}" if number > 2 else address
    return Pages(
        number=number,
        count=0,
        total=0,
        previous_url=before if number > 1 else "",
        next_url=f"{address}?page={number + 1}" if more else "",
    )


def page_number(request: HttpRequest) -> int:
    """Return the page that an address asks for.

    Raises:
        Http404: that is no positive number.
    """
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit()) or len(text) > 6 or int(text) < 1:
        raise Http404("A page number is a positive number.")
    return int(text)
