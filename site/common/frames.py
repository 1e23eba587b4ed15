"""HTML that is drawn by its templates once for each language, with marks where its values stand.

A form of the admin goes through some ten of Wagtail's templates a field. What they print around what was typed is the
same in each row and for each person: here they draw it once, and each time only the values are put in.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

SELECTED = mark_safe(" selected")
# Passes a template as it is: no sign in it is one of HTML's.
MARK = re.compile("\ue000([^\ue000\ue001]*)\ue001")


def mark(name: str) -> SafeString:
    """Return what stands in a drawing for the value of this name."""
    return mark_safe(f"\ue000{name}\ue001")


class Frame:
    """A drawing that is filled with values."""

    def __init__(self, drawn: str) -> None:
        # By turns what is printed as it is, and the name of a value.
        self.parts = MARK.split(drawn)

    def filled(self, values: Mapping[str, Any]) -> SafeString:
        """Return the HTML with a value for each mark, escaped where it is not safe already."""
        parts = list(self.parts)
        parts[1::2] = [conditional_escape(values[name]) for name in parts[1::2]]
        return mark_safe("".join(parts))

    def changed(self, change: Callable[[str], str]) -> "Frame":
        """Return a frame in which what is printed as it is went through a function."""
        frame = Frame("")
        frame.parts = list(self.parts)
        frame.parts[::2] = [change(part) for part in self.parts[::2]]
        return frame

    @property
    def names(self) -> Iterator[str]:
        """The names of the values, in the order of their places."""
        yield from self.parts[1::2]


class DrawnSelect(forms.Select):
    """Django's select of plain choices; each option of that one is drawn by two templates."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the HTML."""
        chosen = set(self.format_value(value))
        given = ((str("" if key is None else key), label) for key, label in self.choices)
        told = ((key, SELECTED if key in chosen else "", label) for key, label in given)
        options = format_html_join("\n", '  <option value="{}"{}>{}</option>\n', told)
        all_attrs = {"name": name, **self.build_attrs(self.attrs, attrs)}
        own = "".join(
            format_html(" {}" if fact is True else ' {}="{}"', attribute, fact)
            for attribute, fact in all_attrs.items()
            if fact is not False
        )
        return format_html("<select{}>\n{}\n</select>", mark_safe(own), options)
