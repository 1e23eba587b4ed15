"""Icon arrays: "4 in 100" as a hundred small figures. Pure geometry, printed as SVG by a template."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext

from common.languages import number_words

MOST_ICONS = 100
FEWEST_ICONS = 10
COLUMNS = 10
GAP = 6
NAMELESS = "other"

# In the plural and the singular: a final "s" is taken off before looking.
PEOPLE_WORDS = frozenset(
    {
        *("adult", "babie", "baby", "boy", "brother", "caregiver", "carer", "child", "children", "doctor", "father"),
        *("girl", "man", "men", "mother", "newborn", "nurse", "parent", "participant", "patient", "people", "person"),
        *("relative", "sibling", "sister", "survivor", "teenager", "twin", "veteran", "volunteer", "woman", "women"),
    }
)
ROUND_WORDS = frozenset({"cell", "clone", "lesion", "neuron", "plaque", "spot"})

# Where what is counted ends and what is said about it begins: "lesions in people" are lesions.
BEFORE_DETAILS = re.compile(
    r"\b(?:about|aged|among|at|from|given|in|living|of|on|over|per|taking|that|treated|under|using|who|whose|with|without)\b"
)


@dataclass(frozen=True)
class Shape:
    """An icon: its box, and an SVG outline that starts at the box's upper left corner."""

    name: str
    width: int
    height: int
    outline: str


PERSON = Shape(
    "person",
    20,
    28,
    "m5 5a5 5 0 1 1 10 0a5 5 0 1 1-10 0zm-4 20v-4a9 9 0 0 1 18 0v4a3 3 0 0 1-3 3h-12a3 3 0 0 1-3-3z",
)
DOT = Shape("dot", 18, 18, "m0 9a9 9 0 1 1 18 0a9 9 0 1 1-18 0z")
SHEATH = Shape("sheath", 26, 13, "m6 0h14a6 6 0 0 1 0 13h-14a6 6 0 0 1 0-13z")


@dataclass(frozen=True)
class IconArray:
    """An icon array ready to print.

    ``icons`` holds (x, y, filled) in reading order, the filled ones first; x and y are the upper left
    corner of an icon in the units of ``width`` and ``height``. ``outline`` continues an SVG path from
    that corner. ``each`` says what an icon stands for where it is more than one, ``words`` says it all.
    """

    columns: int
    rows: int
    width: int
    height: int
    icons: tuple[tuple[int, int, bool], ...]
    shape: str
    outline: str
    each: str
    words: str


def icon_array(count: int, denominator: int, counted: str) -> IconArray:
    """Return the icon array of ``count`` in ``denominator``.

    Args:
        count: how many of them, 0 to ``denominator``.
        denominator: out of how many, at least 1. Above 100 an icon stands for several, so that at
            most 100 are drawn; a count above none and below all is always drawn as such.
        counted: what is counted, in the plural ("people with MS", "lesions"): people are drawn as
            people, and nothing else is. "other" and "" are drawn but not named.

    Raises:
        ValueError: the numbers are not whole, negative, or the count is more than the denominator.
    """
    if not _is_whole(count) or not _is_whole(denominator):
        raise ValueError("Count and denominator must be whole numbers")
    if denominator < 1 or not 0 <= count <= denominator:
        raise ValueError(f"{count} in {denominator} is not possible")
    size = _size_of_one(count, denominator)
    total = -(-denominator // size)
    filled = _filled(count, size, total, all_of_them=count == denominator)
    exact = filled * size == count and total * size == denominator
    shape = _shape(counted)
    columns = _columns(total)
    icons = tuple(
        (index % columns * (shape.width + GAP), index // columns * (shape.height + GAP), index < filled)
        for index in range(total)
    )
    rows = -(-total // columns)
    noun = "" if counted == NAMELESS else gettext(counted)
    words = f"{share_words(count, denominator)} {noun}".strip()
    return IconArray(
        columns=columns,
        rows=rows,
        width=columns * (shape.width + GAP) - GAP,
        height=rows * (shape.height + GAP) - GAP,
        icons=icons,
        shape=shape.name,
        outline=shape.outline,
        each=_each(size, noun, exact),
        words=words,
    )


def share_words(count: int, denominator: int) -> str:
    """Return "4 in 100", and "all 17" or "none of 17" where "17 in 17" or "0 in 17" would read badly."""
    if 0 < count < denominator:
        return gettext("%(count)s in %(all)s") % {"count": number_words(count), "all": number_words(denominator)}
    words = gettext("all %(all)s") if count else gettext("none of %(all)s")
    return words % {"all": number_words(denominator)}


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _size_of_one(count: int, denominator: int) -> int:
    """Return how many an icon stands for: the fewest that fits, one that leaves no part of an icon if there is any."""
    fewest = -(-denominator // MOST_ICONS)
    if fewest == 1:
        return 1
    most = max(fewest, denominator // FEWEST_ICONS)
    candidates = range(fewest, min(most, fewest * 10) + 1)
    for divides in ((count, denominator), (denominator,)):
        exact = next((size for size in candidates if all(number % size == 0 for number in divides)), None)
        if exact:
            return exact
    return fewest


def _filled(count: int, size: int, total: int, *, all_of_them: bool) -> int:
    if all_of_them:
        return total
    if count == 0:
        return 0
    return min(max(round(count / size), 1), total - 1)


def _columns(total: int) -> int:
    if total <= COLUMNS:
        return total
    if total == 25:
        return 5
    if total % COLUMNS and total <= 48:
        # A full last row, where a width near ten gives one.
        return next((columns for columns in (12, 11, 9, 8, 7, 6) if total % columns == 0), COLUMNS)
    return COLUMNS


def _shape(counted: str) -> Shape:
    head = BEFORE_DETAILS.split(counted.lower(), maxsplit=1)[0]
    words = re.findall(r"[a-z]+", head)
    last = words[-1].removesuffix("s") if words else ""
    if last in PEOPLE_WORDS:
        return PERSON
    return DOT if last in ROUND_WORDS else SHEATH


def _each(size: int, counted: str, exact: bool) -> str:
    if size == 1:
        return ""
    words = gettext("Each mark stands for %(number)s.") if exact else gettext("Each mark stands for about %(number)s.")
    return words % {"number": f"{number_words(size)} {counted}".strip()}
