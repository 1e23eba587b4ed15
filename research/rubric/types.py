"""What a rubric and a rating are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Choice:
    """One answer a question offers: its key, the words a reader sees, the points it gives."""

    key: str
    words: str
    points: int


@dataclass(frozen=True)
class Question:
    """One question of a rubric; ``asks`` is the reader's wording, ``max_points`` its weight."""

    key: str
    title: str
    asks: str
    max_points: int
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Band:
    """A step of a rating: ``value`` of ``out_of``, its word and what it means for a reader."""

    key: str
    value: int
    word: str
    meaning: str
    from_points: int


@dataclass(frozen=True)
class Answered:
    """A question with the answer given; ``points`` is None where it was left open."""

    question: Question
    words: str
    points: int | None
    reason: str


@dataclass(frozen=True)
class Limit:
    """A cap on the rating, with its reason in readers' words; ``most`` is a band value."""

    key: str
    most: int
    reason: str


@dataclass(frozen=True)
class Rating:
    """A computed rating. ``band`` is None when no rating can be given; ``withheld`` says why."""

    name: str
    out_of: int
    points: int
    max_points: int
    band: Band | None
    answers: tuple[Answered, ...]
    limits: tuple[Limit, ...] = ()
    withheld: str = ""
    label: str = ""


@dataclass(frozen=True)
class Rubric:
    """One version of the questions and bands."""

    version: str
    credibility: tuple[Question, ...]
    interest: tuple[Question, ...]
    credibility_bands: tuple[Band, ...]
    interest_bands: tuple[Band, ...]
    label_words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
