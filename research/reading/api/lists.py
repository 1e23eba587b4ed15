"""Lists of articles by key: each page says which article is its last, and the next begins after that one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from common.conditional import with_last_modified
from common.page_store.shown import shows
from research.models.published import Listing, PublishedArticle
from research.publishing.showing import list_tag, show_cards
from research.reading.api.answers import data
from research.reading.api.shapes import entry, for_entries

A_PAGE = 50
AFTER = "after"


def list_of(
    request: HttpRequest,
    now: datetime,
    *,
    section_id: int | None = None,
    topic_id: int | None = None,
    about: Mapping[str, Any] | None = None,
) -> HttpResponseBase:
    """Serve a page of what a list offers, newest first; ``about`` is said beside it.

    Raises:
        Http404: ``after`` names no article that was ever public.
    """
    places = Listing.objects.of(section_id, topic_id).offered(now).newest_first()
    if AFTER in request.GET:
        places = places.filter(_behind(request.GET[AFTER]))
    keys = list(places.values_list("article", flat=True)[: A_PAGE + 1])
    rows = list(for_entries(PublishedArticle.objects.listable(now).filter(pk__in=keys[:A_PAGE])).newest_first())
    shows(list_tag(section_id, topic_id))
    show_cards(rows)
    next_url = ""
    if len(keys) > A_PAGE:
        last = PublishedArticle.objects.values_list("subject_uuid", flat=True).get(pk=keys[A_PAGE - 1])
        next_url = f"{request.build_absolute_uri(request.path)}?{AFTER}={last}"
    found = {**(about or {}), "articles": [entry(request, row) for row in rows], "next": next_url or None}
    answer = data(found)
    if next_url:
        answer.headers["Link"] = f'<{next_url}>; rel="next"'
    return with_last_modified(answer, *(row.updated_at for row in rows))


def _behind(text: str) -> Q:
    """Return the condition of what comes after an article in the order of every list, also once it was taken down."""
    try:
        key = UUID(text)
    except ValueError as odd:
        raise Http404(_("“after” is the id of an article.")) from odd
    last = PublishedArticle.objects.filter(subject_uuid=key).values_list("published_at", "pk").first()
    if last is None or str(key) != text:
        raise Http404(_("No article of this id was ever public."))
    published_at, pk = last
    return Q(published_at__lte=published_at) & (Q(published_at__lt=published_at) | Q(article__lt=pk))
