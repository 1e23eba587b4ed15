"""Fixtures that several parts of the suite share; a part's conftest imports what it needs."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from research.publishing import pictures


@contextmanager
def small_artwork() -> Iterator[None]:
    """Draw artwork a few pixels wide: the same files and formats in a fraction of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "ARTWORK_SIZE", (32, 18))
        patch.setattr(pictures, "WIDTHS", (8, 16, 32))
        yield


@pytest.fixture(autouse=True)
def _small_artwork() -> Iterator[None]:
    """Draw small artwork in every test."""
    with small_artwork():
        yield
