"""The front page and the information pages, as readers get them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from wagtail.models import Page
from wagtail.rich_text import expand_db_html

from research.models.published import CARD_FIELDS, Listing, PublishedArticle
from research.publishing.showing import show_cards
from research.reading import build
from research.reading.made.corrections import listed_corrections
from research.reading.shapes import Metadata
from research.reading.topics.links import busiest_topics
from research.reading.views import page_text

LATEST = 12


def front(request: HttpRequest, page: Page, name: str) -> HttpResponse:
    """Serve the front: the lead story first, then the newest articles, then topics."""
    now = timezone.now()
    newest = Listing.objects.of().offered(now).newest_first().values("article")[: LATEST + 1]
    cards_now = PublishedArticle.objects.listable(now).for_cards().select_related("section")
    cards_now = cards_now.only(*CARD_FIELDS, "section__title")
    lead = list(cards_now.filter(page_id=page.lead_article_id)) if page.lead_article_id else []
    rows = [*lead, *(row for row in cards_now.filter(pk__in=newest).newest_first() if row not in lead)]
    show_cards(rows)
    cards = [build.card(row, section=row.section.title) for row in rows[: LATEST + 1]]
    return render(
        request,
        "home/home_page.html",
        {
            "page": page,
            "intro": mark_safe(expand_db_html(page.intro)),
            "reviewed_text": page_text(page),
            "lead": cards[0] if cards else None,
            "latest": cards[1:],
            "topics": busiest_topics(now, limit=18),
            "metadata": Metadata(
                title=page.seo_title or name,
                description=page.search_description or page.tagline,
                canonical_url=request.build_absolute_uri("/"),
            ),
        },
    )


def info_page(request: HttpRequest, page: Page) -> HttpResponse:
    """Serve an information page."""
    return render(
        request,
        "home/info_page.html",
        {
            "title": page.title,
            "intro": page.intro,
            "body": mark_safe(expand_db_html(page.body)),
            "reviewed_text": page_text(page),
            "lists_corrections": page.lists_corrections,
            "corrections": listed_corrections(timezone.now()) if page.lists_corrections else (),
            "metadata": Metadata(
                title=page.seo_title or page.title,
                description=page.search_description or page.intro,
                canonical_url=request.build_absolute_uri(request.path),
            ),
        },
    )
