"""The lines of a file of articles: each one JSON object with an ``id``, which makes the article's own identity."""

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from research.content.invisible import without_surrogates

# Any UUID that is not used for another purpose.
LOADED = uuid.UUID("0c5a86d5-6a1e-4d0b-9f4e-2f6f7d1f3b9a")
LONGEST_SHOWN = 60
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LineRefused(Exception):
    """A line that is not loaded; ``reasons`` say why, each with what to do."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


@dataclass(frozen=True)
class Line:
    """A line of a file that is not empty: its number, its bytes, and the article in it."""

    number: int
    content: bytes
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def external_id(self) -> str:
        """What the other system calls the article."""
        return str(self.data["id"])


def lines_of(stream: Iterable[bytes]) -> Iterator[Line]:
    """Yield the lines of a file as they stand there; empty ones are left out."""
    for number, content in enumerate(stream, start=1):
        content = content.removeprefix(BYTE_ORDER_MARK) if number == 1 else content
        if content.strip():
            yield Line(number, content)


def read_line(line: Line) -> Line:
    """Return a line with the article in it.

    Raises:
        LineRefused: it is no JSON object, holds text that cannot be stored, or has no ``id``.
    """
    try:
        data = json.loads(line.content)
        odd = next((text for text in _texts_in(data) if not _is_storable(text)), None)
    except (ValueError, RecursionError) as error:
        raise LineRefused(f"This is not JSON: {error}. Write one object a line, in UTF-8.") from error
    if not isinstance(data, dict):
        raise LineRefused("This is not an object: write {…} with the fields of one article.")
    if odd is not None:
        raise LineRefused(
            f"{json.dumps(odd[:LONGEST_SHOWN])} holds half a character or the character U+0000, which cannot be "
            "stored. Take it out."
        )
    given = data.get("id")
    if isinstance(given, bool) or not isinstance(given, str | int) or not str(given).strip():
        raise LineRefused(
            "“id”: give what the other system calls the article, as text or a number. By it, a second run knows what "
            "is loaded."
        )
    return Line(line.number, line.content, data)


def _texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a value of JSON, the names of an object too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts_in(inner)


def _is_storable(text: str) -> bool:
    return "\0" not in text and without_surrogates(text) == text


def identity_of(external_id: str, system: str = "") -> uuid.UUID:
    """Return the subject of an article that was loaded: made of its id there, so that it is found again by it.

    Args:
        external_id: what the other system calls it.
        system: the name of that system, where several are loaded that may use the same ids.
    """
    return uuid.uuid5(LOADED, f"{system}\n{external_id}")
