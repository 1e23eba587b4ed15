"""From what somebody typed to what is looked for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from research.checking.lexicon import entries
from search.engines.shapes import Phrase
from search.words import fold, stem, stems, words_of

MAX_QUERY_LENGTH = 200
MAX_WORDS = 12
#: Topics have names of at most so many words, as far as a query is looked through for them.
LONGEST_NAME = 6
MOST_NAMES = 12
QUOTED = re.compile(r"[\"“”«»„]([^\"“”«»„]+)[\"“”«»„]")
# "T-cell" and "COVID-19" are one thing said in two words.
JOINED = re.compile(r"[^\W_]+(?:[-‐‑–/][^\W_]+)*")
LITTLE_WORDS = frozenset(
    word
    for line in (
        "a an and are as at be by can do does for from has have how i if in is it its me my of on or should that the",
        "their them there these they this to was were what when where which who why will with you your",
    )
    for word in line.split()
)


@dataclass(frozen=True)
class Term:
    """One thing that somebody typed: its words as typed, folded, and their stems."""

    words: tuple[str, ...]
    stems: Phrase


@cache
def empty_words() -> frozenset[str]:
    """Return the words that say nothing of what an article is about."""
    return LITTLE_WORDS | frozenset(word for word in entries("stop-words.txt") if " " not in word) - KEPT


#: In a list of stop words, but asked for by readers.
KEPT = frozenset({"people", "patients", "women", "men", "not"})


def cleaned(text: str) -> str:
    """Return what was typed without what no database takes, in one line, and not longer than is looked at."""
    return " ".join(text.replace("\x00", " ").split())[:MAX_QUERY_LENGTH]


def terms_in(text: str) -> list[Term]:
    """Return what a query asks for, at most MAX_WORDS words: phrases in quotes, joined words, single words.

    Words that say nothing are left out, unless there are no others.
    """
    terms: list[Term] = []
    rest = 0
    for quoted in QUOTED.finditer(text):
        terms += _single(text[rest : quoted.start()])
        terms += _term(quoted.group(1))
        rest = quoted.end()
    terms += _single(text[rest:])
    said = [term for term in terms if len(term.words) > 1 or term.words[0] not in empty_words()] or terms
    kept, count = [], 0
    for term in said:
        count += len(term.words)
        if count > MAX_WORDS:
            break
        kept.append(term)
    return kept


def _single(text: str) -> list[Term]:
    return [term for found in JOINED.findall(fold(text)) for term in _term(found)]


def _term(text: str) -> list[Term]:
    words = words_of(text)[:MAX_WORDS]
    return [Term(tuple(words), tuple(stems(words)))] if words else []


def names_to_look_up(terms: Sequence[Term]) -> list[str]:
    """Return the phrases in a query that may be the name of a topic, the longest first."""
    found: dict[str, None] = {}
    for length in range(LONGEST_NAME, 0, -1):
        for start in range(len(terms) - length + 1):
            phrase = [piece for term in terms[start : start + length] for piece in term.stems]
            if len(phrase) <= LONGEST_NAME:
                found[" ".join(phrase)] = None
    return list(found)


def groups_of(terms: Sequence[Term], names: Mapping[str, Sequence[str]]) -> tuple[tuple[Phrase, ...], ...]:
    """Return what an article must have for each term of a query: one of the ways to say it.

    Args:
        terms: the query.
        names: for the name of a topic that is in the query, all names of that topic, as ``phrase_of`` has them.
    """
    groups: list[tuple[Phrase, ...]] = []
    start = 0
    while start < len(terms):
        for length in range(min(LONGEST_NAME, len(terms) - start), 0, -1):
            phrase = tuple(piece for term in terms[start : start + length] for piece in term.stems)
            others = names.get(" ".join(phrase))
            if others:
                ways = [phrase, *(tuple(other.split()) for other in others)]
                groups.append(tuple(dict.fromkeys(ways))[:MOST_NAMES])
                start += length
                break
        else:
            term = terms[start]
            groups.append(_ways(term.stems))
            start += 1
    return tuple(groups)


def _ways(phrase: Phrase) -> tuple[Phrase, ...]:
    """Return a phrase, and for a joined word what it is written together: "covid-19", "covid19"."""
    return (phrase, (stem("".join(phrase)),)) if len(phrase) == 2 else (phrase,)
