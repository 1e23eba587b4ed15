"""What the settings say, asked once: reading one of Django's costs as much as finding a kept page."""

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar

from django.core.signals import setting_changed

P = ParamSpec("P")
R = TypeVar("R")


def settled(most: int = 1) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Remember the last results of a function of its arguments and the settings, which only tests change."""

    def decorate(work: Callable[P, R]) -> Callable[P, R]:
        remembered = lru_cache(maxsize=most)(work)
        setting_changed.connect(lambda **kwargs: remembered.cache_clear(), weak=False)
        return remembered  # type: ignore[return-value] # it takes what the function takes

    return decorate
