"""What ``manage.py start`` says once the site answers."""

from collections.abc import Callable, Iterable

Note = Callable[[], Iterable[str]]

_notes: list[Note] = []


def note(function: Note) -> Note:
    """Register a function that returns lines to print at the start, such as the demo's accounts."""
    _notes.append(function)
    return function


def lines() -> list[str]:
    """Return the lines of every registered note, in the order they were registered."""
    return [line for function in _notes for line in function()]
