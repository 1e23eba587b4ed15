"""Feeds, as Atom and as JSON: what the lists of the site, a section or a topic offer, and what became of it.

A correction is an entry of its own, and so is what happened to a study: whoever read the article in a feed is told
there, in the order in which readers could see it.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urljoin

from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from common.conditional import with_last_modified
from common.page_store.shown import shows_until
from common.prepared import KEY, MOMENT, TEXT, Prepared
from research.content.richtext import text_of
from research.models.published import (
    LISTED_FIELDS,
    Listing,
    News,
    NewsQuerySet,
    PublishedArticle,
    PublishedArticleQuerySet,
    is_withheld,
    place_of,
)
from research.models.references import StudyNotice
from research.models.texts import PublishedText
from research.reading.notice_views import notice_view

MOST_ARTICLES = 30
MOST_RETRACTED = 20
MOST_CORRECTIONS = 20
FEED_SLUG = "feed"
SUBTITLE = _("Research on %(name)s in plain words, each countersigned by a medical reviewer.")
JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"
#: What entries say of an article.
FIELDS = (*LISTED_FIELDS, "subject_uuid", "authors")
#: What entries say of what became of it.
FIELDS_OF_NEWS = (
    "at",
    *(f"article__{name}" for name in ("subject_uuid", "title", "address", "expires_at", "study__status")),
    *("text__subject_uuid", "text__values"),
    *(f"notice__{name}" for name in ("kind", "date", "date_as_given", "source")),
    *(f"notice__{name}" for name in ("reason", "part", "part_as_given", "link")),
)
TITLE_OF_NOTICE: Mapping[str, str] = {
    StudyNotice.Kind.RETRACTION: _("Retracted: %(title)s"),
    StudyNotice.Kind.WITHDRAWAL: _("Withdrawn: %(title)s"),
    StudyNotice.Kind.REMOVAL: _("Removed: %(title)s"),
}


@dataclass(frozen=True)
class Channel:
    """One feed: its name, the page it belongs to, and the list it tells of; no section is the whole site."""

    title: str
    url: str
    subtitle: str
    section_id: int | None = None
    topic_id: int | None = None

    @property
    def ids(self) -> tuple[int, ...]:
        """The keys that name its list: none for the site, of the section, of the section and the topic."""
        return tuple(pk for pk in (self.section_id, self.topic_id) if pk is not None)

    @property
    def atom_url(self) -> str:
        """The address of the Atom feed."""
        return f"{self.url}{FEED_SLUG}/"

    @property
    def json_url(self) -> str:
        """The address of the JSON feed."""
        return f"{self.url}{FEED_SLUG}.json"


def section_channel(section: Any) -> Channel:
    """Return the feed of a section."""
    subtitle = gettext(SUBTITLE) % {"name": section.condition_name}
    return Channel(section.title, f"/{section.slug}/", subtitle, section.pk)


def topic_channel(section: Any, topic: Any) -> Channel:
    """Return the feed of a topic within a section."""
    subtitle = gettext(SUBTITLE) % {"name": topic.name}
    url = f"/{section.slug}/topics/{topic.slug}/"
    return Channel(f"{topic.name}: {section.title}", url, subtitle, section.pk, topic.pk)


class EntryKind(TextChoices):
    """What an entry tells of."""

    ARTICLE = "article", "An article, as it is now"
    CORRECTION = "correction", "A correction of an article"
    NOTICE = "notice", "What was taken back of an article's study"


@dataclass(frozen=True)
class Entry:
    """One entry; ``key`` is what readers know it by, and never changes.

    ``credibility`` is an article's rating, 1 to 5; None where none is shown.
    """

    key: str
    title: str
    words: str
    address: str
    published_at: datetime
    updated_at: datetime
    authors: str = ""
    kind: EntryKind = EntryKind.ARTICLE
    credibility: int | None = None


def entries_of(channel: Channel, now: datetime) -> list[Entry]:
    """Return the entries of a feed, newest first. Two statements."""
    found = [*articles_of(channel, now), *_entries(NEWEST(now, place_of(*channel.ids)))]
    return sorted(found, key=lambda entry: entry.updated_at, reverse=True)


def articles_of(channel: Channel, now: datetime) -> list[Entry]:
    """Return the newest articles that a list offers, as entries. One statement."""
    rows = _articles(len(channel.ids))(now, *channel.ids)
    shows_until(*(row.offered_until() for row in rows))
    return [_article_entry(row) for row in rows]


def news_since(channel: Channel, since: datetime, now: datetime) -> list[Entry]:
    """Return all that became of a list's articles after a moment, as readers can see it, as entries. One statement."""
    return _entries(LATER(now, since, place_of(*channel.ids)))


@cache
def _articles(names: int) -> Prepared[PublishedArticle]:
    """Return the statement of what a channel of so many names offers."""

    def rows(now: datetime, *ids: int) -> PublishedArticleQuerySet:
        places = Listing.objects.of(*ids).offered(now).newest_first()
        listed = PublishedArticle.objects.listable(now).filter(pk__in=places.values("article")[:MOST_ARTICLES])
        return listed.select_related("study").only(*FIELDS).newest_first()

    return Prepared(rows, MOMENT, *[KEY] * names)


def _newest(now: datetime, place: str) -> NewsQuerySet:
    """Return the newest corrections of a list, and what was taken back last, each read along an index of its own."""
    told = News.objects.of(place).of_public(now).newest_first()
    corrections = News.objects.filter(pk__in=told.corrections().values("pk")[:MOST_CORRECTIONS])
    taken_back = News.objects.filter(pk__in=told.taken_back().values("pk")[:MOST_RETRACTED])
    return _with_what_is_told(News.objects.filter(pk__in=corrections.values("pk").union(taken_back.values("pk"))))


def _later(now: datetime, since: datetime, place: str) -> NewsQuerySet:
    """Return all that a list tells from a moment on."""
    told = News.objects.of(place).of_public(now).filter(at__gt=since).order_by()
    return _with_what_is_told(
        News.objects.filter(pk__in=told.corrections().values("pk").union(told.taken_back().values("pk")))
    )


def _with_what_is_told(rows: NewsQuerySet) -> NewsQuerySet:
    return rows.select_related("article__study", "text", "notice").only(*FIELDS_OF_NEWS)


NEWEST = Prepared(_newest, MOMENT, TEXT)
LATER = Prepared(_later, MOMENT, MOMENT, TEXT)


def _entries(rows: Iterable[News]) -> list[Entry]:
    """Return an entry for each event that still stands; one that time takes away ends the page."""
    found = []
    for row in rows:
        if row.text:
            found.append(_correction_entry(row, row.text))
        elif row.notice and is_withheld(row.article.study):
            found.append(_last_entry(row, row.notice))
        shows_until(row.article.expires_at)
    return found


def _correction_entry(row: News, text: PublishedText) -> Entry:
    return Entry(
        key=f"urn:uuid:{text.subject_uuid}",
        title=gettext("Corrected: %(title)s") % {"title": row.article.title},
        words=text_of(text.value("text")),
        address=row.article.address,
        published_at=row.at,
        updated_at=row.at,
        kind=EntryKind.CORRECTION,
    )


def _article_entry(row: PublishedArticle) -> Entry:
    return Entry(
        key=f"urn:uuid:{row.subject_uuid}",
        title=row.title,
        words=row.summary,
        address=row.address,
        published_at=row.published_at,
        updated_at=row.updated_at,
        authors=", ".join(row.authors),
        credibility=None if row.rating_withheld else row.credibility or None,
    )


def _last_entry(row: News, notice: StudyNotice) -> Entry:
    """Return the entry that tells what happened to the study of an article that lists no longer offer."""
    return Entry(
        key=f"urn:uuid:{uuid.uuid5(row.article.subject_uuid, f'notice {notice.pk}')}",
        title=gettext(TITLE_OF_NOTICE[notice.kind]) % {"title": row.article.title},
        words=_words_of(notice),
        address=row.article.address,
        published_at=row.at,
        updated_at=row.at,
        kind=EntryKind.NOTICE,
    )


def _words_of(notice: StudyNotice) -> str:
    view = notice_view(notice)
    when = date_format(notice.date) if notice.date else notice.date_as_given
    told = ", ".join(part for part in (when, notice.source) if part)
    return " ".join(part for part in (f"{view.heading}{f' ({told})' if told else ''}.", view.text, notice.link) if part)


def atom_feed(request: HttpRequest, channel: Channel) -> HttpResponseBase:
    """Serve a feed as Atom; 304 to whoever has it."""
    entries = entries_of(channel, timezone.now())
    feed = Atom1Feed(
        title=channel.title,
        link=request.build_absolute_uri(channel.url),
        description="",
        subtitle=channel.subtitle,
        feed_url=request.build_absolute_uri(channel.atom_url),
        language=get_language(),
        author_name=channel.title,
    )
    for entry in entries:
        feed.add_item(
            title=entry.title,
            link=request.build_absolute_uri(entry.address),
            description=escape(entry.words),  # a summary in Atom is HTML
            unique_id=entry.key,
            author_name=entry.authors or None,
            pubdate=entry.published_at,
            updateddate=entry.updated_at,
        )
    # As one text: written piece by piece, a response goes to the server in as many pieces.
    response = HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
    return with_last_modified(response, entries[0].updated_at if entries else None)


def json_feed(request: HttpRequest, channel: Channel) -> HttpResponseBase:
    """Serve a feed as JSON Feed 1.1 (https://jsonfeed.org/version/1.1); 304 to whoever has it."""
    entries = entries_of(channel, timezone.now())
    told = {
        "version": JSON_FEED_VERSION,
        "title": channel.title,
        "home_page_url": request.build_absolute_uri(channel.url),
        "feed_url": request.build_absolute_uri(channel.json_url),
        "description": channel.subtitle,
        "language": get_language(),
        "items": [_json_item(entry, request.build_absolute_uri("/")) for entry in entries],
    }
    response = JsonResponse(
        told, content_type="application/feed+json", json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    return with_last_modified(response, entries[0].updated_at if entries else None)


def _json_item(entry: Entry, site: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.key,
        "url": urljoin(site, entry.address),
        "title": entry.title,
        "content_text": entry.words,
        "date_published": entry.published_at.isoformat(),
        "date_modified": entry.updated_at.isoformat(),
    }
    return item | ({"authors": [{"name": entry.authors}]} if entry.authors else {})
