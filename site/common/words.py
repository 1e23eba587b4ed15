"""Words for people: said in the language of whoever reads them, or kept as the code has them."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeAlias, TypeVar

from django.conf import settings
from django.utils.translation import override

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words: TypeAlias = str | _StrPromise
else:
    Words = str

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def in_the_code_s_words(function: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Let a function say everything as the code has it, whatever language is active: what it says is kept.

    What is stored, signed, logged or compared must be the same whoever was at work.
    """

    @wraps(function)
    def say(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with override(settings.LANGUAGE_CODE):
            return function(*args, **kwargs)

    return say
