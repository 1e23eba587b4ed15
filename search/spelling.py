"""What a word that no article has may have meant."""

from collections.abc import Iterator
from datetime import datetime
from string import ascii_lowercase

from rapidfuzz.distance import DamerauLevenshtein

from search.engines import engine
from search.words import stem

#: Words up to here have so few letters that trigrams miss them; every word one slip away is asked for instead.
SHORT = 7
SHORTEST = 4
MOST_CANDIDATES = 8
MOST_CONTINUED = 12


def slips_allowed(word: str) -> int:
    """Return how many letters may be wrong in a word of this length."""
    if len(word) < SHORTEST:
        return 0
    return 1 if len(word) <= 5 else 2 if len(word) <= 10 else 3


def meant_by(word: str, now: datetime) -> str:
    """Return the likeliest word that articles have now, for one that none has; "" when there is none."""
    allowed = slips_allowed(word)
    if not allowed or not word.isalpha():
        return ""
    near = {*engine().spellings(word), *_one_slip_away(word)} - {word}
    judged = sorted((DamerauLevenshtein.distance(word, other), word[0] != other[0], other) for other in near)
    candidates = [other for distance, _, other in judged if distance <= allowed][:MOST_CANDIDATES]
    held = engine().holds(sorted({stem(other) for other in candidates}), now)
    return next((other for other in candidates if stem(other) in held), "")


def begun_by(word: str, now: datetime) -> list[str]:
    """Return the stems that articles have now of words that begin like one that none has."""
    if len(word) < SHORTEST:
        return []
    longer = engine().begun_by(word, MOST_CONTINUED * 4)
    begun = sorted({stem(other) for other in longer})[:MOST_CONTINUED]
    held = engine().holds(begun, now)
    return [other for other in begun if other in held]


def _one_slip_away(word: str) -> list[str]:
    if len(word) > SHORT or not word.isascii():
        return []
    return engine().known_among(sorted(set(_slips(word))))


def _slips(word: str) -> Iterator[str]:
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in ascii_lowercase:
            yield before + letter + after
            yield before + letter + after[1:]
