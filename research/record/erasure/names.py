"""What names a person, and where that stands in a text: surely, or only perhaps."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from research.record.erasure.spelling import formed, formed_with_places, spelled_in_short

REMOVED = "[name removed]"
# A name of one word would be found in every second sentence, so nobody but a person can tell whose it is there.
NAME_WITH_PARTS = re.compile(r"\w.*\s.*\w")
ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dXx]")
# What stands between the words of a name, in text and in addresses.
BETWEEN = r"[\s_+.,\-]+"
LETTER = r"[^\W_]"
# A name before an @ or after one is a part of an address, which may be somebody else's.
NOT_BEFORE_AN_AT = r"(?![\w.+-]{0,64}@)"  # no address has more before it: RFC 5321
BEFORE, AFTER = rf"(?<!{LETTER})(?<!\w@)", rf"(?!{LETTER}){NOT_BEFORE_AN_AT}"
BEFORE_ADDRESS, AFTER_ADDRESS = r"(?<![\w.+-])", r"(?![\w-]|\.\w)"
# These write words without a space, or put what English has as a word before or behind a name.
UNSPACED = re.compile(
    "[\u0590-\u06ff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]"
)


class Reduced:
    """What is left of a text for a first look, in small letters: its plain letters, or all but apostrophes."""

    def __init__(self, form: str) -> None:
        self.plain, self.form = form.encode("ascii", "ignore").lower().replace(b"'", b""), form

    @cached_property
    def other(self) -> str:
        """All its letters; of most texts nobody needs it."""
        return self.form.casefold().replace("'", "")


class Finder:
    """Finds one name or address in a text that is in the form in which they are compared."""

    def __init__(self, name: str, *, is_address: bool = False) -> None:
        form = formed(name)
        if is_address:
            words = [form]
            sure = f"{BEFORE_ADDRESS}{re.escape(form)}{AFTER_ADDRESS}"
            perhaps = rf"(?<!\w){re.escape(spelled_in_short(form))}(?!\w)"
        else:
            words = [word for word in re.split(r"[\s,]+", form) if re.search(LETTER, word)] or [form]
            each = [re.escape(word).replace(r"\-", BETWEEN) for word in words]
            sure, perhaps = f"{BEFORE}(?:{_in_any_order(each)}){AFTER}", _perhaps(words)
        self.is_address, self.is_one_word = is_address, len(words) == 1 and not is_address
        self.has_capitals = name != name.lower()
        self.sure = re.compile(sure, re.IGNORECASE)
        self.perhaps = re.compile(perhaps, re.IGNORECASE)
        pieces = _pieces(form)
        self.plain_pieces = [piece.encode() for piece in pieces if piece.isascii()]
        self.other_pieces = [piece for piece in pieces if not piece.isascii()]

    def may_be_in(self, reduced: Reduced) -> bool:
        """Return False for a text that surely has this name in no spelling of it."""
        return all(piece in reduced.plain for piece in self.plain_pieces) and all(
            piece in reduced.other for piece in self.other_pieces
        )

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Give where this name surely stands in a text as it is stored."""
        placed = formed_with_places(text)
        for found in self.sure.finditer(placed.text):
            span = placed.span_before(*found.span())
            following = placed.text[found.end() : found.end() + 1]
            if span is None or (following and unicodedata.category(following).startswith("M")):
                continue  # the name is the beginning of a longer word
            start, end = span
            while end < len(text) and unicodedata.combining(text[end]):
                end += 1
            yield start, end

    def is_perhaps_in(self, form: str) -> bool:
        """Return True where this name may stand, as nobody but a person can tell."""
        found = self.perhaps.finditer(spelled_in_short(form))
        # In small letters, Mr Young's name is a word like any other.
        return any(not (self.is_one_word and self.has_capitals and match.group().islower()) for match in found)


@dataclass
class Identity:
    """What names a person.

    ``phrases`` are found inside text, in any spelling of them. ``exact`` are found only where a value is nothing else.
    Where one of these, or a family name, is a word among others, nobody but a person can tell: those places are named.
    """

    phrases: set[str] = field(default_factory=set)
    exact: set[str] = field(default_factory=set)
    family: set[str] = field(default_factory=set)

    def add(self, name: str) -> None:
        """Add a name or an address; it goes where it can be told from other words."""
        name = name.strip()
        if NAME_WITH_PARTS.search(name):
            self.family.add((name.split(",")[0].split() or name.split())[-1])
        if name:
            (self.phrases if _is_address(name) or NAME_WITH_PARTS.search(name) else self.exact).add(name)
        for made in ("_sure", "_alone", "_perhaps"):
            self.__dict__.pop(made, None)

    def without(self, text: str, *, alone: bool = False) -> str:
        """Return a text without the person; ``alone`` takes names of one word out of it as well."""
        return REMOVED if text in self.exact else self._without(text, [*self._sure, *(self._alone if alone else ())])

    def without_in(self, value: Any, *, is_name: bool = False) -> Any:
        """Return a value as JSON has it without the person; keys stay.

        ``is_name`` says that its texts are names, so that one of a single word goes, too.
        """
        if isinstance(value, str):
            return self.without(value) if is_name else self._without(value, self._sure)
        if isinstance(value, list):
            return [self.without_in(member, is_name=is_name) for member in value]
        if isinstance(value, dict):
            return {key: self.without_in(member, is_name=is_name) for key, member in value.items()}
        return value

    def is_address(self, text: str) -> bool:
        """Return True for an address of theirs, and nothing else in it."""
        form = formed(text.strip())
        return any(finder.is_address and finder.sure.fullmatch(form) for finder in self._sure)

    def may_be_in(self, value: Any, *, whole: bool = False) -> bool:
        """Return True where they may be named: by one word of the name, or spelled as an English keyboard has it.

        ``whole`` looks for whole names only.
        """
        if isinstance(value, list | dict):
            members = value.values() if isinstance(value, dict) else value
            return any(self.may_be_in(member, whole=whole) for member in members)
        if not isinstance(value, str):
            return False
        form = formed(value.replace(REMOVED, " "))
        reduced = Reduced(form)
        return any(
            finder.may_be_in(reduced) and finder.is_perhaps_in(form)
            for finder in self._perhaps
            if not (whole and finder.is_one_word)
        )

    def may_stand_in(self, text: str) -> bool:
        """Return False for a stored text that surely says nothing of them: this is asked of every text there is."""
        reduced = Reduced(formed(text))
        return any(finder.may_be_in(reduced) for finder in self._perhaps)

    @cached_property
    def _sure(self) -> list[Finder]:
        return [Finder(name, is_address=_is_address(name)) for name in sorted(self.phrases)]

    @cached_property
    def _alone(self) -> list[Finder]:
        return [Finder(name) for name in sorted(self.exact)]

    @cached_property
    def _perhaps(self) -> list[Finder]:
        return [*self._sure, *self._alone, *(Finder(name) for name in sorted(self.family - self.exact))]

    def _without(self, text: str, finders: list[Finder]) -> str:
        form = formed(text)
        reduced = Reduced(form)
        found = [finder for finder in finders if finder.may_be_in(reduced) and finder.sure.search(form)]
        at, parts = 0, []
        for start, end in sorted({span for finder in found for span in finder.spans(text)}):
            if start >= at:
                parts += [text[at:start], REMOVED]
            at = max(at, end)
        return "".join([*parts, text[at:]])


def _is_address(name: str) -> bool:
    return "@" in name or bool(ORCID.fullmatch(name))


def _in_any_order(words: list[str], between: str = BETWEEN) -> str:
    """Return what finds the words of a name one after the other; the family name may come first."""
    orders = [between.join(words)] + ([between.join([words[-1], *words[:-1]])] if len(words) > 1 else [])
    return "|".join(orders)


def _perhaps(words: list[str]) -> str:
    """Return what finds a name that runs into other words, with its apostrophe or without, or with an ending."""
    unspaced = bool(UNSPACED.search("".join(words)))
    between = r"[\s_+.,\-]*" if unspaced else BETWEEN
    signs = {"'": r"['\s_\-]?", "-": between}
    each = ["'?".join(signs.get(sign, re.escape(sign)) for sign in spelled_in_short(word)) for word in words]
    name = f"(?:{_in_any_order(each, between)})"
    if len(words) > 1 or unspaced:
        return name
    return rf"(?<!{LETTER}){name}s?(?!{LETTER}){NOT_BEFORE_AN_AT}"


def _pieces(form: str) -> tuple[str, ...]:
    """Return what each spelling of a name has, the longest first; an umlaut that is spelled out comes between."""
    words = re.split(r"[\W_]+", spelled_in_short(form).casefold())
    found = {piece for word in words for piece in re.findall("[^aou]*[aou]|[^aou]+", word)}
    return tuple(sorted(found, key=len, reverse=True))
