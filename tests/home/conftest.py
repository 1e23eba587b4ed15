"""Fixtures of the front."""

import pytest

from tests.factories import TopicIndexPageFactory, editor_user
from tests.factories.fixtures import _small_artwork

__all__ = ["_small_artwork"]


@pytest.fixture
def section(db):
    return TopicIndexPageFactory()


@pytest.fixture
def editor(db):
    return editor_user()
