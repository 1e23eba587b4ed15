"""What an audit finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

BROKEN, DRIFTED = "broken", "drifted"
# How many rows are in memory at once: of lines, of whole articles, of tiles of the tree.
LINES_AT_ONCE, WORDS_AT_ONCE, TILES_AT_ONCE = 500, 200, 20


@dataclass(frozen=True)
class SealProblem:
    """Something that is not as signed.

    ``weight`` is "broken" when a seal is, and "drifted" when a live page row no longer has the words
    that readers see, which are still the signed ones.
    """

    weight: str
    subject: str
    words: str


# By name, the checks of apps that keep something beside the public rows; each is given the moment.
MORE_CHECKS: dict[str, Callable[[datetime], Iterator[SealProblem]]] = {}
