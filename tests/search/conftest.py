"""Fixtures of search."""

import pytest

from tests.factories import TopicIndexPageFactory
from tests.factories.fixtures import _small_artwork

__all__ = ["_small_artwork"]


@pytest.fixture
def section(db):
    return TopicIndexPageFactory()
