"""Times as the newsroom reads them: in the publication's zone and, where it differs, in one's own."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format


@dataclass(frozen=True)
class ZonedTime:
    """One moment in words: in the publication's zone, and in the user's own ("" when it is the same)."""

    at: datetime
    site: str
    own: str

    def __str__(self) -> str:
        return f"{self.site}, for you {self.own}" if self.own else self.site


def zoned(moment: datetime) -> ZonedTime:
    """Return a moment in words. The user's zone is the active one: Wagtail sets it from the profile."""
    site, own = timezone.get_default_timezone(), timezone.get_current_timezone()
    return ZonedTime(moment, _in_zone(moment, site), "" if str(own) == str(site) else _in_zone(moment, own))


def brief(moment: datetime) -> str:
    """Return a moment for a column of a list: in the publication's zone, by the zone's short name."""
    local = timezone.localtime(moment, timezone.get_default_timezone())
    return f"{date_format(local, 'j M Y, H:i')} {local.tzname()}"


def zone_words() -> str:
    """Return which zone the editor's date fields are in, and the publication's when it is another."""
    site, own = timezone.get_default_timezone(), timezone.get_current_timezone()
    if str(own) == str(site):
        return f"Times are in {_name(site)}, the publication’s time zone and yours."
    now = timezone.now()
    return (
        f"Times you enter are in your own time zone, {_name(own)} (now {_clock(now, own)}). "
        f"The publication’s is {_name(site)} (now {_clock(now, site)})."
    )


def _in_zone(moment: datetime, zone) -> str:
    return f"{date_format(timezone.localtime(moment, zone), 'j F Y, H:i')} ({_name(zone)})"


def _clock(moment: datetime, zone) -> str:
    return date_format(timezone.localtime(moment, zone), "H:i")


def _name(zone) -> str:
    return str(zone).replace("_", " ")
