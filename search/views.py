"""The results page, and what is offered while somebody types."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_safe

from common.languages import attributes_of, language_at, number_words
from research.models.references import Study
from research.reading import build
from research.reading.pagination import page_number, pages_view
from research.reading.shapes import Metadata
from research.reading.topics.links import busiest_topics
from search import facets, missed
from search.engines.shapes import MOST_HITS
from search.parsing import MAX_QUERY_LENGTH, cleaned
from search.queries import Answer, answer
from search.rows import Row
from search.snippets import snippet
from search.suggestions import is_within_limit, suggestions

PER_PAGE = 12
SIZES = "(min-width: 40rem) 12rem, 6rem"
SNIPPET = "\ue000snippet\ue000"


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Show the public articles that match and ways to narrow them down; topics to browse when there are none.

    The DOI or PMID of a study that one article is about leads to that article.
    """
    query = cleaned(request.GET.get("q", ""))
    now, number = timezone.now(), page_number(request)
    chosen = facets.chosen_in(request)
    order = facets.order_in(request, has_words=bool(query))
    found = answer(query, now, chosen=chosen, order=order, start=(number - 1) * PER_PAGE, length=PER_PAGE)
    if found.identifier and len(found.rows) == 1:
        return HttpResponseRedirect(found.rows[0].address)
    context = _context(request, query, found, order, now, number)
    if query and not context["total"]:
        missed.note(query)
    return render(
        request,
        "search/results.html",
        {
            "query": query,
            "is_asked": bool(query or chosen),
            **context,
            "metadata": Metadata(
                title=gettext("Search: %(query)s") % {"query": query} if query else gettext("Search"),
                description="",
                canonical_url="",
                robots="noindex",
            ),
        },
    )


def _context(request: HttpRequest, query: str, found: Answer, order: str, now: datetime, number: int) -> dict[str, Any]:
    """Return what the template prints of an answer.

    Raises:
        Http404: there is no such page.
    """
    counted = facets.count(found.counts, found.chosen)
    topic_ids = facets.busiest_in(counted, found.chosen.get("topic"))
    wanted = {*topic_ids, *([str(found.topic_id)] if found.topic_id else [])}
    topics = facets.topic_names(wanted, now) if wanted else {}
    total = len(found.rows) if found.identifier else counted.total
    if number > 1 and (number - 1) * PER_PAGE >= total:
        raise Http404(f"There is no page {number}.")
    return {
        "results": mark_safe("".join(_printed(row, found) for row in found.rows)),
        "promoted": mark_safe("".join(_printed(row, found) for row in found.promoted)),
        "total": total,
        "total_text": _total_text(total),
        "found": found,
        "topic": topics.get(str(found.topic_id)),
        "facets": facets.facets_of(
            request, counted, found.chosen, {pk: topics[pk] for pk in topic_ids if pk in topics}
        ),
        "orders": facets.orders_of(request, order, has_words=bool(query)),
        "pages": pages_view(request, number, total, PER_PAGE),
        "topics": busiest_topics(now, limit=12) if not total else [],
    }


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """Answer what may be meant by the beginning of a query, as JSON; 429 to who asks too often."""
    if not is_within_limit(request):
        return JsonResponse({"suggestions": []}, status=429, headers={"Retry-After": "60"})
    offered = suggestions(request.GET.get("q", "")[:MAX_QUERY_LENGTH], timezone.now())
    return JsonResponse({"suggestions": offered}, headers={"X-Robots-Tag": "noindex"})


def _printed(row: Row, found: Answer) -> str:
    """Return an article as an item of a list, with where its words are."""
    shown = (
        snippet(row.search_text.removeprefix(row.title).lstrip(), found.phrases) if found.phrases else SafeString("")
    )
    foreign = attributes_of(language_at(row.address))
    before, after = _printed_card(row._replace(search_text=""), foreign, bool(shown), get_language())
    return f"{before}{shown}{after}"


@lru_cache(maxsize=2_000)
def _printed_card(row: Row, foreign: str, has_snippet: bool, language: str | None) -> tuple[str, str]:
    """Return a card before and after its snippet. The same row is the same words: nothing here can be out of date.

    Which language the article is in, its section says, and the row does not.
    """
    card = build.card(row.article(), snippet=SNIPPET if has_snippet else "", notice=_notice_of(row))
    html = render_to_string("search/includes/result.html", {"card": card, "sizes": SIZES})
    before, _, after = html.partition(SNIPPET)
    return before, after


def _notice_of(row: Row) -> str:
    if not row.is_withheld:
        return ""
    words = {"status": gettext(Study(status=row.status or "").get_status_display())}
    return gettext("%(status)s: do not rely on its results") % words


def _total_text(total: int) -> str:
    if total >= MOST_HITS:
        words = gettext("More than %(number)s articles; these are the newest")
        return words % {"number": number_words(MOST_HITS)}
    return ngettext("%(number)s article", "%(number)s articles", total) % {"number": number_words(total)}
