"""Days and times as the newsroom reads them: in the publication's zone and, where it differs, in one's own."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext


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


@dataclass(frozen=True)
class ZonedTime:
    """One moment in words: in the publication's zone, and in the user's own ("" when it is the same)."""

    at: datetime
    site: str
    own: str

    def __str__(self) -> str:
        return gettext("%(site)s, for you %(own)s") % {"site": self.site, "own": self.own} if self.own else self.site


def zoned(moment: datetime) -> ZonedTime:
    """Return a moment in words, with its day."""
    own = own_zone()
    return ZonedTime(moment, _in_zone(moment, site_zone()), _in_zone(moment, own) if own else "")


def brief(moment: datetime) -> str:
    """Return a moment for a column of a list: in the publication's zone, by the zone's short name."""
    local = timezone.localtime(moment, site_zone())
    return f"{date_format(local, 'j M Y, H:i')} {local.tzname()}"


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
            return cls(_clock_with_zone(site), "")
        local = moment.astimezone(own)
        other_day = f"{date_format(local, 'j M')}, " if local.date() != site.date() else ""
        return cls(_clock_with_zone(site), other_day + _clock_with_zone(local))


def zone_words() -> str:
    """Return which zone the editor's date fields are in, and the publication's when it is another."""
    site, own = site_zone(), own_zone()
    if own is None:
        return gettext("Times are in %(zone_name)s, the publication’s time zone and yours.") % {
            "zone_name": zone_name(site)
        }
    now = timezone.now()
    return gettext(
        "Times you enter are in your own time zone, %(zone_name)s (now %(clock)s). The "
        "publication’s is %(zone_name_2)s (now %(clock_2)s)."
    ) % {
        "zone_name": zone_name(own),
        "clock": _clock(now, own),
        "zone_name_2": zone_name(site),
        "clock_2": _clock(now, site),
    }


def board_zone_words() -> str:
    """Return the sentence that says which zones the board's days and times are in."""
    own = own_zone()
    words = gettext("Days and times are in %(zone_name)s, the publication’s time zone") % {
        "zone_name": zone_name(site_zone())
    }
    return (
        gettext("%(words)s; in brackets in yours, %(zone_name)s.") % {"words": words, "zone_name": zone_name(own)}
        if own
        else gettext("%(words)s and yours.") % {"words": words}
    )


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


def _in_zone(moment: datetime, zone: tzinfo) -> str:
    return f"{date_format(timezone.localtime(moment, zone), 'j F Y, H:i')} ({zone_name(zone)})"


def _clock(moment: datetime, zone: tzinfo) -> str:
    return date_format(timezone.localtime(moment, zone), "H:i")


def _clock_with_zone(local: datetime) -> str:
    return f"{date_format(local, 'H:i')}\N{NO-BREAK SPACE}{local.tzname()}"
