"""Days and times on the board: in the publication's zone, and beside it in the viewer's where it differs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.utils import timezone
from django.utils.formats import date_format


def site_zone() -> tzinfo:
    """Return the publication's time zone."""
    return timezone.get_default_timezone()


def own_zone() -> tzinfo | None:
    """Return the viewer's zone, which Wagtail takes from the profile; None when it is the publication's."""
    own = timezone.get_current_timezone()
    return None if str(own) == str(site_zone()) else own


def zone_name(zone: tzinfo) -> str:
    """Return a zone's name as people read it."""
    return str(zone).replace("_", " ")


def board_zone_words() -> str:
    """Return the sentence that says which zones the board's days and times are in."""
    own = own_zone()
    words = f"Days and times are in {zone_name(site_zone())}, the publication’s time zone"
    return f"{words}; in brackets in yours, {zone_name(own)}." if own else f"{words} and yours."


@dataclass(frozen=True)
class ShownTime:
    """A time of day: ``site`` such as "14:00 GMT", ``own`` such as "09:00 EST", with the day if another."""

    site: str
    own: str

    @classmethod
    def of(cls, moment: datetime) -> "ShownTime":
        """Return the words for a moment."""
        site, own = moment.astimezone(site_zone()), own_zone()
        if own is None:
            return cls(_clock(site), "")
        local = moment.astimezone(own)
        other_day = f"{date_format(local, 'j M')}, " if local.date() != site.date() else ""
        return cls(_clock(site), other_day + _clock(local))


def _clock(local: datetime) -> str:
    return f"{date_format(local, 'H:i')}\N{NO-BREAK SPACE}{local.tzname()}"


def today(now: datetime) -> date:
    """Return the day it is for the publication."""
    return timezone.localtime(now, site_zone()).date()


def start_of(day: date) -> datetime:
    """Return the first moment of a day in the publication's zone."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the zone follows
    return midnight.replace(tzinfo=site_zone()).astimezone(UTC)


def same_time_on(day: date, moment: datetime) -> datetime:
    """Return the local time of day of a moment on another day, naive: the clocks may skip or repeat it."""
    local = timezone.localtime(moment, site_zone())
    return datetime.combine(day, local.time().replace(second=0, microsecond=0, fold=0))


def week_of(day: date) -> list[date]:
    """Return the seven days, Monday first, of the week that a day is in."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=number) for number in range(7)]
