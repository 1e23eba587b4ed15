"""What stands on the board: articles in their lanes, each with up to five kinds of marks in time."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from research.newsroom.times import ShownTime, site_zone


class Lane(StrEnum):
    """Where an article is on its way from idea to live."""

    IDEA = "idea"
    DRAFTING = "drafting"
    IN_REVIEW = "in_review"
    SENT_BACK = "sent_back"
    SCHEDULED = "scheduled"
    LIVE = "live"
    HELD = "held"

    @property
    def label(self) -> str:
        """The lane's name."""
        return str(_LABELS[self])

    @property
    def meaning(self) -> str:
        """What an article must be to stand here."""
        return str(_MEANINGS[self])


_LABELS = {
    Lane.IDEA: _("Idea"),
    Lane.DRAFTING: _("Drafting"),
    Lane.IN_REVIEW: _("In review"),
    Lane.SENT_BACK: _("Sent back"),
    Lane.SCHEDULED: _("Scheduled"),
    Lane.LIVE: _("Live"),
    Lane.HELD: _("Held"),
}
_MEANINGS = {
    Lane.IDEA: _("Drafts without a study"),
    Lane.DRAFTING: _("Being written, or updated after it went live"),
    Lane.IN_REVIEW: _("With the medical reviewers"),
    Lane.SENT_BACK: _("Returned with comments, for the writer"),
    Lane.SCHEDULED: _("Countersigned, with a go-live time"),
    Lane.LIVE: _("Public; recent ones and those due for re-review"),
    Lane.HELD: _("Was due and is not public: an editor decides"),
}


class MarkKind(StrEnum):
    """The five kinds of dates, which are never the same thing."""

    PLANNED = "planned"
    DUE = "due"
    EMBARGO = "embargo"
    GO_LIVE = "go_live"
    REVIEW = "review"

    @property
    def label(self) -> str:
        """The word beside the shape."""
        return str(_WORDS[self][0])

    @property
    def meaning(self) -> str:
        """What the date means, for the key."""
        return str(_WORDS[self][1])


_WORDS = {
    MarkKind.PLANNED: (_("Planned"), _("the day it is meant for; publishes nothing")),
    MarkKind.DUE: (_("Due"), _("set to go out then, but not approved, or late")),
    MarkKind.EMBARGO: (_("Embargo ends"), _("nothing may be public before")),
    MarkKind.GO_LIVE: (_("Go-live"), _("approved: it is public then")),
    MarkKind.REVIEW: (_("Re-review"), _("the signature ends; read it again")),
}


@dataclass(frozen=True)
class Mark:
    """One date of an article. A planned day has no time; everything else is a moment."""

    kind: MarkKind
    day: date
    at: datetime | None = None
    words: str = ""
    moves: bool = False
    past: bool = False

    @classmethod
    def at_moment(cls, kind: MarkKind, at: datetime, **more: Any) -> "Mark":
        """Return a mark at a moment, on the day it has in the publication's zone."""
        return cls(kind, timezone.localtime(at, site_zone()).date(), at, **more)

    @property
    def label(self) -> str:
        """The word for this mark: that of its kind, or a closer one."""
        return self.words or self.kind.label

    @cached_property
    def time(self) -> ShownTime | None:
        """The time of day, in the publication's zone and in one's own where that differs."""
        return ShownTime.of(self.at) if self.at else None

    @property
    def order(self) -> tuple[Any, ...]:
        """By time; what has no time of day comes first."""
        return (self.day, self.at is not None, self.at.timestamp() if self.at else 0)


@dataclass
class Item:
    """One article on the board.

    ``people`` and ``topics`` are names by key. A title that the viewer may not know is replaced, and
    ``is_withheld`` is set; such an item has no links.
    """

    page_id: int
    uid: str
    title: str
    lane: Lane
    marks: list[Mark]
    note: str = ""
    people: dict[str, str] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    planned_for: date | None = None
    go_live_at: datetime | None = None
    is_update: bool = False
    is_withheld: bool = False
    is_mine: bool = False
    may_move: bool = False
    # Since when it should have been public, where somebody has to decide about that.
    late_since: datetime | None = None
    # Where it leads; "" for the editor of an article.
    url: str = ""

    @property
    def late_words(self) -> ShownTime | None:
        """The time of day at which it was due, in the publication's zone."""
        return ShownTime.of(self.late_since) if self.late_since else None

    @property
    def is_undated(self) -> bool:
        """True while nothing says when this is to be public: no plan, no wanted or approved time."""
        dated = {MarkKind.PLANNED, MarkKind.DUE, MarkKind.GO_LIVE}
        return self.lane != Lane.LIVE and not any(mark.kind in dated for mark in self.marks)

    @property
    def next_day(self) -> date:
        """The day by which lists are sorted; undated ones come last."""
        days = [mark.day for mark in self.marks if not mark.past]
        return min(days, default=date.max)

    @property
    def people_words(self) -> str:
        """The names, in alphabetical order."""
        return ", ".join(sorted(self.people.values()))
