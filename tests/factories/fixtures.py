"""Fixtures that several parts of the suite share; a part's conftest imports what it needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256

import pytest
from django.db import connection
from PIL import Image as PillowImage

from research.artwork import draw_artwork
from research.models import PublishedArticle
from research.publishing import pictures, receipts


@cache
def _drawn(family: str, width: int, height: int) -> PillowImage.Image:
    return draw_artwork("the same for every article", family, width, height)


def _of_its_own(seed: str, family: str, *size: int) -> PillowImage.Image:
    """Return the family's artwork with a patch in a colour of the seed, so that no two articles have equal files."""
    drawn = _drawn(family, *size).copy()
    drawn.paste(tuple(sha256(seed.encode()).digest()[:3]), (0, 0, size[0] // 2, size[1] // 2))
    return drawn


SMALL = {"ARTWORK_SIZE": (32, 18), "WIDTHS": (8, 16, 32), "draw_artwork": _of_its_own}
USUAL = {name: getattr(pictures, name) for name in SMALL}
_drawing_small: set[object] = set()


@contextmanager
def small_artwork() -> Iterator[None]:
    """Draw artwork a few pixels wide, once a family: the same files and formats in a fraction of the time.

    What a seed changes has tests of its own, which draw. Of several at once, the last to end draws as usual again,
    in whatever order they end.
    """
    own = object()
    _drawing_small.add(own)
    _set(SMALL)
    try:
        yield
    finally:
        _drawing_small.remove(own)
        if not _drawing_small:
            _set(USUAL)


def _set(values: dict[str, object]) -> None:
    for name, value in values.items():
        setattr(pictures, name, value)


@pytest.fixture(autouse=True)
def _small_artwork() -> Iterator[None]:
    """Draw small artwork in every test."""
    with small_artwork():
        yield


@pytest.fixture(autouse=True)
def _receipts_follow(request: pytest.FixtureRequest, db: None) -> Iterator[None]:
    """Let no test of a room that imports this end with a public row that its newest receipt does not fit."""
    yield
    if request.node.get_closest_marker("by_hand") or connection.closed_in_transaction:  # nothing is left of that
        return
    for row in PublishedArticle.objects.all():
        receipt = receipts.latest_for(row)
        assert receipt is not None, f"“{row}” has no receipt."
        assert receipts.changed_fields(row, receipt) == [], f"“{row}” was changed past its receipt."
