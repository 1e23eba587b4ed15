"""The frame of every public page: the publication's name and its navigation."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from wagtail.models import Page

from research.reading.shapes import Link

HOW_WE_RATE = "how-we-rate"


@dataclass(frozen=True)
class Frame:
    """What the head and foot of a page print."""

    publication: str
    tagline: str
    home_url: str
    search_url: str
    query: str
    navigation: tuple[Link, ...]
    info_pages: tuple[Link, ...]
    sections: tuple[Link, ...]
    year: int


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the frame, asked for once and only by pages that print it."""
    return {"frame": SimpleLazyObject(lambda: build_frame(request))}


def build_frame(request: HttpRequest) -> Frame:
    """Return the frame from one statement: the home page and its public children."""
    rows = list(
        Page.objects.filter(depth__in=(2, 3), live=True)
        .select_related("homepage", "topicindexpage", "infopage")
        .only(
            "title",
            "slug",
            "depth",
            "path",
            "homepage__publication_name",
            "homepage__tagline",
            "topicindexpage__condition_name",
            "infopage__intro",
        )
        .order_by("path")
    )
    home = next((row.homepage for row in rows if hasattr(row, "homepage")), None)
    sections = tuple(_link(request, row) for row in rows if hasattr(row, "topicindexpage"))
    info = tuple(_link(request, row) for row in rows if hasattr(row, "infopage"))
    return Frame(
        publication=home.publication_name if home else "Countersign",
        tagline=home.tagline if home else "",
        home_url="/",
        search_url=reverse("search"),
        query=request.GET.get("q", "").strip()[:200] if request.path == reverse("search") else "",
        navigation=_navigation(request, sections, info),
        info_pages=info,
        sections=sections,
        year=timezone.localdate().year,
    )


def _navigation(request: HttpRequest, sections: tuple[Link, ...], info: tuple[Link, ...]) -> tuple[Link, ...]:
    topics = [
        Link("Topics", f"{section.url}topics/", request.path.startswith(f"{section.url}topics/"))
        for section in sections[:1]
    ]
    rating = [link for link in info if link.url == f"/{HOW_WE_RATE}/"]
    return (*sections, *topics, *rating)


def _link(request: HttpRequest, page: Page) -> Link:
    url = f"/{page.slug}/"
    here = request.path.startswith(url) and not request.path.startswith(f"{url}topics/")
    return Link(page.title, url, here)
