"""Fixtures that several parts of the suite share; a part's conftest imports what it needs."""

import pytest

from research.publishing import pictures


@pytest.fixture(autouse=True)
def _small_artwork(monkeypatch):
    """Draw artwork a few pixels wide: the same files and formats in a fraction of the time."""
    monkeypatch.setattr(pictures, "ARTWORK_SIZE", (32, 18))
    monkeypatch.setattr(pictures, "WIDTHS", (8, 16, 32))
