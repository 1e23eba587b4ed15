"""HTML that is drawn by its templates once for each language, with marks where its values stand.

A form of the admin goes through some ten of Wagtail's templates a field. What they print around what was typed is the
same in each row and for each person: here they draw it once, and each time only the values are put in.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

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
