"""Words that are not public, in the readers' template: the editor's preview, a reviewer's frame, a preview link."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from research.content.article import ArticleContent, content_of, read_canonical
from research.models.references import Study, StudyNotice
from research.models.submissions import Submission
from research.models.texts import PublishedText
from research.models.topics import Topic
from research.publishing import pictures
from research.reading import views
from research.reading.shapes import ArticlePresentation, Byline

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


def article_preview(request: HttpRequest, page: "ArticlePage") -> HttpResponse:
    """Show a draft in the readers' template, marked as not public. Never stored, never indexed."""
    content = content_of(page)
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
        notices=frozen_notices(submission, page.study),
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
    notices: Sequence[StudyNotice] | None = None,
    known_notices: Sequence[str] | None = None,
    terms: Mapping[str, PublishedText] | None = None,
) -> ArticlePresentation:
    """Return a version that is not public as its template prints it, without related articles.

    ``notices`` on its study, ``known_notices`` of all (their UUIDs) and ``terms`` by UUID are given where they
    are to be those of another time.
    """
    texts = views.signed_texts(content, section, page_id, views.subject_of(page_id))
    if terms is not None:
        texts = {key: text for key, text in texts.items() if text.subject_type != "term"} | dict(terms)
    if notices is None:
        notices = list(study.notices.order_by("date", "pk")) if study else []
    return views.present(
        content,
        section=section,
        notices=notices,
        topics=topics,
        byline=Byline(authors=views.joined(authors)),
        related=[],
        stored_pictures=stored_pictures,
        texts=texts,
        url="",
        published=None,
        links=views.public_links(content, timezone.now()),
        source=study,
        known_notices=known_notices,
    )
