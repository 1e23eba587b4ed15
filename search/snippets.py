"""The part of a text that shows why it was found."""

import re
from collections.abc import Collection
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from search.engines.shapes import Phrase
from search.words import fold, stem

WIDTH = 200
LEAD_IN = 60
WORD = re.compile(r"[^\W_]+(?:['’](?!s\b)[^\W_]+)?")


def snippet(text: str, phrases: Collection[Phrase]) -> SafeString:
    """Return the stretch of a text that has the most of some phrases, each match marked; "" without a match.

    Args:
        phrases: the stems of a word, or of several that must stand together.
    """
    places = _whole(text, _places(text, frozenset(stem for phrase in phrases for stem in phrase)), frozenset(phrases))
    if not places:
        return SafeString("")
    start, end = _stretch(text, _best(places))
    inside = [(a, b) for a, b, _ in places if start <= a and b <= end]
    cut = [start, *(place for pair in inside for place in pair), end]
    pieces = (
        f"<mark>{escape(text[a:b])}</mark>" if i % 2 else escape(text[a:b]) for i, (a, b) in enumerate(pairwise(cut))
    )
    before, after = "… " if start else "", " …" if end < len(text) else ""
    return mark_safe(f"{before}{''.join(pieces).strip()}{after}")


def _places(text: str, stems: frozenset[str]) -> list[tuple[int, int, str]]:
    """Return where words with these stems stand, and the stem of each."""
    if not stems:
        return []
    found, end = [], 0
    searched = _same_length(text)
    # That a word begins there is asked of the few places that are found: as a part of the pattern, it is asked of all.
    for begun in _beginnings(stems).finditer(searched):
        start = begun.start()
        whole = WORD.match(searched, start)
        if start < end or searched[start - 1 : start].isalnum() or whole is None:
            continue
        end = whole.end()
        word = stem(fold(whole.group()))
        if word in stems:
            found.append((start, end, word))
    return found


def _whole(text: str, places: list[tuple[int, int, str]], phrases: frozenset[Phrase]) -> list[tuple[int, int, str]]:
    """Return where whole phrases stand: of words, those that nothing but signs keeps apart."""
    longest = max(map(len, phrases), default=0)
    found, index = [], 0
    while index < len(places):
        length = next((n for n in range(longest, 0, -1) if _is_one(text, places[index : index + n], n, phrases)), 0)
        if length:
            found.append((places[index][0], places[index + length - 1][1], places[index][2]))
        index += length or 1
    return found


def _is_one(text: str, places: list[tuple[int, int, str]], length: int, phrases: frozenset[Phrase]) -> bool:
    """Tell whether so many places are one phrase."""
    if tuple(stem for _, _, stem in places) not in phrases or len(places) != length:
        return False
    return not any(re.search(r"[^\W_]", text[one[1] : other[0]]) for one, other in pairwise(places))


def _beginnings(stems: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern of how words may begin that have one of some stems: a stem may end in another letter."""
    roots = sorted((re.escape(word[:-1] if len(word) > 3 else word) for word in stems), key=len, reverse=True)
    return re.compile("|".join(roots))


def _same_length(text: str) -> str:
    """Return a text folded letter by letter, so that places in it are places in the text."""
    lowered = text.lower()
    if lowered.isascii() or len(lowered) != len(text):
        return lowered if len(lowered) == len(text) else text
    return "".join(sign if sign.isascii() or len(fold(sign)) != 1 else fold(sign) for sign in lowered)


def _best(places: list[tuple[int, int, str]]) -> int:
    """Return where the stretch with the most different stems begins; the first of equals."""
    best, most = places[0][0], 0
    for index, (start, _, _) in enumerate(places):
        within = {word for _, end, word in places[index : index + 20] if end <= start + WIDTH}
        if len(within) > most:
            best, most = start, len(within)
    return best


def _stretch(text: str, first: int) -> tuple[int, int]:
    """Return whole words around a place."""
    start = max(0, first - LEAD_IN)
    start = text.rfind(" ", 0, start + 1) + 1 if start else 0
    end = min(len(text), max(first, start) + WIDTH)
    following = text.find(" ", end)
    return start, following if following != -1 else len(text)
