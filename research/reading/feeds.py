"""Feeds, as Atom and as JSON: what the lists of the site, a section or a topic offer, and what became of it.

A correction is an entry of its own, and so is what happened to a study: whoever read the article in a feed is told
there.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urljoin

from django.db.models import OuterRef, Prefetch, Subquery, TextChoices, prefetch_related_objects
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
from common.prepared import KEY, MOMENT, Prepared
from research.content.richtext import text_of
from research.models.explainers import Correction
from research.models.published import LISTED_FIELDS, Listing, PublishedArticle, PublishedArticleQuerySet, is_withheld
from research.models.references import Study, StudyNotice
from research.models.texts import PublishedText, PublishedTextQuerySet
from research.reading.notice_views import notice_view
from research.sources.standing import standing

MOST_ARTICLES = 30
MOST_RETRACTED = 20
MOST_CORRECTIONS = 20
#: Articles about studies that were taken back, among which the newest are looked for: no site has as many.
MOST_OF_WITHHELD = 1_000
FEED_SLUG = "feed"
SUBTITLE = _("Research on %(name)s in plain words, each countersigned by a medical reviewer.")
JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"
WITHHOLDING = (StudyNotice.Kind.RETRACTION, StudyNotice.Kind.WITHDRAWAL, StudyNotice.Kind.REMOVAL)
#: What entries say of an article.
FIELDS = (*LISTED_FIELDS, "subject_uuid", "authors")
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
    """Return the entries of a feed, newest first. Two statements, and a third where a study was taken back."""
    ids = [pk for pk in (channel.section_id, channel.topic_id) if pk is not None]
    rows = _articles(len(ids))(now, *ids)
    listed = [row for row in rows if not is_withheld(row.study)]
    withheld = [row for row in rows if is_withheld(row.study)]
    prefetch_related_objects(withheld, Prefetch("study__notices", StudyNotice.objects.order_by("date", "pk")))
    shows_until(*(row.offered_until() for row in listed), *(row.expires_at for row in withheld))
    found = [*(_article_entry(row) for row in listed), *(entry for row in withheld if (entry := _last_entry(row)))]
    found += _corrections(len(ids), now, *ids)
    return sorted(found, key=lambda entry: entry.updated_at, reverse=True)


def _in_channel(now: datetime, section_id: int | None = None, topic_id: int | None = None) -> PublishedArticleQuerySet:
    """Return the public articles of the site, a section, or a topic in a section."""
    rows = PublishedArticle.objects.public_now(now)
    if topic_id is not None:
        rows = rows.filter(topics=topic_id)
    return rows if section_id is None else rows.filter(section_id=section_id)


@cache
def _articles(names: int) -> Prepared[PublishedArticle]:
    """Return the statement of what a channel of so many names offers, and of what it offers no longer."""

    def rows(now: datetime, *ids: int) -> PublishedArticleQuerySet:
        places = Listing.objects.of(*ids).offered(now).newest_first()
        listed = PublishedArticle.objects.listable(now).filter(pk__in=places.values("article")[:MOST_ARTICLES])
        studies = Study.objects.filter(is_withheld=True).order_by().values("pk")
        # By themselves: where a study has many articles, SQLite would rather look through all that a section has.
        # Where few studies have many articles, PostgreSQL expects to meet one soon and looks through all: a limit is a
        # question of its own, which is asked first.
        theirs = PublishedArticle.objects.filter(study__in=studies).order_by().values("pk")[:MOST_OF_WITHHELD]
        newest = _in_channel(now, *ids).filter(pk__in=theirs).newest_first()[:MOST_RETRACTED]
        withheld = PublishedArticle.objects.filter(pk__in=newest.values("pk"))
        both = listed.values("pk").union(withheld.values("pk"))
        return PublishedArticle.objects.filter(pk__in=both).select_related("study").only(*FIELDS).newest_first()

    return Prepared(rows, MOMENT, *[KEY] * names)


@cache
def _corrected(names: int) -> Prepared[PublishedText]:
    """Return the statement of the newest corrections of the site, with the article of those in a channel."""

    def texts(now: datetime, *ids: int) -> PublishedTextQuerySet:
        articles = _in_channel(now, *ids).filter(subject_uuid=OuterRef("about")).order_by()
        of_article = {name: Subquery(articles.values(name)[:1]) for name in ("title", "address", "expires_at")}
        return PublishedText.objects.newest_of(Correction).annotate(**of_article)[:MOST_CORRECTIONS]

    return Prepared(texts, MOMENT, *[KEY] * names)


def _corrections(names: int, now: datetime, *ids: int) -> list[Entry]:
    """Return an entry for each of the newest signed corrections of public articles."""
    told = [(text, vars(text)) for text in _corrected(names)(now, *ids) if vars(text)["address"]]
    shows_until(*(article["expires_at"] for _, article in told))
    return [
        Entry(
            key=f"urn:uuid:{text.subject_uuid}",
            title=gettext("Corrected: %(title)s") % {"title": article["title"]},
            words=text_of(text.value("text")),
            address=article["address"],
            published_at=text.signed_at,
            updated_at=text.signed_at,
            kind=EntryKind.CORRECTION,
        )
        for text, article in told
    ]


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


def _last_entry(row: PublishedArticle) -> Entry | None:
    """Return the entry that tells what happened to the study of an article that lists no longer offer."""
    notices = [notice for notice in _notices_of(row) if notice.kind in WITHHOLDING]
    if not notices:
        return None
    notice = notices[-1]
    return Entry(
        key=f"urn:uuid:{uuid.uuid5(row.subject_uuid, f'notice {notice.pk}')}",
        title=gettext(TITLE_OF_NOTICE[notice.kind]) % {"title": row.title},
        words=_words_of(notice),
        address=row.address,
        published_at=notice.created_at,
        updated_at=notice.created_at,
        kind=EntryKind.NOTICE,
    )


def _notices_of(row: PublishedArticle) -> list[StudyNotice]:
    return standing(list(row.study.notices.all())) if row.study else []


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
