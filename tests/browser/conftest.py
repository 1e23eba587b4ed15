"""What a walk through the newsroom with a browser needs."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories.fixtures import _small_artwork

__all__ = ["_small_artwork"]


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The screen of a desk, in British English."""
    return {**browser_context_args, "viewport": {"width": 1280, "height": 1000}, "locale": "en-GB"}


@pytest.fixture(autouse=True)
def _let_the_server_finish(transactional_db: None) -> Iterator[None]:
    """Empty the database only when nobody asks the server any more.

    Pages save, ping and look for news by themselves. They are closed by now, but what they asked last is still
    being answered, on the one connection that a database in memory has.
    """
    yield
    time.sleep(0.7)
