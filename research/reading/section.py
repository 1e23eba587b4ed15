"""The front of a section. It reads sealed rows only, and writes nothing."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import mark_safe

from common.conditional import with_last_modified
from common.page_store.shown import kept
from common.printing import whole_pages
from research.content.richtext import text_of
from research.publishing.showing import NAMED_BY_LISTS
from research.reading import build
from research.reading.feeds import section_channel
from research.reading.pages import page_metadata, page_text, signed_at
from research.reading.pagination import page_of_list
from research.reading.shapes import Link
from research.reading.structured.lists import collection_page, condition
from research.reading.topics.links import topic_links

PER_PAGE = 12


@kept("page", names=NAMED_BY_LISTS)
def section_front(request: HttpRequest, section: Any) -> HttpResponse:
    """Serve a section's newest articles, and its busiest topics."""
    now = timezone.now()
    total = getattr(section, "listed", None)
    listed, pages = page_of_list(request, now, section_id=section.pk, total=total, per_page=PER_PAGE)
    cards = [build.card(row) for row in listed]
    reviewed_text = page_text(section)
    description = section.search_description or text_of(section.intro) or section_channel(section).subtitle
    metadata = page_metadata(request, section.seo_title or section.title, description, pages.number)
    told = collection_page(
        metadata,
        cards,
        language=section.language,
        about=condition(section.condition_name, section.condition_mesh_ui),
        total=pages.total,
        start=(pages.number - 1) * PER_PAGE,
    )
    page = whole_pages.page(
        request,
        "research/topic_index_page.html",
        {
            "section": Link(section.title, f"/{section.slug}/"),
            "intro": mark_safe(build.linked(section.intro, {})),
            "reviewed_text": reviewed_text,
            "cards": cards,
            "pages": pages,
            "topics": topic_links(section, now, limit=16),
            "topics_url": f"/{section.slug}/topics/",
            "feed_url": f"/{section.slug}/",
            "metadata": replace(metadata, json_ld=told),
        },
    )
    return with_last_modified(page, *(row.updated_at for row in listed), signed_at(reviewed_text))
