"""Forms of the board: what to show, where a card goes, and a new time for a go-live."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from research.admin.board.marks import Item, Lane
from research.editor.clock import FIRST, SECOND, choices_for, moment_of
from research.newsroom.times import site_zone, zone_name

_NATIVE_DATE = "%Y-%m-%d"


class FilterForm(forms.Form):
    """Whose, about what, and in which state."""

    person = forms.ChoiceField(required=False)
    topic = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False, choices=[("", _("Any state")), *((lane, lane.label) for lane in Lane)])

    def __init__(self, data: Any, items: Iterable[Item]) -> None:
        super().__init__(data)
        people: dict[str, str] = {}
        topics: dict[str, str] = {}
        for item in items:
            people |= item.people
            topics |= item.topics
        offer(self, "person", [("", gettext("Anyone")), *_by_name(people)])
        offer(self, "topic", [("", gettext("Any topic")), *_by_name(topics)])

    def chosen(self) -> dict[str, str]:
        """Return what is filtered by; an unknown choice is no filter."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def chosen_labels(self) -> list[str]:
        """Return what is filtered by as the form offers it: names and states, in the order of the fields."""
        return [str(dict(_choices(self, name))[value]) for name, value in self.chosen().items()]

    def apply(self, items: Iterable[Item]) -> list[Item]:
        """Return the items that pass."""
        chosen = self.chosen()
        return [
            item
            for item in items
            if chosen.get("person", "") in ("", *item.people)
            and chosen.get("topic", "") in ("", *item.topics)
            and chosen.get("state", "") in ("", item.lane)
        ]


def offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Set what a form's field offers."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices


def _choices(form: forms.Form, name: str) -> Any:
    return cast(forms.ChoiceField, form.fields[name]).choices


def _by_name(names: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(names.items(), key=lambda pair: pair[1].casefold())


class MoveForm(forms.Form):
    """The day that an article is meant for; empty for none."""

    date = forms.DateField(
        label=_("Planned for"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format=_NATIVE_DATE),
        help_text=_("Empty: no date, back to the tray."),
    )


class RescheduleForm(forms.Form):
    """A new go-live time in the publication's zone; a time that comes twice is asked about."""

    date = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format=_NATIVE_DATE))
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    reading = forms.ChoiceField(label=_("Which one?"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time"].help_text = gettext("In %(zone_name)s, the publication’s time zone.") % {
            "zone_name": zone_name(site_zone())
        }
        offer(self, "reading", [(FIRST, FIRST), (SECOND, SECOND)])
        self.due_at: datetime | None = None
        self.asks_which = False

    def clean(self) -> dict[str, Any]:
        """Find the moment; ask about a time that the clocks repeat, refuse one that they skip."""
        cleaned = super().clean() or {}
        day, time = cleaned.get("date"), cleaned.get("time")
        if day is None or time is None:
            return cleaned
        naive = datetime.combine(day, time)
        choices = choices_for(naive, site_zone())
        if choices:
            self.asks_which = True
            offer(self, "reading", choices)
        try:
            self.due_at = moment_of(naive, site_zone(), cleaned.get("reading", ""))
        except ValidationError as problem:
            self.add_error("reading" if choices else "time", problem)
        return cleaned
