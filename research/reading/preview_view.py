"""The page behind a preview link. It is no public page: nothing stores it, and nothing leads to it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from research.content.article import read_canonical
from research.models.previews import PreviewLink
from research.models.signoffs import SignOff
from research.models.topics import Topic
from research.newsroom.times import zoned
from research.reading import drafts, previews
from research.reading.shapes import ArticlePresentation

# How often the mark stands on a screen; the style sheet lays it out in rows.
MARKS = range(24)


@require_safe
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """Show the version a link is for; one and the same page for links that expired, ended or never were."""
    now = timezone.now()
    found = previews.find_link(token, now)
    if found is None:
        return _private(render(request, "research/preview_unavailable.html", status=404))
    link, embargo = found
    if request.method == "GET":
        previews.count_opening(link, now)
    context = {
        "article": _presentation_of(link),
        "link": link,
        "expires": zoned(link.expires_at),
        "saved": zoned(link.saved_at),
        "embargo": embargo,
        "embargo_until": zoned(embargo.until) if embargo else None,
        "sign_off": SignOff.objects.standing(link.article.subject_uuid, link.digest),
        "marks": MARKS,
    }
    return _private(render(request, "research/preview_page.html", context))


def _presentation_of(link: PreviewLink) -> ArticlePresentation:
    return drafts.draft_presentation(
        read_canonical(link.content),
        section=link.article.get_parent().specific,
        study=link.study,
        topics=[Topic(**topic) for topic in link.topics],
        authors=link.authors,
        stored_pictures=link.pictures,
        page_id=link.article_id,
    )


def _private(response: HttpResponse) -> HttpResponse:
    """Keep an answer out of stores and search engines, and its address from the sites it links to."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response
