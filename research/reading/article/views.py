"""The pages of an article. They read sealed rows only, and write nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone

from common import languages, letterhead
from common.conditional import with_last_modified
from common.page_store.shown import kept, noting, say
from common.printing import whole_pages
from common.printing.stored import Printed, printed_once
from research.publishing.showing import NAMED_BY_ARTICLES
from research.reading.article.presentation import presentation
from research.reading.article.rows import Read, public_row, read_article

TEMPLATE = "research/article_page.html"


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
    read = read_article(row, now)
    if with_details and not read.content.has_details:
        return redirect(row.address)
    url, around = request.build_absolute_uri(row.address), whole_pages.around(request)
    publication = (letterhead.current(), languages.by_section())
    page = printed_once(
        (TEMPLATE, url, with_details, around, publication, read.made_of),
        lambda: _printed(read, url, around, with_details=with_details),
    )
    say(page.shown)
    return with_last_modified(HttpResponse(page.html), row.updated_at)


def _printed(read: Read, url: str, around: whole_pages.Values, *, with_details: bool) -> Printed:
    with noting() as shown:
        article = presentation(read, url, with_details=with_details)
        return Printed(render_to_string(TEMPLATE, {**around, "article": article, "metadata": article.metadata}), shown)
