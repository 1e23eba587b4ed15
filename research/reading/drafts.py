"""Words that are not public, in the readers' template: the editor's preview, a reviewer's frame, a preview link."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.languages import speaking
from research.content.article import ArticleContent, content_of
from research.content.stored import read_canonical
from research.models.references import Study, StudyNotice
from research.models.reviews.submissions import Submission
from research.models.secret_links import PreviewLink
from research.models.signoffs import SignOff
from research.models.texts import PublishedText
from research.models.topics import Topic
from research.newsroom.times import zoned
from research.publishing import pictures
from research.reading import previews
from research.reading.article.presentation import joined, present
from research.reading.article.rows import notices_by_study, public_links, signed_texts, subject_of
from research.reading.shapes import ArticlePresentation, Byline

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

# How often the mark stands on a screen; the style sheet lays it out in rows.
MARKS = range(24)


def article_preview(request: HttpRequest, page: "ArticlePage") -> HttpResponse:
    """Show a draft in the readers' template, marked as not public. Never stored, never indexed."""
    content = content_of(page)
    with speaking(content.language):
        presentation = draft_presentation(
            content,
            section=page.get_parent().specific,
            study=page.study,
            topics=sorted(page.topics.all(), key=lambda topic: topic.name.lower()),
            authors=[a.person.name for a in page.authors.all()],
            stored_pictures=_pictures_of_draft(content),
            page_id=page.pk,
        )
        return private_page(request, presentation)


def frozen_preview(request: HttpRequest, submission: Submission, page: "ArticlePage") -> HttpResponse:
    """Show what was frozen, in the readers' template, with its own pictures, terms and notices."""
    with speaking(read_canonical(submission.content).language):
        return private_page(request, frozen_presentation(submission, page))


def frozen_presentation(submission: Submission, page: "ArticlePage") -> ArticlePresentation:
    """Return a frozen version as its template prints it; byline, topics and explainer are those of now."""
    content = read_canonical(submission.content)
    terms = {
        uuid: PublishedText(subject_type="term", subject_uuid=uuid, digest=term["digest"], values=term["values"])
        for uuid, term in submission.terms.items()
    }
    return draft_presentation(
        content,
        section=page.get_parent().specific,
        study=page.study,
        topics=sorted(page.topics.all(), key=lambda topic: topic.name.lower()),
        authors=[a.person.name for a in page.authors.all()],
        stored_pictures=submission.pictures,
        page_id=page.pk,
        known_notices=submission.notices,
        terms=terms,
    )


def frozen_notices(submission: Submission, study: Study | None) -> list[StudyNotice]:
    """Return what was known of a study when a version was frozen, oldest first."""
    known = StudyNotice.objects.filter(uuid__in=submission.notices, study=study)
    return list(known.order_by("date", "pk")) if study else []


def _pictures_of_draft(content: ArticleContent) -> Mapping[str, Any]:
    """Return the pictures of a draft, without those whose file is gone: its form says so."""
    try:
        return pictures.pictures_of(content)
    except pictures.PictureChanged:
        return {}


def private_page(request: HttpRequest, presentation: ArticlePresentation) -> HttpResponse:
    """Return words that are not public in the readers' template: never stored, never indexed."""
    response = render(
        request,
        "research/article_page.html",
        {"article": presentation, "metadata": presentation.metadata},
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def draft_presentation(
    content: ArticleContent,
    *,
    section: Any,
    study: Any,
    topics: Sequence[Topic],
    authors: Sequence[str],
    stored_pictures: Mapping[str, Any],
    page_id: int | None,
    known_notices: Sequence[str] | None = None,
    terms: Mapping[str, PublishedText] | None = None,
) -> ArticlePresentation:
    """Return a version that is not public as its template prints it, without related articles.

    ``known_notices`` of all studies (their UUIDs) and ``terms`` by UUID are given where they are to be those of
    another time.
    """
    texts = signed_texts(content, section, page_id, subject_of(page_id))
    if terms is not None:
        texts = {key: text for key, text in texts.items() if text.subject_type != "term"} | dict(terms)
    rated = [study.subject_uuid] if study else []
    found = notices_by_study([*rated, *content.cited_studies])
    if known_notices is not None:
        found = {uuid: [notice for notice in some if str(notice.uuid) in known_notices] for uuid, some in found.items()}
    return present(
        content,
        section=section,
        notices=found.get(str(study.subject_uuid), []) if study else [],
        cited_notices=found,
        topics=topics,
        byline=Byline(authors=joined(authors)),
        related=[],
        stored_pictures=stored_pictures,
        texts=texts,
        url="",
        published=None,
        links=public_links(content, timezone.now()),
        source=study,
    )


@require_safe
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """Show the version a link is for; one and the same page for links that expired, ended or never were."""
    now = timezone.now()
    found = previews.find_link(token, now)
    if found is None:
        return keep_private(render(request, "research/preview_unavailable.html", status=404))
    link, embargo = found
    if request.method == "GET":
        previews.count_opening(link, now)
    with speaking(read_canonical(link.content).language):
        return keep_private(render(request, "research/preview_page.html", _context_of(link, embargo)))


def _context_of(link: PreviewLink, embargo: previews.Embargo | None) -> dict[str, Any]:
    return {
        "article": _presentation_of(link),
        "link": link,
        "expires": zoned(link.expires_at),
        "saved": zoned(link.saved_at),
        "embargo": embargo,
        "embargo_until": zoned(embargo.until) if embargo else None,
        "sign_off": SignOff.objects.standing(link.article.subject_uuid, link.digest),
        "marks": MARKS,
    }


def _presentation_of(link: PreviewLink) -> ArticlePresentation:
    return draft_presentation(
        read_canonical(link.content),
        section=link.article.get_parent().specific,
        study=link.study,
        topics=[Topic(**topic) for topic in link.topics],
        authors=link.authors,
        stored_pictures=link.pictures,
        page_id=link.article_id,
    )


def keep_private(response: HttpResponse) -> HttpResponse:
    """Keep an answer out of stores and search engines, and its address from the sites it links to."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response
