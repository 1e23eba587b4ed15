"""Fixtures of the editorial domain."""

import pytest

from tests.factories import (
    ArticlePageFactory,
    TopicIndexPageFactory,
    admin_user,
    editor_user,
    publish,
    reviewer_user,
    writer_user,
)
from tests.factories.fixtures import _small_artwork

__all__ = ["_small_artwork"]


@pytest.fixture
def section(db):
    return TopicIndexPageFactory()


@pytest.fixture
def writer(db):
    return writer_user()


@pytest.fixture
def reviewer(db):
    return reviewer_user()


@pytest.fixture
def editor(db):
    return editor_user()


@pytest.fixture
def admin(db):
    return admin_user()


@pytest.fixture
def article(section, writer):
    """A complete draft by the writer."""
    return ArticlePageFactory(parent=section, by=writer, title="Fewer relapses", slug="fewer-relapses")


@pytest.fixture
def public_article(article, reviewer):
    """The article, countersigned and live."""
    return publish(article, reviewer)
