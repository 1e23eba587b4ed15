"""From a seed and a family to the finished picture."""

import random
from collections.abc import Callable

from PIL import Image

from research.artwork import cells, clocks, fibres, fields, rings, waves
from research.artwork.canvas import SCHEMES, Sheet, with_tooth

FAMILIES = ("cells", "fibres", "waves", "fields", "clocks", "rings")
LAYOUTS: dict[str, tuple[Callable[[Sheet], None], ...]] = {
    "cells": cells.LAYOUTS,
    "fibres": fibres.LAYOUTS,
    "waves": waves.LAYOUTS,
    "fields": fields.LAYOUTS,
    "clocks": clocks.LAYOUTS,
    "rings": rings.LAYOUTS,
}
MOST_PIXELS = 4096 * 4096
SUPERSAMPLING = 2


def draw_artwork(seed: str, family: str, width: int, height: int) -> Image.Image:
    """Return the picture of a seed in a family: RGB, ``width`` × ``height`` pixels.

    The same four arguments always give the same pixels.

    Raises:
        ValueError: the family is unknown, or the size is not drawable.
    """
    if family not in LAYOUTS:
        raise ValueError(f"There is no family {family!r}; there are {', '.join(FAMILIES)}")
    if width < 16 or height < 16 or width * height > MOST_PIXELS:
        raise ValueError(f"{width} × {height} is not a size to draw")
    rng = random.Random(f"{family}/{seed}")  # noqa: S311 - drawing, not secrets
    scheme, layout = rng.choice(SCHEMES), rng.choice(LAYOUTS[family])
    large = Image.new("RGB", (width * SUPERSAMPLING, height * SUPERSAMPLING), scheme.ground)
    layout(Sheet(large, rng, scheme))
    return with_tooth(large.reduce(SUPERSAMPLING), rng)
