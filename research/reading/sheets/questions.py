"""The sheet of an article's questions to bring: its signed words, and room to write."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from common.page_store.shown import kept
from research.content.stored import read_canonical
from research.publishing.showing import NAMED_BY_ARTICLES
from research.reading.article.presentation import presentation_of, questions_in
from research.reading.article.rows import public_row
from research.reading.shapes import Metadata


@kept(names=NAMED_BY_ARTICLES)
def questions(request: HttpRequest, section_slug: str, slug: str) -> HttpResponse:
    """Serve the sheet of an article; 404 and 410 where its page answers so. One without questions leads to its page.

    Raises:
        Http404: nothing is public at this address.
    """
    now = timezone.now()
    row = public_row(section_slug, slug, now)
    if row is None:
        return render(request, "research/withdrawn.html", status=410)
    asked = questions_in(read_canonical(row.content))
    if not asked:
        return redirect(row.address)
    article = presentation_of(request, row, now)
    # The words are the article's own: search engines find them there.
    metadata = Metadata(article.metadata.title, "", "", robots="noindex")
    context = {
        "article": article,
        "article_url": row.address,
        "article_address": article.metadata.canonical_url,
        "questions": asked,
        "metadata": metadata,
    }
    return render(request, "research/questions.html", context)
