"""The results page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from research.models.published import WITHHELD_STATUSES, PublishedArticle
from research.reading import build
from research.reading.pagination import page_of
from research.reading.shapes import Metadata
from research.reading.views import busiest_topics
from search.queries import MAX_QUERY_LENGTH, find_articles, words_in
from search.snippets import snippet

PER_PAGE = 12


def results(request: HttpRequest) -> HttpResponse:
    """Show the public articles that match; topics to browse when none do."""
    query = request.GET.get("q", "").strip()[:MAX_QUERY_LENGTH]
    now = timezone.now()
    found = find_articles(query, now).select_related("study")
    listed, pages = page_of(request, found, per_page=PER_PAGE, order=("rank", "-published_at", "-pk"))
    words = words_in(query)
    return render(
        request,
        "search/results.html",
        {
            "query": query,
            "results": [
                build.card(row, snippet=snippet(_below_the_title(row), words), notice=_notice_of(row)) for row in listed
            ],
            "total_text": _total_text(pages.total),
            "pages": pages,
            "topics": busiest_topics(now, limit=12),
            "metadata": Metadata(
                title=f"Search: {query}" if query else "Search",
                description="",
                canonical_url="",
                robots="noindex",
            ),
        },
    )


def _below_the_title(row: PublishedArticle) -> str:
    """Return the words that a card does not show anyway."""
    return row.search_text.removeprefix(row.title).lstrip()


def _notice_of(row: PublishedArticle) -> str:
    if row.study and row.study.status in WITHHELD_STATUSES:
        return f"{row.study.get_status_display()}: do not rely on its results"
    return ""


def _total_text(total: int) -> str:
    return "1 article" if total == 1 else f"{total:,} articles"
