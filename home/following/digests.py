"""What a digest says: what became public in a stretch of time, and what happened to what was public before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext

from home.following.models import Follower
from home.models import brand_of_site
from research.reading.feeds import (
    MOST_ARTICLES,
    Channel,
    Entry,
    EntryKind,
    articles_of,
    news_since,
    section_channel,
    topic_channel,
)

#: The order of a digest: what takes something back comes first.
ORDER = (EntryKind.NOTICE, EntryKind.CORRECTION, EntryKind.ARTICLE)
HEADINGS = {
    EntryKind.NOTICE: _("Retracted"),
    EntryKind.CORRECTION: _("Corrected"),
    EntryKind.ARTICLE: _("New and updated"),
}


#: A release notes its moment before it commits; none takes as long as this.
SETTLED = timedelta(minutes=5)


@dataclass(frozen=True)
class Part:
    """Entries of one kind under their heading."""

    heading: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Digest:
    """What one mail tells; ``more`` says that the list it comes from holds more of that time."""

    channel: Channel
    parts: tuple[Part, ...]
    more: bool

    @property
    def subject(self) -> str:
        """The mail's subject: what takes something back is said there, too."""
        entries = [entry for part in self.parts for entry in part.entries]
        first = entries[0].title
        others = len(entries) - 1
        if not others:
            return first
        words = ngettext("%(title)s – and %(number)s more", "%(title)s – and %(number)s more", others)
        return words % {"title": first, "number": others}


def channel_of(follower: Follower) -> Channel:
    """Return the list that somebody follows."""
    if follower.section is None:
        return Channel(brand_of_site().name, "/", "")
    if follower.topic is None:
        return section_channel(follower.section)
    return topic_channel(follower.section, follower.topic)


class Digests:
    """The digests of one batch of mails: those who follow the same list share what is read for it.

    They tell of what happened until ``until``, and of all of it: what is public by then has long been committed.
    """

    def __init__(self, now: datetime) -> None:
        self.now, self.until = now, now - SETTLED
        self._articles: dict[Channel, list[Entry]] = {}
        self._news: dict[Channel, tuple[datetime, list[Entry]]] = {}

    def of(self, follower: Follower) -> Digest | None:
        """Return what somebody has not been told yet; None when nothing happened.

        A rating that was asked for keeps articles out, never a correction or a retraction.
        """
        channel = channel_of(follower)
        since = follower.told_until or self.now
        if channel not in self._articles:
            self._articles[channel] = articles_of(channel, self.now)
        told = [*self._articles[channel], *self._news_since(channel, since)]
        every = [entry for entry in told if since < entry.updated_at <= self.until]
        every.sort(key=lambda entry: entry.updated_at, reverse=True)
        found = [entry for entry in every if _is_wanted(entry, follower.least_credibility)]
        if not found:
            return None
        found.sort(key=lambda entry: ORDER.index(entry.kind))
        parts = tuple(
            Part(HEADINGS[kind], tuple(entries)) for kind, entries in groupby(found, key=lambda entry: entry.kind)
        )
        articles = sum(entry.kind == EntryKind.ARTICLE for entry in every)
        return Digest(channel, parts, more=articles >= MOST_ARTICLES)

    def _news_since(self, channel: Channel, since: datetime) -> list[Entry]:
        """Return what became of a list's articles after a moment, or after an earlier one that was asked for."""
        begins, entries = self._news.get(channel, (self.now, []))
        if since < begins:
            begins, entries = self._news[channel] = since, news_since(channel, since, self.now)
        return entries


def _is_wanted(entry: Entry, least_credibility: int) -> bool:
    return entry.kind != EntryKind.ARTICLE or (entry.credibility or 0) >= least_credibility
