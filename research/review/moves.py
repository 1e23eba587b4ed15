"""What only stands elsewhere: an older version put in the order of the newer one, before words are compared.

Nothing is added and nothing lost: the older version is permuted, and each place that was is told of. Where order
carries meaning (the cells of a row, a table under another heading, members with names) nothing is moved, so that
swapped numbers stay changed words.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from research.content.canonical import canonical_json
from research.content.richtext import text_of

Values = Mapping[str, Mapping[str, Any]]

TEXTS = {"html", "text", "key_takeaway", "summary", "title", "caption", "alternative_text"}
CELLS = "cells"
# What a list is made of where its members are told apart.
PARAGRAPHS = re.compile(r"(<(?:p|h[2-4]|ul|ol)\b.*?</(?:p|h[2-4]|ul|ol)>)", re.DOTALL)
SENTENCES = re.compile(r"(</?(?:p|h[2-4]|ul|ol|li|br)\b[^>]*>|(?<=[.!?])\s+)")
WORD = re.compile(r"\w+")
ALIKE = 0.5
MOST_COMPARED = 40
LABEL_LENGTH = 90


def in_the_order_of(old: Values, new: Values) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """Return the older parts with their members in the newer order, and by part what moved, each in its first words.

    Args:
        old: plain values by name, by part, as ``values_by_part`` of ``changes`` returns them.
        new: the same of the newer version.
    """
    parts = {part: dict(values) for part, values in old.items()}
    moved: dict[str, list[str]] = {part: [] for part in new}
    _across_sections(parts, new, moved)
    for part, values in new.items():
        parts[part] = _aligned(parts.get(part, {}), values, "", moved[part].append)
    return parts, moved


def _across_sections(parts: dict[str, dict[str, Any]], new: Values, moved: dict[str, list[str]]) -> None:
    """Put each block that stands in another section now, word for word, into that section."""
    places = [(part, name) for values in (new, parts) for part in values for name in values[part] if _is_blocks(name)]
    places = list(dict.fromkeys(places))
    had = {place: _blocks(parts, place) for place in places}
    gone = {place: _not_among(had[place], _blocks(new, place)) for place in places}
    for place in places:
        for block in _not_among(_blocks(new, place), had[place]):
            origin = next((other for other in places if other != place and block in gone[other]), None)
            if origin is not None:
                gone[origin].remove(block)
                had[origin] = _without(had[origin], block)
                had[place] = [*had[place], block]
                moved[place[0]].append(f"{label_of(block)} (from “{origin[0]}”)")
    for (part, name), blocks in had.items():
        if blocks != _blocks(parts, (part, name)):
            parts.setdefault(part, {})[name] = [blocks]
        if not blocks and name not in new.get(part, {}):
            parts.get(part, {}).pop(name, None)


def _blocks(values: Values, place: tuple[str, str]) -> list[Any]:
    """Return the blocks of a section; an article has each section once."""
    sections = values.get(place[0], {}).get(place[1], [])
    return list(sections[0]) if len(sections) == 1 else []


def _not_among(blocks: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Return the blocks that others has not, each as often as it is missing there."""
    left = Counter(canonical_json(block) for block in others)
    return [block for block in blocks if not _take(left, block)]


def _is_blocks(name: str) -> bool:
    return name.startswith("sections/") and name != "sections/order"


def _take(counter: Counter[str], block: Any) -> bool:
    """Return True, and count one less, where a block is among those counted."""
    key = canonical_json(block)
    if counter[key] < 1:
        return False
    counter[key] -= 1
    return True


def _without(blocks: Sequence[Any], block: Any) -> list[Any]:
    last = len(blocks) - 1 - list(reversed(blocks)).index(block)
    return [*blocks[:last], *blocks[last + 1 :]]


def _aligned(old: Any, new: Any, key: str, tell: Callable[[str], None]) -> Any:
    """Return an old value with what moved inside it where it stands in the new one."""
    if old == new:
        return old
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {name: _aligned(value, new[name], name, tell) if name in new else value for name, value in old.items()}
    if isinstance(old, list) and isinstance(new, list):
        return _aligned_list(old, new, key, tell)
    if isinstance(old, str) and isinstance(new, str) and key in TEXTS:
        for pattern, is_piece in ((PARAGRAPHS, _in_brackets), (SENTENCES, _between)):
            old = _refilled(pattern.split(old), pattern.split(new), is_piece, tell)
    return old


def _aligned_list(old: list[Any], new: list[Any], key: str, tell: Callable[[str], None]) -> list[Any]:
    is_of_cells = key == CELLS or not all(isinstance(member, str | Mapping | list) for member in [*old, *new])
    if is_of_cells or (key == "rows" and (not old or not new or old[0] != new[0])):
        return old
    inner = CELLS if key == "rows" else key
    pairs = _pairs(old, new)
    places = [pairs[place] for place in sorted(pairs)]
    stay = _rising(places)
    for place in places:
        if place not in stay:
            tell(label_of(new[place]))
    order, before = {}, -1
    for place in range(len(old)):
        before = pairs.get(place, before)
        order[place] = (before, place not in pairs, place)
    members = (
        (_aligned(old[place], new[pairs[place]], inner, tell) if place in pairs else old[place])
        for place in sorted(order, key=lambda place: order[place])
    )
    return list(members)


def _pairs(old: list[Any], new: list[Any]) -> dict[int, int]:
    """Return the place in the new list of each old member: where it is equal, else where it is most alike."""
    was, now = [canonical_json(member) for member in old], [canonical_json(member) for member in new]
    pairs: dict[int, int] = {}
    for i, j, size in SequenceMatcher(None, was, now, autojunk=False).get_matching_blocks():
        pairs |= {i + step: j + step for step in range(size)}
    for place, member in enumerate(was):
        if place not in pairs:
            taken = set(pairs.values())
            found = next((at for at, other in enumerate(now) if at not in taken and other == member), None)
            if found is not None:
                pairs[place] = found
    left, free = [i for i in range(len(old)) if i not in pairs], [j for j in range(len(new)) if j not in pairs.values()]
    if max(len(left), len(free), 1) > MOST_COMPARED:
        return pairs
    scores = sorted((-_alikeness(old[i], new[j]), abs(i - j), i, j) for i in left for j in free)
    for score, _, i, j in scores:
        if (-score > ALIKE or len(left) == len(free) == 1) and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return pairs


def _alikeness(old: Any, new: Any) -> float:
    """Return 0 to 1: how many of the words of two members of one kind are the same, in whatever order."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)) or old.get("kind") != new.get("kind"):
        return 0.0
    was, now = (Counter(WORD.findall(canonical_json(member).lower())) for member in (old, new))
    return 2 * (was & now).total() / (was.total() + now.total())


def _in_brackets(place: int) -> bool:
    return place % 2 == 1


def _between(place: int) -> bool:
    return place % 2 == 0


def _refilled(old: list[str], new: list[str], is_piece: Callable[[int], bool], tell: Callable[[str], None]) -> str:
    """Return the old text with the pieces that both have in the order of the new one; what parts them stays."""
    count = Counter(piece for place, piece in enumerate(old) if is_piece(place) and _can_move(piece))
    count &= Counter(piece for place, piece in enumerate(new) if is_piece(place) and _can_move(piece))
    slots, pieces = _shared(old, count, is_piece), [new[place] for place in _shared(new, count, is_piece)]
    filled = list(old)
    for slot, piece in zip(slots, pieces, strict=True):
        filled[slot] = piece
    if filled != old:
        queue: dict[str, list[int]] = {}
        for place, piece in enumerate(pieces):
            queue.setdefault(piece, []).append(place)
        places = [queue[old[slot]].pop(0) for slot in slots]
        stay = _rising(places)
        for place in places:
            if place not in stay:
                tell(label_of(pieces[place]))
    return "".join(filled)


def _shared(pieces: list[str], count: Counter[str], is_piece: Callable[[int], bool]) -> list[int]:
    left, places = Counter(count), []
    for place, piece in enumerate(pieces):
        if is_piece(place) and left[piece] > 0:
            left[piece] -= 1
            places.append(place)
    return places


def _can_move(piece: str) -> bool:
    """True for words that say something by themselves; a bare number means what stands around it."""
    words = WORD.findall(text_of(piece))
    return bool(words) and not (len(words) < 3 and any(character.isdigit() for character in piece))


def _rising(places: Sequence[int]) -> set[int]:
    """Return the members of a longest rising run of places: what did not move."""
    ends: list[int] = []
    chosen: list[int] = []
    before: list[int | None] = []
    for index, place in enumerate(places):
        at = bisect_left(ends, place)
        before.append(chosen[at - 1] if at else None)
        if at == len(ends):
            ends.append(place)
            chosen.append(index)
        else:
            ends[at], chosen[at] = place, index
    run, index_or_none = set(), chosen[-1] if chosen else None
    while index_or_none is not None:
        run.add(places[index_or_none])
        index_or_none = before[index_or_none]
    return run


def label_of(value: Any) -> str:
    """Return the first words of a value, in quotation marks; what it is where it has none."""
    words = " ".join(text_of(_first_words(value)).split())
    if len(words) > LABEL_LENGTH:
        words = f"{words[:LABEL_LENGTH].rsplit(' ', 1)[0]} …"
    return f"“{words}”" if words else "a part without words"


def _first_words(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        inner = value.get("values", value)
        names = sorted(inner, key=lambda name: (name not in TEXTS and name != "sentence", name))
        return next((found for name in names if name != "kind" and (found := _first_words(inner[name]))), "")
    if isinstance(value, list):
        return next((found for member in value if (found := _first_words(member))), "")
    return ""
