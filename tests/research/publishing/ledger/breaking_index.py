"""A search backend that fails for the pages in BROKEN and remembers what it took."""

from typing import Any

from wagtail.search.backends import database

BROKEN: set[int] = set()
ADDED: list[int] = []


def SearchBackend(params: dict[str, Any]) -> Any:  # noqa: N802 - the name that Wagtail looks for
    """Return the database's backend, which fails where it is told to."""
    usual: Any = type(database.SearchBackend(params))

    class BreakingBackend(usual):
        def add(self, obj: Any) -> None:
            if obj.pk in BROKEN:
                raise ConnectionError("the index is away")
            super().add(obj)
            ADDED.append(obj.pk)

    return BreakingBackend(params)
