"""The frame's fonts as files that Pillow and fpdf2 read. README.md says how they were made."""

from functools import lru_cache
from pathlib import Path

_HERE = Path(__file__).parent
REGULAR = _HERE / "figtree-regular.ttf"
SEMIBOLD = _HERE / "figtree-semibold.ttf"
SERIF = _HERE / "literata-semibold.ttf"


@lru_cache(maxsize=4)
def letters_of(*fonts: Path) -> frozenset[int]:
    """Return the code points of the letters that all of these fonts have."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - large, and for those who draw only

    return frozenset(set.intersection(*(set(TTFont(font).getBestCmap()) for font in fonts)))
