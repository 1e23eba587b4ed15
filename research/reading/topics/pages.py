"""The pages of topics."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from common.conditional import with_last_modified
from common.page_store.shown import kept
from common.printing import whole_pages
from research.content.richtext import text_of
from research.models.published import ListingCount
from research.publishing.showing import NAMED_BY_LISTS
from research.reading.build import card
from research.reading.pages import page_metadata
from research.reading.pagination import page_of_list
from research.reading.section import PER_PAGE
from research.reading.shapes import Link
from research.reading.structured.lists import collection_page
from research.reading.structured.lists import topic as structured_topic
from research.reading.topics.links import areas, near_topics, public_topic, related_topics, topic_links


@kept(names=(ListingCount,))
def topics_a_to_z(request: HttpRequest, section: Any) -> HttpResponse:
    """Serve the topics that have something to read, by area and from A to Z."""
    now = timezone.now()
    links = topic_links(section, now)
    letters: dict[str, list[Link]] = defaultdict(list)
    for link in sorted(links, key=lambda link: link.title.lower()):
        letters[link.title[0].upper()].append(link)
    named = {"section": section.title}
    title = gettext("Topics by area and from A to Z: %(section)s") % named
    description = gettext("All topics of %(section)s, each with its research summaries in plain words.") % named
    return whole_pages.page(
        request,
        "research/topics.html",
        {
            "section": Link(section.title, f"/{section.slug}/"),
            "areas": areas(section, links, now),
            "letters": list(letters.items()),
            "metadata": page_metadata(request, title, description),
        },
    )


@kept("page", names=NAMED_BY_LISTS)
def topic_listing(request: HttpRequest, section: Any, slug: str) -> HttpResponse:
    """Serve the listable articles of one topic; 404 for a topic that is not public here, and unknown pages."""
    now = timezone.now()
    topic = public_topic(section, slug, now)
    listed, pages = page_of_list(
        request, now, section_id=section.pk, topic_id=topic.pk, total=topic.listed, per_page=PER_PAGE
    )
    near = near_topics(section, topic, now)
    signed_words = topic.signed if topic.signed and topic.shows(topic.signed) else {}
    definition, synonyms = signed_words.get("definition", ""), signed_words.get("synonyms", "")
    cards = [card(row) for row in listed]
    metadata = page_metadata(
        request,
        f"{topic.name}: {section.title}",
        gettext("Research summaries on %(topic)s.") % {"topic": topic.name},
        pages.number,
    )
    told = collection_page(
        metadata,
        cards,
        language=section.language,
        about=structured_topic(topic.name, topic.mesh_ui, description=text_of(definition), synonyms=text_of(synonyms)),
        total=pages.total,
        start=(pages.number - 1) * PER_PAGE,
    )
    page = whole_pages.page(
        request,
        "research/topic_listing.html",
        {
            "section": Link(section.title, f"/{section.slug}/"),
            "topic_name": topic.name,
            "definition": mark_safe(definition),
            "synonyms": mark_safe(synonyms),
            "broader": [link for is_parent, link in near if is_parent],
            "narrower": [link for is_parent, link in near if not is_parent],
            "related": related_topics(section, topic, [link for _, link in near], now),
            "cards": cards,
            "pages": pages,
            "feed_url": request.path,
            "metadata": replace(metadata, json_ld=told),
        },
    )
    return with_last_modified(page, *(row.updated_at for row in listed))
