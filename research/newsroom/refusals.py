"""Refusals on their way to people: every one is an audit line, and a message in the admin.

Wagtail turns a PermissionDenied into "you do not have permission" and forgets the reason. What the
guard refused while a request was handled is kept here and shown with the response.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

audit = logging.getLogger("countersign.audit")
_during_request: ContextVar[list[str] | None] = ContextVar("refusals", default=None)


def note_refusal(page: "ArticlePage", refusals: list[Any]) -> None:
    """Write the one audit line of a refusal, and keep its words for whoever made the request."""
    reasons = ", ".join(refusal.reason for refusal in refusals)
    audit.warning("publication refused: article %s (page %s): %s", page.subject_uuid, page.pk, reasons)
    tell(*(f"Not published. {refusal.words}" for refusal in refusals))


def tell(*sentences: str) -> None:
    """Keep words for whoever made the request, which Wagtail's own refusal would not show."""
    kept = _during_request.get()
    if kept is not None:
        kept.extend(sentences)


@contextmanager
def collected_refusals() -> Iterator[list[str]]:
    """Collect the words of what is refused inside the block."""
    kept: list[str] = []
    token = _during_request.set(kept)
    try:
        yield kept
    finally:
        _during_request.reset(token)
        outer = _during_request.get()
        if outer is not None:
            outer.extend(kept)


class RefusalMessagesMiddleware:
    """Shows in the admin why something was not done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle a request; add what was refused meanwhile to the messages of signed-in people."""
        with collected_refusals() as refused:
            response = self.get_response(request)
        if refused and getattr(request, "user", None) and request.user.is_authenticated:
            for words in dict.fromkeys(refused):
                messages.error(request, words)
        return response
