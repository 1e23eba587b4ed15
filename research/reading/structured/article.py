"""What the page of an article tells of itself: structured data, and Dublin Core."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

from django.utils.translation import gettext

from research import rubric
from research.content.article import ArticleContent, Citation
from research.content.canonical import without_empty
from research.content.richtext import text_of
from research.models.people import contributor_address
from research.models.published import PublishedArticle
from research.models.references import StudyNotice
from research.reading.build import KIND_WORDS, metadata_title
from research.reading.notice_views import notice_views
from research.reading.shapes import CorrectionView, NoticeView
from research.reading.structured.lists import condition
from research.reading.structured.writing import json_for_script


def json_ld(
    content: ArticleContent,
    *,
    url: str,
    section: Any,
    published: PublishedArticle,
    reviewer: str,
    reviewer_url: str = "",
    rating: rubric.Rating,
    image_url: str,
    licence_url: str = "",
    notices: Sequence[StudyNotice] = (),
    corrections: Sequence[CorrectionView] = (),
) -> str:
    """Return the page's structured data as JSON that is safe inside a script element.

    A MedicalWebPage whose main entity is an Article based on a MedicalScholarlyArticle. The rating is
    a Review of the source study, not of the page. What happened to the study is the status of the source
    and a correction of the article, and so is each correction that was signed.
    """
    article: dict[str, Any] = {
        "@type": "Article",
        "headline": content.title,
        "description": content.summary,
        "datePublished": published.published_at.isoformat(),
        "dateModified": published.updated_at.isoformat(),
        "author": _authors(published, url),
        "version": published.version,
        "publishingPrinciples": f"{url}made/",
    }
    if image_url:
        article["image"] = image_url
    if licence_url:
        article["license"] = licence_url
    told = notice_views(notices)
    corrected = [
        *(_correction_data(notice) for notice in told),
        *(
            {"@type": "CorrectionComment", "text": text_of(one.html), "datePublished": one.date.isoformat()}
            for one in corrections
        ),
    ]
    if corrected:
        article["correction"] = corrected
    if content.study:
        source = _source_data(content.study)
        if told:
            source["creativeWorkStatus"] = told[-1].heading
        article["isBasedOn"] = source
        article["citation"] = [_source_data(cited) for cited in content.also_cited]
        if rating.band:
            source["review"] = {
                "@type": "Review",
                "author": {"@type": "Person", "name": reviewer},
                "reviewRating": {
                    "@type": "Rating",
                    "ratingValue": rating.band.value,
                    "bestRating": rating.out_of,
                    "worstRating": 1,
                    "ratingExplanation": gettext(rating.band.meaning),
                },
            }
    data = {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "url": url,
        "name": metadata_title(content, notices),
        "lastReviewed": published.reviewed_at.date().isoformat(),
        "reviewedBy": {"@type": "Person", "name": reviewer, "url": reviewer_url and urljoin(url, reviewer_url)},
        "about": condition(section.condition_name, section.condition_mesh_ui),
        "inLanguage": content.language,
        "audience": {"@type": "Patient", "audienceType": gettext("Patients")},
        "mainEntity": article,
    }
    return json_for_script(without_empty(data))


def _authors(published: PublishedArticle, url: str) -> list[dict[str, str]]:
    """Return who wrote an article, each with the contributor's page where there is one."""
    return [
        {"@type": "Person", "name": name, "url": urljoin(url, contributor_address(pk)) if pk else ""}
        for name, pk in published.byline()
    ]


def dublin_core(content: ArticleContent, *, url: str, published: PublishedArticle) -> tuple[tuple[str, str], ...]:
    """Return what the page says of itself as Dublin Core; the study is its source, and never the page itself.

    Highwire's ``citation_`` tags would present the summary as the paper.
    """
    source = content.study
    told = [
        ("DC.title", content.title),
        ("DC.description", content.summary),
        *(("DC.creator", name) for name in published.authors),
        ("DC.date", published.published_at.date().isoformat()),
        ("DC.language", content.language),
        ("DC.type", "Text"),
        ("DC.identifier", url),
        ("DC.source", f"https://doi.org/{source.doi}" if source and source.doi else source.url if source else ""),
    ]
    return tuple((name, words) for name, words in told if words)


def _correction_data(notice: NoticeView) -> dict[str, str]:
    data = {"@type": "CorrectionComment", "text": f"{notice.heading}. {notice.text}"}
    if notice.date:
        data["datePublished"] = notice.date.isoformat()
    if notice.link:
        data["url"] = notice.link
    return data


def _source_data(study: Citation) -> dict[str, Any]:
    data: dict[str, Any] = {"@type": "MedicalScholarlyArticle", "name": study.title}
    if study.doi:
        data |= {"identifier": f"doi:{study.doi}", "sameAs": f"https://doi.org/{study.doi}"}
    if study.kind:
        data["publicationType"] = str(KIND_WORDS.get(study.kind, study.kind))
    if study.journal:
        data["isPartOf"] = {"@type": "Periodical", "name": study.journal}
    return data
