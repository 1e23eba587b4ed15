"""Characters that a reader cannot see and a program obeys: they make a text read otherwise than it is.

Overrides of direction, zero-width characters and fillers are refused, with their place. Kept, and shown to
whoever signs, is what a script needs: joiners within scripts that join letters, and in emoji; direction
marks beside right-to-left letters; variation selectors.

Source: Unicode Technical Report 36 and Technical Standard 39; general categories Cc, Cf, Cs, Co, Cn.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Not of those categories, and yet nothing to see.
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
ORDINARY_CONTROLS = frozenset("\t\n\r\f")
JOINERS = frozenset("\u200c\u200d")
DIRECTION_MARKS = frozenset("\u200e\u200f\u061c")
# Scripts in which a joiner, or its absence, changes a letter's shape or the word.
JOINING_SCRIPTS = (
    "ARABIC", "SYRIAC", "NKO", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL",
    "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "MYANMAR", "KHMER",
)  # fmt: skip
PLACE_LENGTH = 24


@dataclass(frozen=True)
class Hidden:
    """One character that cannot be seen: its name, the words before it, and whether a script needs it."""

    name: str
    before: str
    needed: bool

    def __str__(self) -> str:
        return f"{self.name} after “{self.before}”" if self.before else f"{self.name} at the start"


def hidden_in(text: str) -> Iterator[Hidden]:
    """Yield each character of a text that cannot be seen, in order."""
    for place, character in enumerate(text):
        if character not in ORDINARY_CONTROLS and _is_hidden(character):
            before = made_visible(text[max(0, place - PLACE_LENGTH) : place]).strip()
            yield Hidden(name_of(character), before, _is_needed(text, place))


def made_visible(text: str) -> str:
    """Return a text in which each character that cannot be seen stands as its number, such as ⟨U+200B⟩."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"⟨U+{ord(character):04X}⟩" if character not in ORDINARY_CONTROLS and _is_hidden(character) else character
        for character in text
    )


def without_surrogates(text: str) -> str:
    """Return a text that can be stored: half a character, which no encoding has, becomes U+FFFD."""
    return text if text.isascii() else "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def name_of(character: str) -> str:
    """Return what a character is called, such as "U+202E RIGHT-TO-LEFT OVERRIDE"."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()


def _is_hidden(character: str) -> bool:
    if character < "\u007f":
        return character < " "
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return True
    return character in BLANK_LETTERS or unicodedata.category(character) in HIDDEN_CATEGORIES


def _is_needed(text: str, place: int) -> bool:
    character = text[place]
    around = [text[i] for i in (place - 1, place + 1) if 0 <= i < len(text)]
    if character in "\ufe0e\ufe0f" and place:
        is_keycap = text[place + 1 : place + 2] == "\u20e3"
        return is_keycap or unicodedata.category(text[place - 1]) in {"So", "Sm", "Sk"}
    if character == "\u200d" and len(around) == 2 and all(_is_emoji(neighbour) for neighbour in around):
        return True
    if character in JOINERS:
        return len(around) == 2 and all(_joins(neighbour) for neighbour in around)
    if character in DIRECTION_MARKS:
        return any(unicodedata.bidirectional(other) in {"R", "AL"} for other in text)
    return False


def _is_emoji(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk"} or character == "\ufe0f"


def _joins(character: str) -> bool:
    return unicodedata.name(character, "").startswith(JOINING_SCRIPTS)
