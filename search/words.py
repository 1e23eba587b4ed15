"""What search compares: words folded to their stems, the same for texts and for queries, on every database."""

import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import Stemmer
from django.conf import settings

WORD = re.compile(r"[^\W_]+")
POSSESSIVE = re.compile(r"[’']s\b", re.IGNORECASE)
APOSTROPHE = re.compile(r"(?<=\w)[’'](?=\w)")
# Journals write the sign, readers the name.
GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "ω": "omega"}
ALGORITHMS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "pt": "portuguese",
    "ro": "romanian",
    "sv": "swedish",
    "tr": "turkish",
}
#: Longer ones are no words; PostgreSQL would refuse them.
LONGEST_WORD = 60
_stemmers = threading.local()  # a stemmer serves one thread at a time


def fold(text: str) -> str:
    """Return a text in small letters without accents, possessives and apostrophes, with Greek letters by name."""
    plain = text.lower()
    if not plain.isascii():
        plain = "".join(GREEK.get(sign, sign) for sign in plain)
        decomposed = unicodedata.normalize("NFKD", plain)
        plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign)).lower()
        plain = plain.replace("ß", "ss")
    return APOSTROPHE.sub("", POSSESSIVE.sub("", plain)) if "'" in plain or "’" in plain else plain


def words_of(text: str) -> list[str]:
    """Return the folded words of a text, in its order."""
    return [word[:LONGEST_WORD] for word in WORD.findall(fold(text))]


def stems_of(text: str) -> list[str]:
    """Return the stems of the words of a text, in its order."""
    return stems(words_of(text))


def stems(words: Sequence[str]) -> list[str]:
    """Return the stem of each folded word; words themselves in a language without a stemmer."""
    stemmer = _stemmer(settings.LANGUAGE_CODE)
    return stemmer.stemWords(words) if stemmer else list(words)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the stem of one folded word."""
    return stems([word])[0]


def _stemmer(language: str) -> Stemmer.Stemmer | None:
    kept = _stemmers.__dict__
    if language not in kept:
        algorithm = ALGORITHMS.get(language.split("-")[0].lower())
        kept[language] = Stemmer.Stemmer(algorithm) if algorithm else None
    return kept[language]
