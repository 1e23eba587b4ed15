"""The month and the week as rows of days, and the lanes of the list."""

import calendar
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from research.admin.board.marks import Item, Lane, Mark


@dataclass(frozen=True)
class Card:
    """An article at one of its dates."""

    item: Item
    mark: Mark


@dataclass(frozen=True)
class Day:
    """One day with its cards, in the order of the clock."""

    day: date
    cards: list[Card]
    is_today: bool
    is_outside: bool


def weeks_of_month(day: date) -> list[list[date]]:
    """Return the weeks, Monday first, that a month touches."""
    return calendar.Calendar().monthdatescalendar(day.year, day.month)


def lay_out(weeks: Iterable[list[date]], items: Iterable[Item], today: date, month: int = 0) -> list[list[Day]]:
    """Return the weeks with each mark of each article on its day; days of another month are outside."""
    by_day = defaultdict(list)
    for item in items:
        for mark in item.marks:
            by_day[mark.day].append(Card(item, mark))
    return [
        [
            Day(
                day,
                sorted(by_day[day], key=lambda card: (card.mark.order, card.item.title)),
                is_today=day == today,
                is_outside=bool(month) and day.month != month,
            )
            for day in week
        ]
        for week in weeks
    ]


def in_lanes(items: Iterable[Item]) -> list[tuple[Lane, list[Item]]]:
    """Return every lane, idea to live, with its articles: the next date first, undated ones last."""
    by_lane = defaultdict(list)
    for item in items:
        by_lane[item.lane].append(item)
    return [(lane, sorted(by_lane[lane], key=lambda item: (item.next_day, item.title))) for lane in Lane]
