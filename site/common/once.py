"""What a request that only reads asks of the database more than once is asked once.

The menu, the panels and the buttons of a screen of the admin do not know of each other: who somebody is, and where an
article stands, was asked dozens of times while one page was drawn. Nothing of it changes while a request only reads, so
the first answer holds until it is over. No answer outlives its request, and where something may be written, each
question is asked anew.
"""

from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from common.admin_address import is_in_admin

P = ParamSpec("P")
Answer = TypeVar("Answer")
READING = frozenset({"GET", "HEAD"})


class _Answers(dict[Hashable, tuple[Any, Any]]):
    """By question: what was asked about, kept so that no other object takes its id, and the answer."""

    def __init__(self, only: Collection[Callable[..., Any]]) -> None:
        super().__init__()
        self.only = only

    def has_to_do_with(self, ask: Callable[..., Any]) -> bool:
        return not self.only or ask in self.only


_answers: ContextVar[_Answers | None] = ContextVar("answers", default=None)


@contextmanager
def reading(*questions: Callable[..., Any]) -> Iterator[None]:
    """Remember answers for a block that changes nothing, or nothing that these questions are about."""
    token = _answers.set(_Answers([question.__wrapped__ for question in questions]))  # type: ignore[attr-defined]
    try:
        yield
    finally:
        _answers.reset(token)


def once(key: Callable[..., Hashable]) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
    """Let a function answer once for each key while a request only reads.

    Args:
        key: what the answer depends on, made of the arguments; ``id`` for an object as it is in memory.
    """

    def decorate(ask: Callable[P, Answer]) -> Callable[P, Answer]:
        @wraps(ask)
        def answer(*args: P.args, **kwargs: P.kwargs) -> Answer:
            known = _answers.get()
            if known is None or not known.has_to_do_with(ask):
                return ask(*args, **kwargs)
            question = (ask, key(*args, **kwargs))
            if question not in known:
                known[question] = ((args, kwargs), ask(*args, **kwargs))
            found: Answer = known[question][1]
            return found

        answer.question = lambda *args: (ask, key(*args))  # type: ignore[attr-defined]
        return answer

    return decorate


def know(ask: Callable[..., Answer], answer: Answer, *about: Any) -> None:
    """Answer a question of ``once`` ahead, where the answers to many were read together; first answers stand.

    Where a request does more than read, nothing is known ahead and each question is asked.
    """
    known = _answers.get()
    if known is not None and known.has_to_do_with(ask.__wrapped__):  # type: ignore[attr-defined]
        question = ask.question(*about)  # type: ignore[attr-defined]
        known.setdefault(question, (about, answer))


class ReadingMiddleware:
    """Remembers answers for requests of the admin that only read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer."""
        if request.method not in READING or not is_in_admin(request):
            return self.get_response(request)
        with reading():
            return self.get_response(request)
