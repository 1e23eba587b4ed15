"""The front page and the information pages, as readers get them."""

from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from wagtail.models import Page
from wagtail.rich_text import expand_db_html

from common.conditional import with_last_modified
from common.languages import publication_language
from common.prepared import KEY, MOMENT, Prepared
from common.printing import whole_pages
from research.models.published import CARD_FIELDS, Listing, PublishedArticle, PublishedArticleQuerySet
from research.publishing.showing import show_cards
from research.reading import build
from research.reading.made.corrections import listed_corrections
from research.reading.pages import page_text, signed_at
from research.reading.shapes import Metadata
from research.reading.structured.lists import web_site
from research.reading.topics.links import busiest_topics

LATEST = 12


def _cards(now: datetime) -> PublishedArticleQuerySet:
    """Return what may be shown at a moment, as cards that say of which section they are."""
    cards = PublishedArticle.objects.listable(now).for_cards().select_related("section")
    return cards.only(*CARD_FIELDS, "section__title")


def _newest(now: datetime) -> PublishedArticleQuerySet:
    places = Listing.objects.of().offered(now).newest_first()
    return _cards(now).filter(pk__in=places.values("article")[: LATEST + 1]).newest_first()


LEAD = Prepared(lambda now, page: _cards(now).filter(page_id=page), MOMENT, KEY)
#: One more than are listed: the lead may be among them.
NEWEST = Prepared(_newest, MOMENT)


def front(request: HttpRequest, page: Page, name: str) -> HttpResponse:
    """Serve the front: the lead story first, then the newest articles, then topics."""
    now = timezone.now()
    lead = LEAD(now, page.lead_article_id) if page.lead_article_id else []
    rows = [*lead, *(row for row in NEWEST(now) if row not in lead)]
    show_cards(rows)
    cards = [build.card(row, section=row.section.title) for row in rows[: LATEST + 1]]
    reviewed_text = page_text(page)
    metadata = Metadata(
        title=page.seo_title or name,
        description=page.search_description or page.tagline,
        canonical_url=request.build_absolute_uri("/"),
    )
    told = web_site(metadata, cards, language=publication_language(), search_url=reverse("search"))
    answer = whole_pages.page(
        request,
        "home/home_page.html",
        {
            "intro": mark_safe(expand_db_html(page.intro)),
            "reviewed_text": reviewed_text,
            "lead": cards[0] if cards else None,
            "latest": cards[1:],
            "topics": busiest_topics(now, limit=18),
            "metadata": replace(metadata, json_ld=told),
        },
    )
    return with_last_modified(answer, *(row.updated_at for row in rows), signed_at(reviewed_text))


def info_page(request: HttpRequest, page: Page) -> HttpResponse:
    """Serve an information page."""
    reviewed_text = page_text(page)
    corrections = listed_corrections(timezone.now()) if page.lists_corrections else ()
    answer = whole_pages.page(
        request,
        "home/info_page.html",
        {
            "title": page.title,
            "intro": page.intro,
            "body": mark_safe(expand_db_html(page.body)),
            "reviewed_text": reviewed_text,
            "lists_corrections": page.lists_corrections,
            "corrections": corrections,
            "metadata": Metadata(
                title=page.seo_title or page.title,
                description=page.search_description or page.intro,
                canonical_url=request.build_absolute_uri(request.path),
            ),
        },
    )
    changed = (page.last_published_at, *(one.signed_at for one in corrections))
    return with_last_modified(answer, *changed, signed_at(reviewed_text))
