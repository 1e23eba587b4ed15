"""Blocks whose values are checked by one thread at a time."""

from threading import RLock
from typing import Any

from wagtail import blocks

# One for all: definitions of blocks are shared between the streams that they stand in.
_checking = RLock()


class CheckedOneAtATimeMixin(blocks.BaseStreamBlock):
    """Keeps a draft that is being saved from loosening the checks of a submission in another thread.

    To save a draft, Wagtail sets ``required`` to False on the fields of the one definition that all threads
    share, and sets it back afterwards. A submission that is checked meanwhile passes half empty; two drafts
    at once each keep the other's False, and nothing is required any more until the process ends. Checking
    takes milliseconds. https://github.com/wagtail/wagtail/pull/13930 (Wagtail 8.0.1); remove when a release
    keeps that state out of the definition.
    """

    def clean(self, value: Any) -> Any:
        """Return the value as checked.

        Raises:
            ValidationError: something is missing or wrong.
        """
        with _checking:
            return super().clean(value)

    def clean_deferred(self, value: Any) -> Any:
        """Return the value as checked for a draft, in which parts may be missing.

        Raises:
            ValidationError: something is wrong.
        """
        with _checking:
            return super().clean_deferred(value)
