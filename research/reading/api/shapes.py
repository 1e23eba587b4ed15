"""What the API says of an article: in a list, and alone."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urljoin

from django.http import HttpRequest

from common import letterhead
from research.content.stored import read_canonical
from research.models.people import contributor_address
from research.models.published import CARD_FIELDS, PublishedArticle, PublishedArticleQuerySet
from research.models.references import Study
from research.models.topics import Topic
from research.reading import build, transparency
from research.reading.api.answers import ROOT
from research.reading.article.as_json import correction_data, moment, notice_data, rating_data, study_data
from research.reading.shapes import ArticlePresentation

#: What an entry of a list is made of.
FIELDS = (
    *CARD_FIELDS,
    *("subject_uuid", "digest", "sign_off", "version", "authors", "author_ids"),
    *("updated_at", "reviewed_at", "review_due_at", "section__title", "section__slug"),
)


def for_entries(rows: PublishedArticleQuerySet) -> PublishedArticleQuerySet:
    """Return articles with no more than entries of lists say of them; two statements for any number."""
    return rows.select_related("study", "section").prefetch_related("topics").only(*FIELDS)


def entry(request: HttpRequest, row: PublishedArticle) -> dict[str, Any]:
    """Return an article as lists have it.

    ``status`` is that of the study behind it, in the words of ``Study.Status``: who shows the summary elsewhere shows
    this with it.
    """
    card = build.card(row)
    return {
        **_identity(request, row),
        "title": row.title,
        "summary": row.summary,
        "credibility": _band(card.credibility_value, card.credibility_word),
        "labels": list(row.labels),
        "topics": topics_data(request, row.section.slug, row.topics.all()),
    }


def whole(request: HttpRequest, row: PublishedArticle, article: ArticlePresentation) -> dict[str, Any]:
    """Return an article with its words and where they come from; ``article`` is what its page says."""
    content, line, site = read_canonical(row.content), row.sign_off, request.build_absolute_uri("/")
    return {
        **_identity(request, row),
        "title": content.title,
        "summary": content.summary,
        "language": content.language,
        "key_takeaway_html": content.key_takeaway,
        "text": content.plain_text,
        "credibility": rating_data(article.credibility),
        "interest": rating_data(article.interest),
        "labels": [words for _question, words in article.labels],
        "topics": topics_data(request, row.section.slug, row.topics.by_name()),
        "countersigned": {
            "by": line.reviewer_name,
            "credentials": line.reviewer_credentials,
            "url": urljoin(site, article.byline.reviewer_url) if article.byline.reviewer_url else None,
            "declared_interests": line.conflict_statement,
            "at": moment(line.signed_at),
            "line": line.sequence,
            "line_hash": line.line_hash,
            "line_url": urljoin(site, transparency.line_url(line.sequence)),
        },
        "study": study_data(article.study) if article.study else None,
        "also_cited": [study_data(study) for study in article.also_cited],
        "notices": [notice_data(notice) for notice in article.notices],
        "corrections": [correction_data(correction) for correction in article.corrections],
    }


def topics_data(request: HttpRequest, section_slug: str, topics: Iterable[Topic]) -> list[Mapping[str, Any]]:
    """Return topics by name, each with its page."""
    return [
        {
            "name": topic.name,
            "slug": topic.slug,
            "mesh": topic.mesh_ui,
            "url": request.build_absolute_uri(f"/{section_slug}/topics/{topic.slug}/"),
        }
        for topic in sorted(topics, key=lambda topic: topic.name.lower())
    ]


def licence_data() -> dict[str, str | None]:
    """Return under which terms others may show the summaries; None where the publication names none."""
    publication = letterhead.current()
    return {"name": publication.licence or None, "url": publication.licence_url or None}


def _identity(request: HttpRequest, row: PublishedArticle) -> dict[str, Any]:
    page = request.build_absolute_uri(row.address)
    site = request.build_absolute_uri("/")
    return {
        "id": str(row.subject_uuid),
        "url": page,
        "status": str(row.study.status if row.study else Study.Status.NONE_KNOWN),
        "section": {
            "title": row.section.title,
            "slug": row.section.slug,
            "url": request.build_absolute_uri(f"/{row.section.slug}/"),
        },
        "authors": [
            {"name": name, "url": urljoin(site, contributor_address(pk)) if pk else None} for name, pk in row.byline()
        ],
        "published_at": moment(row.published_at),
        "updated_at": moment(row.updated_at),
        "reviewed_at": moment(row.reviewed_at),
        "review_due_at": moment(row.review_due_at),
        "version": row.version,
        "digest": row.digest,
        "licence": licence_data(),
        "links": {
            "self": request.build_absolute_uri(f"{ROOT}articles/{row.subject_uuid}"),
            "made": f"{page}made/",
            "proof": f"{page}made.json",
            "verifier": urljoin(site, f"{transparency.ROOT}countersign_verify.py"),
            "share_image": f"{page}share.png",
            "report": f"{page}report/",
        },
    }


def _band(value: int | None, word: str) -> dict[str, Any] | None:
    return None if value is None else {"value": value, "out_of": 5, "word": word}
