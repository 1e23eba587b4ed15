"""The pages of an article. They read sealed rows only, and write nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from common.conditional import with_last_modified
from common.page_store.shown import kept
from research.publishing.showing import NAMED_BY_ARTICLES
from research.reading.article.presentation import presentation_of
from research.reading.article.rows import public_row


@kept(names=NAMED_BY_ARTICLES)
def article(request: HttpRequest, section_slug: str, slug: str) -> HttpResponse:
    """Serve one article from its sealed words; 410 once it was withdrawn or has expired."""
    return _article(request, section_slug, slug, with_details=False)


@kept(names=NAMED_BY_ARTICLES)
def article_with_details(request: HttpRequest, section_slug: str, slug: str) -> HttpResponse:
    """Serve an article with all its details open; one that has none leads to where it stands."""
    return _article(request, section_slug, slug, with_details=True)


def _article(request: HttpRequest, section_slug: str, slug: str, *, with_details: bool) -> HttpResponse:
    now = timezone.now()
    row = public_row(section_slug, slug, now)
    if row is None:
        return render(request, "research/withdrawn.html", status=410)
    presentation = presentation_of(request, row, now, with_details=with_details)
    if with_details and not presentation.readings:
        return redirect(row.address)
    context = {"article": presentation, "metadata": presentation.metadata}
    return with_last_modified(render(request, "research/article_page.html", context), row.updated_at)
