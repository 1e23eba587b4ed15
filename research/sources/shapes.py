"""Reading JSON whose shape nobody promised: what is of another type counts as missing."""

from typing import Any

from research.sources.errors import Problem, SourceMalformed

Json = dict[str, Any]


def mapping(value: Any, source: str, what: str) -> Json:
    """Return the value as an object.

    Raises:
        SourceMalformed: it is anything else.
    """
    if not isinstance(value, dict):
        raise SourceMalformed(Problem(source, f"The answer holds no {what}."))
    return value


def text(value: Any) -> str:
    """Return a string or a whole number as text, else ""."""
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int) else ""


def first_text(value: Any) -> str:
    """Return the first text of a list that is not blank, or the value itself when it is one."""
    values = value if isinstance(value, list) else [value]
    return next((words for item in values if (words := text(item).strip())), "")


def texts(value: Any) -> tuple[str, ...]:
    """Return the texts of a list, blanks left out."""
    return tuple(words for item in value if (words := text(item).strip())) if isinstance(value, list) else ()


def objects(value: Any) -> list[Json]:
    """Return the objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inside(value: Any, *keys: str) -> Any:
    """Return what lies at the end of a path of keys, or None."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
