"""What a walk through the newsroom with a browser needs."""

from typing import Any

import pytest

from tests.factories.fixtures import _small_artwork

__all__ = ["_small_artwork"]


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The screen of a desk, in British English."""
    return {**browser_context_args, "viewport": {"width": 1280, "height": 1000}, "locale": "en-GB"}
