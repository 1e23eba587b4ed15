"""The word lists of ``data/`` as compiled patterns. Each file names its origin and licence in its first lines."""

import re
from functools import cache
from importlib.resources import files

WORD = re.compile(r"[^\W\d_]+")


@cache
def entries(name: str) -> tuple[str, ...]:
    """Return the entries of a list in their order, comments left out.

    Args:
        name: the file's name in ``data/``.
    """
    text = files("research.checking").joinpath("data", name).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def pattern(*names: str) -> re.Pattern[str]:
    """Return a pattern that finds any entry of these lists as whole words, in any case."""
    words = sorted({word for name in names for word in entries(name)}, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(_as_pattern(word) for word in words)})(?!\w)", re.IGNORECASE)


@cache
def _words_and_phrases(names: tuple[str, ...]) -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the entries of one word as a set, and those of several as a pattern."""
    all_entries = {entry.lower() for name in names for entry in entries(name)}
    phrases = sorted((entry for entry in all_entries if " " in entry), key=len, reverse=True)
    return frozenset(all_entries), re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases)) or '(?!)'})\b", re.IGNORECASE)


def find_terms(text: str, *names: str) -> list[tuple[str, int, int]]:
    """Return the entries of long lists that a text has, with where they start and end, in order.

    A set of a thousand words is asked thirty times faster than a pattern of them.
    """
    words, phrases = _words_and_phrases(names)
    found = [*(word for word in WORD.finditer(text) if word.group().lower() in words), *phrases.finditer(text)]
    return sorted(((match.group(), *match.span()) for match in found), key=lambda term: term[1:])


@cache
def plainer_words() -> dict[str, str]:
    """Return what to say instead of a long word."""
    return dict(line.split("\t", 1) for line in entries("plainer-words.tsv"))


def _as_pattern(word: str) -> str:
    return re.escape(word.removesuffix("*")).replace(r"\ ", r"\s+") + (r"\w*" if word.endswith("*") else "")
