"""A public article as data, for programs: what it says in short, how it was made, what became of its study.

It reads the same sealed row as the page and says of it what the page says, notices included.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext

from common.conditional import with_last_modified
from research.content.article import ArticleContent
from research.content.stored import read_canonical
from research.models.published import PublishedArticle
from research.models.references import Study
from research.models.reports import ReaderReport
from research.models.signoffs import SignOff
from research.reading import transparency
from research.reading.article.presentation import presentation_of
from research.reading.article.rows import also_signed, public_row
from research.reading.check_state import study_status
from research.reading.made.claims import ToldClaim, told_claims
from research.reading.made.history import VersionView, versions_of
from research.reading.made.page import checks_of
from research.reading.shapes import ArticlePresentation, CorrectionView, NoticeView, StudyView
from research.reading.where_from.quoting import Quote
from research.rubric import Rating


def article_data(request: HttpRequest, section_slug: str, slug: str) -> HttpResponseBase:
    """Serve one article as JSON; 404 and 410 where its page answers so, 304 to whoever has it.

    Raises:
        Http404: nothing is public at this address.
    """
    now = timezone.now()
    row = public_row(section_slug, slug, now, also=("sign_off__proof__checkpoint",))
    if row is None:
        return JsonResponse({"status": "withdrawn"}, status=410)
    article = presentation_of(request, row, now)
    response = JsonResponse(data_of(row, article), json_dumps_params={"ensure_ascii": False, "indent": 1})
    return with_last_modified(response, row.updated_at)


def data_of(row: PublishedArticle, article: ArticlePresentation) -> dict[str, Any]:
    """Return what programs are told of a public article; plain values, ready for JSON.

    ``status`` is that of the study behind it, in the words of ``Study.Status``: who shows the summary
    elsewhere shows this with it.
    """
    status = row.study.status if row.study else Study.Status.NONE_KNOWN
    checked = study_status(row.study)
    url = article.metadata.canonical_url
    return {
        "url": url,
        "made": f"{url}made/",
        "title": article.title,
        "summary": article.summary,
        "status": str(status),
        "status_checked_at": moment(checked.checked_at) if checked.checked_at else None,
        "status_check_failing_since": moment(checked.failing_since) if checked.failing_since else None,
        "credibility": rating_data(article.credibility),
        "interest": rating_data(article.interest),
        "labels": [gettext(words) for _, words in article.labels],
        "topics": [topic.title for topic in article.topics],
        "written_by": list(row.authors),
        "published_at": moment(row.published_at),
        "updated_at": moment(row.updated_at),
        "countersigned": {
            "by": row.sign_off.reviewer_name,
            "profile": urljoin(url, article.byline.reviewer_url) if article.byline.reviewer_url else None,
            "credentials": row.sign_off.reviewer_credentials,
            "at": moment(row.sign_off.signed_at),
            "review_due": moment(row.review_due_at),
            "declared_interests": row.sign_off.conflict_statement,
            "checked": [{"asked": check.asked, "answer": gettext(check.answer)} for check in checks_of(row.sign_off)],
            "digest": row.digest,
            "line": row.sign_off.sequence,
            "line_hash": row.sign_off.line_hash,
            "openings": row.sign_off.openings(),
        },
        "also_countersigned": [_also(line) for line in also_signed(row)],
        "seal": {"words": row.content, **transparency.proof_of(row.sign_off)},
        "claims": claims_data(read_canonical(row.content)),
        "study": study_data(article.study) if article.study else None,
        "also_cited": [study_data(study) for study in article.also_cited],
        "notices": [notice_data(notice) for notice in article.notices],
        "reports": [_report(report) for report in ReaderReport.objects.decided().filter(article=row.page_id)],
        "version": row.version,
        "versions": [_version(url, version) for version in versions_of(row)],
        "corrections": [correction_data(correction) for correction in article.corrections],
    }


def _also(line: SignOff) -> dict[str, Any]:
    return {
        "by": line.reviewer_name,
        "credentials": line.reviewer_credentials,
        "at": moment(line.signed_at),
        "declared_interests": line.conflict_statement,
        "line": line.sequence,
        "line_hash": line.line_hash,
        "openings": line.openings(),
    }


def claims_data(content: ArticleContent) -> list[dict[str, Any]]:
    """Return the sentences that say what they rest on, each with the quotes that readers may open."""
    return [_claim(claim) for claim in told_claims(content)]


def _claim(claim: ToldClaim) -> dict[str, Any]:
    told: dict[str, Any] = {"sentence": claim.sentence, "kind": claim.kind}
    if claim.place and claim.place.quotes:
        told["comes_from"] = [_quote(quote) for quote in claim.place.quotes]
    if claim.place and claim.place.note:
        told["note"] = claim.place.note
    return told


def _version(request_url: str, version: VersionView) -> dict[str, Any]:
    """Return one version with its address; the words of one that is withheld are not there."""
    told = {
        "number": version.number,
        "url": urljoin(request_url, version.url),
        "published_at": moment(version.published_at),
        "replaced_at": moment(version.replaced_at) if version.replaced_at else "",
        "digest": version.digest,
        "signed_at": moment(version.signed_at),
        "changed": version.changed_words,
        "reason": gettext(version.reason),
        "withheld": gettext(version.withheld),
    }
    return {name: value for name, value in told.items() if value}


def _quote(quote: Quote) -> Mapping[str, Any]:
    told = {"quote": quote.words, "where": quote.where, "study": quote.study, "licence": quote.licence}
    return {name: words for name, words in told.items() if words} | {"compared_by_machine": quote.is_compared}


def rating_data(rating: Rating) -> dict[str, Any]:
    """Return a rating as the page shows it; why there is none, where it is withheld."""
    if rating.band is None:
        return {"value": None, "out_of": rating.out_of, "withheld": gettext(rating.withheld)}
    return {"value": rating.band.value, "out_of": rating.out_of, "word": gettext(rating.band.word)}


def study_data(study: StudyView) -> Mapping[str, Any]:
    """Return a cited study with what happened to it; what is not known is left out."""
    told = ("title", "journal", "authors", "date", "kind", "doi", "pmid", "url")
    return {name: getattr(study, name) for name in told if getattr(study, name)} | {
        "notices": [notice_data(notice) for notice in study.notices]
    }


def notice_data(notice: NoticeView) -> Mapping[str, Any]:
    """Return a notice; what is not known is left out."""
    told = {
        "kind": str(notice.kind),
        "heading": notice.heading,
        "text": str(notice.text),
        "date": _day(notice.date) or notice.date_words,
        "by": notice.source,
        "link": notice.link,
    }
    return {name: words for name, words in told.items() if words}


def correction_data(correction: CorrectionView) -> Mapping[str, Any]:
    """Return a signed correction of an article."""
    return {"date": _day(correction.date), "html": str(correction.html)}


def _report(report: ReaderReport) -> Mapping[str, Any]:
    """Return what became of a reader's report; what was written, and by whom, stays with the editors."""
    decided = report.decided_at or report.created_at
    return {
        "kind": report.kind,
        "reported_at": moment(report.created_at),
        "outcome": report.state,
        "decided_at": moment(decided),
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def moment(at: datetime) -> str:
    """Return a moment with its offset, in the zone of the publication."""
    return timezone.localtime(at).isoformat()
