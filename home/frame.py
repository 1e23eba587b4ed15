"""The frame of every public page: the publication's name and its navigation."""

import functools
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import CharField, F, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from wagtail.models import Page

from common.languages import attributes_of, language_at, publication_language
from common.middleware import allow_style
from common.page_store.memory import remembered_for_pages
from common.page_store.shown import shows_until
from common.printing.memory import printed
from home.brand import Brand
from home.models import HomePage, InfoPage, brand_of_site
from research.models.sections import TopicIndexPage
from research.reading.shapes import Link

HOW_WE_RATE = "how-we-rate"
CACHE_KEY = "publication-pages"
#: Stands for what a reader looked for, in a masthead that is kept.
QUERY = "\ue000query\ue000"


@dataclass(frozen=True)
class Frame:
    """What the head and foot of a page print."""

    brand: Brand
    tagline: str
    tagline_foreign: str
    home_url: str
    search_url: str
    query: str
    navigation: tuple[Link, ...]
    info_pages: tuple[Link, ...]
    sections: tuple[Link, ...]
    year: int

    @property
    def publication(self) -> str:
        """Return the publication's name."""
        return self.brand.name

    @property
    def masthead(self) -> SafeString:
        """Return the head of the page, printed."""
        return mark_safe(replace(self, query=QUERY)._part("masthead").replace(QUERY, escape(self.query)))

    @property
    def footer(self) -> SafeString:
        """Return the foot of the page, printed."""
        return replace(self, query="")._part("footer")

    def _part(self, name: str) -> SafeString:
        return printed(f"includes/{name}.html", frame=self, brand=self.brand)


class _Row(NamedTuple):
    title: str
    slug: str
    path: str
    live: bool
    kind: str
    tagline: str


#: What the frame is made of; a page of Wagtail's has a row in two tables.
FRAMED = (HomePage, TopicIndexPage, InfoPage, Page)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the frame and the brand, asked for once and only by pages that print it."""
    return {
        "frame": SimpleLazyObject(lambda: build_frame(request)),
        "brand": SimpleLazyObject(lambda: _worn(request, brand_of_site())),
    }


def around(request: HttpRequest) -> dict[str, Any]:
    """Return the same for a page that is printed whole: asked for now."""
    made = build_frame(request)
    return {"frame": made, "brand": _worn(request, made.brand)}


def _worn(request: HttpRequest, brand: Brand) -> Brand:
    if brand.colours:
        allow_style(request, brand.colours)
    return brand


def build_frame(request: HttpRequest) -> Frame:
    """Return the frame from one statement."""
    rows = sorted(_pages(), key=lambda row: row.path)
    today = timezone.localdate()
    shows_until(timezone.make_aware(datetime(today.year + 1, 1, 1)))  # noqa: DTZ001 - made aware
    home = next((row for row in rows if row.kind == "home"), None)
    sections = tuple(_link(request, row) for row in rows if row.kind == "section")
    info = tuple(_link(request, row) for row in rows if row.kind == "info")
    search_url = reverse("search")
    return Frame(
        brand=brand_of_site(),
        tagline=home.tagline if home else "",
        tagline_foreign=attributes_of(publication_language()),
        home_url="/",
        search_url=search_url,
        query=request.GET.get("q", "").strip()[:200] if request.path == search_url else "",
        navigation=_navigation(request, sections, info),
        info_pages=info,
        sections=sections,
        year=today.year,
    )


def _pages() -> list[_Row]:
    """Return the home page, the sections and the information pages."""
    return remembered_for_pages(CACHE_KEY, FRAMED, _asked)


def _asked() -> list[_Row]:
    """Return them from one statement."""
    with connection.cursor() as cursor:
        cursor.execute(*_statement(connection.vendor))
        # Asked for what is live, SQLite would start from all pages.
        return [row for values in cursor.fetchall() if (row := _Row(*values)).live]


@functools.cache
def _statement(vendor: str) -> tuple[str, tuple[Any, ...]]:
    """Return that statement, put together once: no request changes a word of it.

    Each kind is read from its own small table: the table of all pages grows with every article. A table of no rows
    SQLite takes for a large one, and would start from all pages; CROSS JOIN keeps the order that is written.
    """
    nothing = Value("", output_field=CharField())
    of_kind = [
        model.objects.order_by().values_list("title", "slug", "path", "live", Value(kind), tagline)
        for model, kind, tagline in (
            (HomePage, "home", F("tagline")),
            (TopicIndexPage, "section", nothing),
            (InfoPage, "info", nothing),
        )
    ]
    statement, values = of_kind[0].union(*of_kind[1:], all=True).query.sql_with_params()
    return statement.replace(" INNER JOIN ", " CROSS JOIN ") if vendor == "sqlite" else statement, tuple(values)


def _navigation(request: HttpRequest, sections: tuple[Link, ...], info: tuple[Link, ...]) -> tuple[Link, ...]:
    topics = [
        Link(gettext("Topics"), f"{section.url}topics/", request.path.startswith(f"{section.url}topics/"))
        for section in sections[:1]
    ]
    rating = [link for link in info if link.url == f"/{HOW_WE_RATE}/"]
    return (*sections, *topics, *rating)


def _link(request: HttpRequest, page: _Row) -> Link:
    url = f"/{page.slug}/"
    here = request.path.startswith(url) and not request.path.startswith(f"{url}topics/")
    return Link(page.title, url, here, foreign=attributes_of(language_at(url)))
