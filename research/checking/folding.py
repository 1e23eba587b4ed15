"""The one normalisation under which a quote must be a substring of its source.

Folded are: HTML entities to the characters they stand for (also when they were escaped twice, as in Crossref
abstracts), runs of any white space to one space, every quotation mark to ``'`` or ``"``, every dash and minus
to ``-``, typographic ligatures and the ellipsis to their letters, composed to Unicode NFC; soft hyphens and
zero-width characters are dropped. Kept apart are upper and lower case, digits, superscripts and every other
sign: ``10⁶`` is not ``106``, and ``p < 0.05`` is not ``p > 0.05``.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from html import unescape

SINGLE_QUOTES = "‘’‚‛′‵`´ʹʼ"
DOUBLE_QUOTES = "“”„‟″‶«»"
DASHES = "‐‑‒–—―−﹘﹣－"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}

_SIGNS = {
    **dict.fromkeys(SINGLE_QUOTES, "'"),
    **dict.fromkeys(DOUBLE_QUOTES, '"'),
    **dict.fromkeys(DASHES, "-"),
    **dict.fromkeys(INVISIBLE, ""),
    **LIGATURES,
    "…": "...",
}
# Only entities that end in a semicolon: html.unescape alone would also read "&notin" into a text.
_ENTITY = r"&(?:amp;)*(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
# A single plain space is nothing special: two in a row, or any other white space, are.
_SPECIAL = re.compile(rf"{_ENTITY}|\s\s+|[^\S ]|.?[\u0300-\u036f]+|[^\x00-\x7f]|`", re.DOTALL)
_ESCAPED_TWICE = re.compile(r"&(?:amp;)+(?=\#?\w+;)")


@dataclass(frozen=True)
class Stretch:
    """Some folded characters and what they came from; ``verbatim`` ones came one from one."""

    folded_start: int
    source_start: int
    source_end: int
    verbatim: bool


@dataclass(frozen=True)
class Folded:
    """A folded text, and where each stretch of it came from."""

    text: str
    stretches: tuple[Stretch, ...]

    @cached_property
    def _starts(self) -> list[int]:
        return [stretch.folded_start for stretch in self.stretches]

    def span_in_source(self, start: int, end: int) -> tuple[int, int]:
        """Return the characters of the text before folding that these folded ones, at least one, came from."""
        first, last = self._stretch_at(start), self._stretch_at(end - 1)
        source_start = first.source_start + (start - first.folded_start if first.verbatim else 0)
        source_end = last.source_start + end - last.folded_start if last.verbatim else last.source_end
        return source_start, source_end

    def _stretch_at(self, position: int) -> Stretch:
        return self.stretches[bisect_right(self._starts, position) - 1]


def fold(text: str) -> str:
    """Return a text under the normalisation above, without white space at its ends."""
    return fold_with_places(text).text.strip(" ")


def fold_with_places(text: str) -> Folded:
    """Return the folded text with the way back to the characters it came from; white space at the ends stays."""
    parts: list[str] = []
    stretches: list[Stretch] = []
    length = position = 0

    def add(part: str, start: int, end: int, *, verbatim: bool) -> None:
        nonlocal length
        if part.startswith(" ") and parts and parts[-1].endswith(" "):
            part, start = part[1:], start + 1
        if part:
            stretches.append(Stretch(length, start, end, verbatim))
            parts.append(part)
            length += len(part)

    for special in _SPECIAL.finditer(text):
        add(text[position : special.start()], position, special.start(), verbatim=True)
        add(_folded_sign(special.group()), special.start(), special.end(), verbatim=False)
        position = special.end()
    add(text[position:], position, len(text), verbatim=True)
    return Folded("".join(parts), tuple(stretches))


def _folded_sign(found: str) -> str:
    if found.startswith("&") and found.endswith(";"):
        found = unescape(_ESCAPED_TWICE.sub("&", found))
    if found.isspace():
        return " "
    if len(found) == 1:
        return _SIGNS.get(found, found)
    composed = unicodedata.normalize("NFC", found)
    return "".join(_SIGNS.get(sign, sign) for sign in composed)
