"""Fixtures that several parts of the suite share; a part's conftest imports what it needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from PIL import Image as PillowImage

from research.artwork import draw_artwork
from research.publishing import pictures


@cache
def _drawn(family: str, width: int, height: int) -> PillowImage.Image:
    return draw_artwork("the same for every article", family, width, height)


@contextmanager
def small_artwork() -> Iterator[None]:
    """Draw artwork a few pixels wide, once a family: the same files and formats in a fraction of the time.

    What a seed changes has tests of its own, which draw.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "ARTWORK_SIZE", (32, 18))
        patch.setattr(pictures, "WIDTHS", (8, 16, 32))
        patch.setattr(pictures, "draw_artwork", lambda seed, family, *size: _drawn(family, *size))
        yield


@pytest.fixture(autouse=True)
def _small_artwork() -> Iterator[None]:
    """Draw small artwork in every test."""
    with small_artwork():
        yield
