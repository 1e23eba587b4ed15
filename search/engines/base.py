"""What a database must be able to do, and what every one of them does alike."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import connection

from search.engines.shapes import Found, Query, Words, found_in


class Engine(ABC):
    """Where the words of articles are found."""

    #: The statement that answers a stem (first value) where an article that may be found at a moment (third) has it
    #: (second, as the engine writes it).
    HOLDS: ClassVar[str]

    @abstractmethod
    def put(self, words: Iterable[Words]) -> None:
        """Keep the words of articles, in place of those that were kept."""

    @abstractmethod
    def remove(self, article_ids: Sequence[int]) -> None:
        """Forget the words of articles."""

    @abstractmethod
    def differing(self, words: Iterable[Words]) -> set[int]:
        """Return the keys of those articles whose words are kept otherwise, or not at all."""

    @abstractmethod
    def statement(self, query: Query, now: datetime) -> tuple[str, list[Any]]:
        """Return the statement of a query, and its values."""

    @abstractmethod
    def spellings(self, word: str) -> list[str]:
        """Return known words that share letters with a folded one, the likest first."""

    @abstractmethod
    def known_among(self, words: Sequence[str]) -> list[str]:
        """Return those of some folded words that are known, in any order; one statement."""

    @abstractmethod
    def begun_by(self, beginning: str, most: int) -> list[str]:
        """Return at most so many known words that begin so, in their order; one statement."""

    @abstractmethod
    def quoted(self, stem: str) -> str:
        """Return one stem as a query for it alone; stems hold letters and digits only."""

    @abstractmethod
    def raw_search(self, stem: str) -> list[tuple[str, list[Any]]]:
        """Return the plainest statements for one word: its ten best, and how many there are.

        This is what the cost of a page is measured against.
        """

    def find(self, query: Query, now: datetime) -> Found:
        """Return what a query finds at a moment; one statement."""
        with connection.cursor() as cursor:
            cursor.execute(*self.statement(query, now))
            return found_in(cursor.fetchall())

    def holds(self, stems: Sequence[str], now: datetime) -> set[str]:
        """Return those of some stems that an article has which may be found now; one statement."""
        moment = connection.ops.adapt_datetimefield_value(now)
        values = [value for stem in stems for value in (stem, self.quoted(stem), moment)]
        if not values:
            return set()
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join([self.HOLDS] * len(stems)), values)
            return {found for (found,) in cursor.fetchall()}
