"""The signed corrections of all public articles, for the page that lists them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString, mark_safe

from common.languages import attributes_of, language_at
from common.page_store.shown import shows_until
from research.models.explainers import Correction
from research.models.published import PublishedArticle
from research.models.texts import PublishedText

MOST_LISTED = 200


@dataclass(frozen=True)
class ListedCorrection:
    """A correction with the article that it is about; ``foreign`` is what an element says of their language."""

    title: str
    url: str
    date: date
    html: SafeString
    signed_at: datetime
    foreign: str


def listed_corrections(now: datetime) -> tuple[ListedCorrection, ...]:
    """Return the newest corrections of articles that are public, newest first. Two statements."""
    texts = list(PublishedText.objects.newest_of(Correction)[:MOST_LISTED])
    subjects = {text.value("article") for text in texts}
    public = PublishedArticle.objects.public_now(now).filter(subject_uuid__in=subjects)
    rows = list(public.only("subject_uuid", "title", "address", "expires_at")) if texts else []
    shows_until(*(row.expires_at for row in rows))
    by_subject = {str(row.subject_uuid): row for row in rows}
    found = [
        ListedCorrection(
            title=row.title,
            url=row.address,
            date=date.fromisoformat(text.value("date")),
            html=mark_safe(text.value("text")),
            signed_at=text.signed_at,
            foreign=attributes_of(language_at(row.address)),
        )
        for text in texts
        if (row := by_subject.get(text.value("article")))
    ]
    return tuple(sorted(found, key=lambda one: one.date, reverse=True))
