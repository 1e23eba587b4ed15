"""The form in which a name and a text are compared, and the way back to the characters it was made of.

Undone are escapes (HTML's, JSON's, those of addresses, also several times over), accents, ligatures and the shapes of
apostrophes and hyphens; what cannot be seen is dropped. Case stays: whoever compares ignores it.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from html.entities import html5
from urllib.parse import unquote

from research.checking.folding import DASHES, SINGLE_QUOTES

_HEX = "[0-9a-fA-F]"
_LATER = f"%[89abAB]{_HEX}"
# Escaping doubles them. Nobody may write so many that to look through them from each takes forever.
_MORE = r"\\{0,15}"
# One character each: an entity, a letter as JSON has it, the bytes of one in an address. Each way begins with a letter
# that is none of the others, so that Python looks for these alone.
_ESCAPED = re.compile(
    r"&(?:amp;)*(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    rf"|\\{_MORE}u[dD][89abAB]{_HEX}{{2}}\\{_MORE}u[dD][c-fC-F]{_HEX}{{2}}|\\{_MORE}u{_HEX}{{4}}|\\{_MORE}[nrt]"
    rf"|%[0-7]{_HEX}|%[cdCD]{_HEX}{_LATER}|%[eE]{_HEX}(?:{_LATER}){{2}}|%[fF][0-7](?:{_LATER}){{3}}"
)
# A text in a page in a revision was escaped as often.
_TIMES_ESCAPED = 3
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_NOT_ASCII_RUN = re.compile(r"[^\x00-\x7f]+")
# A German, a Danish or a Dutch name in plain letters has one more: Mueller, Joergensen, Aagaard.
_SPELLED_OUT = re.compile(r"(?<=[aou])e|(?<=a)a", re.IGNORECASE)
_WHITE = {"n": "\n", "r": "\r", "t": "\t"}
# Letters that Unicode takes for letters of their own, as English keyboards type them.
_PLAIN = {
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h", "Ħ": "H", "ı": "i",
    "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "TH", "ß": "ss", "ẞ": "SS", "ŋ": "n", "Ŋ": "N",
}  # fmt: skip
_SIGNS = str.maketrans({**dict.fromkeys(SINGLE_QUOTES + "ʻ", "'"), **dict.fromkeys(DASHES, "-"), **_PLAIN})
# In Indian and Japanese writing a mark makes another letter, so these stay: nukta, voicing, virama.
_MARKS_OF_LETTERS = (0, 7, 8, 9)


class _Letters(dict[int, str]):
    """What each letter becomes, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = _plain(chr(code))
        return self[code]


_LETTERS = _Letters()


@dataclass(frozen=True)
class Placed:
    """A text in the form above; each of its characters came from ``starts`` to ``ends`` of the text before."""

    text: str
    starts: list[int]
    ends: list[int]

    def span_before(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where some characters came from; None where a part of one letter is no letter."""
        begins_inside = start > 0 and self.starts[start - 1] == self.starts[start]
        ends_inside = end < len(self.text) and self.ends[end] == self.ends[end - 1]
        return None if begins_inside or ends_inside else (self.starts[start], self.ends[end - 1])


def formed(text: str) -> str:
    """Return a text in the form above."""
    for _ in range(_TIMES_ESCAPED):
        if not ("&" in text or "\\" in text or "%" in text):
            break
        text = _ESCAPED.sub(_unescaped, text)
    return text if text.isascii() else _NOT_ASCII_RUN.sub(_translated, text)


def formed_with_places(text: str) -> Placed:
    """Return a text in the form above, with the way back."""
    placed = Placed(text, list(range(len(text))), list(range(1, len(text) + 1)))
    for _ in range(_TIMES_ESCAPED):
        placed = _put(placed, _ESCAPED, _unescaped)
    return _put(placed, _NOT_ASCII, _translated)


def spelled_in_short(form: str) -> str:
    """Return a text in the form above in which umlauts that were spelled out are one letter, like all others."""
    return _SPELLED_OUT.sub("", form)


def _put(placed: Placed, pattern: re.Pattern[str], put: Callable[[re.Match[str]], str]) -> Placed:
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for found in pattern.finditer(placed.text):
        start, end, said = found.start(), found.end(), put(found)
        parts += [placed.text[at:start], said]
        starts += placed.starts[at:start] + [placed.starts[start]] * len(said)
        ends += placed.ends[at:start] + [placed.ends[end - 1]] * len(said)
        at = end
    return Placed("".join([*parts, placed.text[at:]]), starts + placed.starts[at:], ends + placed.ends[at:])


def _translated(found: re.Match[str]) -> str:
    return found.group().translate(_LETTERS)


def _unescaped(found: re.Match[str]) -> str:
    return _character(found.group())


@lru_cache(maxsize=10_000)
def _character(escaped: str) -> str:
    if escaped.startswith("%"):
        return unquote(escaped, errors="replace")
    if escaped.startswith("\\"):
        units = escaped.replace("\\", "").split("u")[1:]
        return bytes.fromhex("".join(units)).decode("utf-16-be", "replace") if units else _WHITE[escaped[-1]]
    name = re.sub("^&(?:amp;)*", "", escaped)
    if not name.startswith("#"):
        return html5.get(name, escaped)
    number = int(name[2:-1], 16) if name[1] in "xX" else int(name[1:-1])
    return chr(number) if 0 < number <= 0x10FFFF else escaped


def _plain(letter: str) -> str:
    if unicodedata.category(letter) == "Cf":  # joiners, soft hyphens, marks of direction
        return ""
    if unicodedata.category(letter) == "No":  # a footnote's number is no part of the name before it
        return " "
    if "\uac00" <= letter <= "\ud7a3":  # in parts, one Korean name would begin another
        return letter
    parts = unicodedata.normalize("NFKD", letter.translate(_SIGNS)).translate(_SIGNS)
    return "".join(part for part in parts if unicodedata.combining(part) in _MARKS_OF_LETTERS)
