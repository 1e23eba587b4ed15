"""The hour that a clock change skips or repeats is asked about, never guessed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from research.editor.clock import ClockDateTimeField, neighbours, readings

LONDON, NEW_YORK, LORD_HOWE = (ZoneInfo(name) for name in ("Europe/London", "America/New_York", "Australia/Lord_Howe"))


class WhenForm(forms.Form):
    when = ClockDateTimeField(zone=LONDON)


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_time_of_an_ordinary_day_has_one_reading():
    assert readings(naive("2026-12-01 14:00"), LONDON) == [datetime(2026, 12, 1, 14, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("zone", "skipped", "before", "after"),
    [
        (LONDON, "2026-03-29 01:30", "00:59 GMT", "02:00 BST"),
        (LONDON, "2026-03-29 01:00", "00:59 GMT", "02:00 BST"),
        (NEW_YORK, "2026-03-08 02:59", "01:59 EST", "03:00 EDT"),
        (LORD_HOWE, "2026-10-04 02:15", "01:59 +1030", "02:30 +11"),
    ],
)
def test_a_skipped_time_has_no_reading_and_two_neighbours(zone, skipped, before, after):
    found = [f"{moment:%H:%M} {moment.tzname()}" for moment in neighbours(naive(skipped), zone)]

    assert readings(naive(skipped), zone) == []
    assert found == [before, after]


def test_a_repeated_time_has_two_readings_in_order():
    first, second = readings(naive("2026-10-25 01:30"), LONDON)

    assert first.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert second.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("time", ["00:59", "02:00"])
def test_the_minutes_beside_a_repeated_hour_are_not_asked_about(time):
    assert len(readings(naive(f"2026-10-25 {time}"), LONDON)) == 1


def test_a_skipped_time_is_refused_with_both_neighbouring_times():
    form = WhenForm({"when": "2026-03-29 01:30"})

    assert form.errors["when"] == [
        "There is no 01:30 on 29 March 2026 in Europe/London: the clocks go forward. "
        "The time before is 00:59 GMT, the time after is 02:00 BST."
    ]


def test_a_repeated_time_is_asked_about_and_offers_both():
    form = WhenForm({"when": "2026-10-25 01:30"})

    assert "Choose which one you mean: first 01:30 BST or second 01:30 GMT." in form.errors["when"][0]
    html = str(form["when"])
    assert '<option value="first">first 01:30 BST</option>' in html
    assert '<option value="second">second 01:30 GMT</option>' in html


@pytest.mark.parametrize(("reading", "hour"), [("first", 0), ("second", 1)])
def test_the_choice_decides_a_repeated_time(reading, hour):
    form = WhenForm({"when": "2026-10-25 01:30", "when-reading": reading})

    assert form.is_valid()
    assert form.cleaned_data["when"] == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


def test_a_choice_left_over_from_another_time_is_ignored():
    form = WhenForm({"when": "2026-11-25 01:30", "when-reading": "second"})

    assert form.is_valid()
    assert form.cleaned_data["when"] == datetime(2026, 11, 25, 1, 30, tzinfo=UTC)


def test_a_stored_repeated_time_shows_which_one_it_is_and_saves_unchanged():
    stored = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    shown = str(WhenForm(initial={"when": stored})["when"])

    assert 'value="2026-10-25 01:30"' in shown
    assert '<option value="second" selected>' in shown
    again = WhenForm({"when": "2026-10-25 01:30", "when-reading": "second"}, initial={"when": stored})
    assert again.is_valid()
    assert again.cleaned_data["when"] == stored
    assert not again.has_changed()


def test_without_a_zone_the_active_one_is_typed_in():
    field = ClockDateTimeField()

    with timezone.override(NEW_YORK):
        assert field.clean("2026-10-25 01:30") == datetime(2026, 10, 25, 5, 30, tzinfo=UTC)
        with pytest.raises(ValidationError, match="comes twice on 1 November 2026 in America/New York"):
            field.clean("2026-11-01 01:30")


@pytest.mark.parametrize("nonsense", ["soon", "2026-13-45 10:00", "first"])
def test_what_is_no_time_is_refused_as_such(nonsense):
    form = WhenForm({"when": nonsense})

    assert form.errors["when"] == ["Enter a valid date/time."]
