"""The calendar feed: its address, made, renewed and revoked by its owner, and what it says."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from common.models import User
from research.admin.board.access import Viewer
from research.admin.board.items import load_items
from research.admin.board.marks import Item, Mark, MarkKind
from research.admin.board.queries import Span
from research.models.secret_links import BoardFeed
from research.newsroom.times import site_zone

if TYPE_CHECKING:
    from icalendar import Event

PAST, AHEAD = timedelta(days=60), timedelta(days=400)
REFRESH = timedelta(hours=1)


def standing_feed(user: User) -> BoardFeed | None:
    """Return a person's calendar address, or None."""
    return BoardFeed.objects.standing().filter(user=user).first()


@transaction.atomic
def renew(user: User) -> BoardFeed:
    """Give a person a new address; the one before answers no more."""
    revoke(user)
    return BoardFeed.objects.create(user=user)


def revoke(user: User) -> None:
    """Take a person's address away."""
    BoardFeed.objects.standing().filter(user=user).update(revoked_at=timezone.now())


def feed_of(token: str) -> BoardFeed | None:
    """Return the feed of an address; None when revoked, or when its owner may not see the board any more."""
    feed = BoardFeed.objects.standing().filter(token=token).select_related("user").first()
    return feed if feed is not None and Viewer(feed.user).may_see_board else None


def calendar_of(user: User, now: datetime) -> bytes:
    """Return a person's calendar as iCalendar (RFC 5545): five kinds of events, times in UTC.

    Editors get every article, everybody else those they work on.
    """
    from icalendar import Calendar  # noqa: PLC0415 - large, and for those who follow the calendar only

    viewer = Viewer(user)
    calendar = Calendar()
    calendar.add("prodid", "-//Countersign//Planning board//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add(
        "x-wr-calname",
        gettext("%(wagtail_site_name)s: planning board") % {"wagtail_site_name": settings.WAGTAIL_SITE_NAME},
    )
    calendar.add("x-wr-timezone", str(site_zone()))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    span = Span(now - PAST, now + AHEAD)
    for item in load_items(viewer, span, now):
        if not item.is_withheld and (viewer.is_editor or item.is_mine):
            for mark in item.marks:
                if mark.at is None or span.start <= mark.at < span.end:
                    calendar.add_component(_event(item, mark, now))
    return calendar.to_ical()


def _event(item: Item, mark: Mark, now: datetime) -> "Event":
    from icalendar import Event  # noqa: PLC0415

    site = urlsplit(settings.WAGTAILADMIN_BASE_URL)
    address = f"{settings.WAGTAILADMIN_BASE_URL}{reverse('wagtailadmin_pages:edit', args=[item.page_id])}"
    event = Event()
    event.add("uid", f"{item.uid}-{_uid_part(mark)}@{site.hostname}")
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("summary", f"{mark.label}: {item.title}")
    if mark.at is None:
        event.add("dtstart", mark.day)
        event.add("dtend", mark.day + timedelta(days=1))
    else:
        event.add("dtstart", mark.at.astimezone(UTC).replace(microsecond=0))
    lines = [f"{item.lane.label}. {mark.kind.label}: {mark.kind.meaning}."]
    if item.people:
        lines.append(gettext("People: %(people_words)s.") % {"people_words": item.people_words})
    if item.note:
        lines.append(item.note)
    event.add("description", "\n".join(lines))
    event.add("url", address)
    event.add("categories", [mark.kind.label])
    event.add("status", "CONFIRMED" if mark.kind != MarkKind.PLANNED else "TENTATIVE")
    event.add("transp", "TRANSPARENT")
    return event


def _uid_part(mark: Mark) -> str:
    """Tell an article's past go-live from its next one; every other kind it has once."""
    return f"{mark.kind}-done" if mark.kind == MarkKind.GO_LIVE and mark.past else mark.kind.value
