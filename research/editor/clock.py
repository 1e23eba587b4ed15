"""Times that people type: the hour that a clock change skips or repeats is asked about, never guessed.

The zone is that of whoever types, or the one a form names. The answer travels in the field itself: the
words "first" or "second" after the time, which the widget offers as a choice where it is needed.
"""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateTimeInput

FIRST, SECOND = "first", "second"
# Beyond these, calendars and other zones run out of days.
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
_CHOICE = re.compile(rf"\s+({FIRST}|{SECOND})$", re.IGNORECASE)
FAR_WORDS = format_lazy(_("Choose a year from {first} to {last}."), first=EARLIEST.year, last=LATEST.year)
_MINUTE = timedelta(minutes=1)


def readings(naive: datetime, zone: tzinfo) -> list[datetime]:
    """Return the moments that a local time stands for: one; none when skipped; two, in order, when repeated.

    They are in UTC: Python never calls a repeated local time equal to a moment of another zone.
    """
    early, late = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return [early.astimezone(UTC)]
    return [moment.astimezone(UTC) for moment in (early, late) if _round_trip(moment) == naive]


def is_in_reach(day: date) -> bool:
    """True for a day from EARLIEST to LATEST."""
    return EARLIEST <= day <= LATEST


def neighbours(naive: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the last minute before, and the first after, the hour that skips a local time."""
    before, after = (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    offset = before.astimezone(zone).utcoffset()
    while after - before > _MINUTE:
        middle = before + (after - before) // 2
        middle = middle.replace(second=0, microsecond=0)
        if middle <= before:
            break
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return (after - _MINUTE).astimezone(zone), after.astimezone(zone)


def clock_words(moment: datetime, zone: tzinfo) -> str:
    """Return a time of day with the zone's abbreviation at that moment, e.g. "01:30 BST"."""
    local = moment.astimezone(zone)
    return f"{date_format(local, 'H:i')} {local.tzname()}"


def choices_for(naive: datetime, zone: tzinfo) -> list[tuple[str, str]]:
    """Return what to choose from when a local time comes twice; empty when it does not."""
    if not is_in_reach(naive.date()):
        return []
    found = readings(naive, zone)
    if len(found) != 2:
        return []
    return [(key, f"{key} {clock_words(moment, zone)}") for key, moment in zip((FIRST, SECOND), found, strict=True)]


def moment_of(naive: datetime, zone: tzinfo, choice: str = "") -> datetime:
    """Return the one moment that a local time stands for.

    Raises:
        ValidationError: the time is skipped (code ``skipped``), comes twice and ``choice`` does not say which
            is meant (code ``repeated``), or is not in reach (code ``far``).
    """
    if not is_in_reach(naive.date()):
        raise ValidationError(FAR_WORDS, code="far")
    found = readings(naive, zone)
    if len(found) == 1:
        return found[0]
    day, name = date_format(naive), str(zone).replace("_", " ")
    if not found:
        before, after = neighbours(naive, zone)
        raise ValidationError(
            gettext(
                "There is no %(naive)s on %(day)s in %(name)s: the clocks go forward. The time before is "
                "%(clock_words)s, the time after is %(clock_words_2)s."
            )
            % {
                "naive": date_format(naive, "H:i"),
                "day": day,
                "name": name,
                "clock_words": clock_words(before, zone),
                "clock_words_2": clock_words(after, zone),
            },
            code="skipped",
        )
    if choice in (FIRST, SECOND):
        return found[choice == SECOND]
    first, second = (words for _, words in choices_for(naive, zone))
    raise ValidationError(
        gettext(
            "%(naive)s comes twice on %(day)s in %(name)s: the clocks go back. Choose which one you "
            "mean: %(first)s or %(second)s."
        )
        % {"naive": date_format(naive, "H:i"), "day": day, "name": name, "first": first, "second": second},
        code="repeated",
    )


def _round_trip(moment: datetime) -> datetime:
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None)


def split_choice(text: str) -> tuple[str, str]:
    """Return the time as typed, and "first", "second" or "" of what stood behind it."""
    found = _CHOICE.search(text)
    return (text[: found.start()], found.group(1).lower()) if found else (text, "")


class ClockInputMixin:
    """A date and time input that offers both readings of a time that comes twice."""

    inner_template: str
    zone: tzinfo | None = None

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add the choices, when the value needs one."""
        zone = self.zone or timezone.get_current_timezone()
        text, choice = split_choice(value) if isinstance(value, str) else (value, "")
        context = super().get_context(name, text, attrs)  # type: ignore[misc]
        naive = _parsed(text) if isinstance(text, str) else None
        context["widget"] |= {
            "inner_template": self.inner_template,
            "choice_name": f"{name}-reading",
            "choices": choices_for(naive, zone) if naive else [],
            "choice": choice,
        }
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return the time with the choice behind it, when it needs one."""
        value = super().value_from_datadict(data, files, name)  # type: ignore[misc]
        choice = data.get(f"{name}-reading", "")
        naive = _parsed(value) if value and choice else None
        if naive is None or not choices_for(naive, self.zone or timezone.get_current_timezone()):
            return value
        return f"{value} {choice}"


class AdminClockInput(ClockInputMixin, AdminDateTimeInput):
    """Wagtail's date and time picker, with the question."""

    inner_template = AdminDateTimeInput.template_name
    template_name = "research/admin/widgets/clock_input.html"


class ClockDateTimeField(forms.DateTimeField):
    """A date and time in a zone; refuses what the clocks skip, and asks about what they repeat.

    Args:
        zone: the zone that is typed in; the active one, which Wagtail takes from the profile, when None.
    """

    widget = AdminClockInput

    def __init__(self, *, zone: tzinfo | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zone = zone
        if isinstance(self.widget, ClockInputMixin):
            self.widget.zone = zone

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment.

        Raises:
            ValidationError: not a time, skipped, or repeated and not chosen.
        """
        if value in self.empty_values:
            return None
        if isinstance(value, datetime) and timezone.is_aware(value):
            return value
        text, choice = split_choice(str(value).strip())
        # Not Django's own, which turns a clock change into "could not be interpreted".
        naive: Any = _parsed(text) or forms.fields.BaseTemporalField.to_python(self, text)
        if timezone.is_aware(naive):
            return naive
        return moment_of(naive, self._zone(), choice)

    def prepare_value(self, value: Any) -> Any:
        """Return what the input shows: the local time, with which of two it is where it comes twice."""
        if not isinstance(value, datetime) or timezone.is_naive(value):
            return value
        local = timezone.localtime(value, self._zone())
        naive = local.replace(tzinfo=None)
        if len(readings(naive, self._zone())) == 2:
            return f"{naive:%Y-%m-%d %H:%M} {SECOND if local.fold else FIRST}"
        return naive

    def _zone(self) -> tzinfo:
        return self.zone or timezone.get_current_timezone()


class ClockFormMixin:
    """Lets a model form's date and time fields ask about clock changes."""

    clock_fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, forms.Field] = self.fields  # type: ignore[attr-defined]
        for name in self.clock_fields:
            if name in fields:
                fields[name] = clock_field_like(fields[name])


def clock_field_like(field: forms.Field) -> ClockDateTimeField:
    """Return a field that asks, with the label, the help and the picker's settings of another."""
    widget = AdminClockInput(attrs=field.widget.attrs)
    for setting in ("js_overlay_parent_selector", "js_format", "js_time_format", "format"):
        if hasattr(field.widget, setting):
            setattr(widget, setting, getattr(field.widget, setting))
    return ClockDateTimeField(
        required=field.required,
        label=field.label,
        help_text=field.help_text,
        disabled=field.disabled,
        widget=widget,
    )


def _parsed(text: str) -> datetime | None:
    try:
        return parse_datetime(text.strip())
    except ValueError:
        return None
