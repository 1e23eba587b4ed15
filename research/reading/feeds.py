"""The feed of a section: what its lists offer, and one last entry for what was retracted."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.formats import date_format
from django.utils.html import escape

from research.models.published import WITHHELD_STATUSES, Listing, PublishedArticle
from research.models.references import StudyNotice
from research.reading.notice_views import notice_view
from research.sources.standing import standing

MOST_ARTICLES = 30
MOST_RETRACTED = 20
FEED_SLUG = "feed"
WITHHOLDING = (StudyNotice.Kind.RETRACTION, StudyNotice.Kind.WITHDRAWAL, StudyNotice.Kind.REMOVAL)
TITLE_OF_NOTICE: Mapping[str, str] = {
    StudyNotice.Kind.RETRACTION: "Retracted",
    StudyNotice.Kind.WITHDRAWAL: "Withdrawn",
    StudyNotice.Kind.REMOVAL: "Removed",
}


@dataclass(frozen=True)
class Entry:
    """One entry; ``key`` is what readers know it by, and never changes."""

    key: str
    title: str
    words: str
    address: str
    published_at: datetime
    updated_at: datetime
    authors: str = ""


def entries_of(section: Any, now: datetime) -> list[Entry]:
    """Return a section's entries, newest first. Three statements, whatever the number of articles."""
    public = PublishedArticle.objects.filter(section_id=section.pk).defer("content", "search_text")
    newest = Listing.objects.of(section.pk).offered(now).newest_first().values("article")[:MOST_ARTICLES]
    listed = public.listable(now).filter(pk__in=newest).newest_first()
    notices = Prefetch("study__notices", StudyNotice.objects.order_by("date", "pk"))
    withheld = public.public_now(now).filter(study__status__in=WITHHELD_STATUSES)
    withheld = withheld.select_related("study").prefetch_related(notices).newest_first()[:MOST_RETRACTED]
    found = [*(_article_entry(row) for row in listed), *(entry for row in withheld if (entry := _last_entry(row)))]
    return sorted(found, key=lambda entry: entry.updated_at, reverse=True)


def _article_entry(row: PublishedArticle) -> Entry:
    return Entry(
        key=f"urn:uuid:{row.subject_uuid}",
        title=row.title,
        words=row.summary,
        address=row.address,
        published_at=row.published_at,
        updated_at=row.updated_at,
        authors=", ".join(row.authors),
    )


def _last_entry(row: PublishedArticle) -> Entry | None:
    """Return the entry that tells what happened to the study of an article that lists no longer offer."""
    notices = [notice for notice in _notices_of(row) if notice.kind in WITHHOLDING]
    if not notices:
        return None
    notice = notices[-1]
    return Entry(
        key=f"urn:uuid:{uuid.uuid5(row.subject_uuid, f'notice {notice.pk}')}",
        title=f"{TITLE_OF_NOTICE[notice.kind]}: {row.title}",
        words=_words_of(notice),
        address=row.address,
        published_at=notice.created_at,
        updated_at=notice.created_at,
    )


def _notices_of(row: PublishedArticle) -> list[StudyNotice]:
    return standing(list(row.study.notices.all())) if row.study else []


def _words_of(notice: StudyNotice) -> str:
    view = notice_view(notice)
    when = date_format(notice.date, "j F Y") if notice.date else notice.date_as_given
    told = ", ".join(part for part in (when, notice.source) if part)
    return " ".join(part for part in (f"{view.heading}{f' ({told})' if told else ''}.", view.text, notice.link) if part)


class SectionFeed(Feed):
    """A section as Atom."""

    feed_type = Atom1Feed

    def __init__(self, section: Any) -> None:
        self.section = section

    def title(self) -> str:
        """The section's name."""
        return self.section.title

    def link(self) -> str:
        """Where the section is read."""
        return f"/{self.section.slug}/"

    def feed_url(self) -> str:
        """Where this feed is."""
        return f"/{self.section.slug}/{FEED_SLUG}/"

    def subtitle(self) -> str:
        """What it is about."""
        return f"Research on {self.section.condition_name} in plain words, each countersigned by a medical reviewer."

    def items(self) -> list[Entry]:
        """The entries, newest first."""
        return entries_of(self.section, timezone.now())

    def item_title(self, item: Entry) -> str:
        """The title as signed, or what happened."""
        return item.title

    def author_name(self) -> str:
        """Who stands for the entries without writers of their own."""
        return self.section.title

    def item_description(self, item: Entry) -> str:
        """The summary as signed, or the notice; a summary in Atom is HTML."""
        return escape(item.words)

    def item_link(self, item: Entry) -> str:
        """The article's address."""
        return item.address

    def item_guid(self, item: Entry) -> str:
        """An identifier that never changes."""
        return item.key

    def item_author_name(self, item: Entry) -> str | None:
        """Who wrote it."""
        return item.authors or None

    def item_pubdate(self, item: Entry) -> datetime:
        """When it was first public."""
        return item.published_at

    def item_updateddate(self, item: Entry) -> datetime:
        """When its words last changed."""
        return item.updated_at
