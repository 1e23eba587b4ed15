"""Fixtures of the front."""

from tests.factories.fixtures import _small_artwork

__all__ = ["_small_artwork"]
