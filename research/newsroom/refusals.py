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
from django.db.models import ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import get_text_list
from django.utils.translation import gettext

from common.admin_address import is_in_admin

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

audit = logging.getLogger("countersign.audit")
# How many rows that keep another from being deleted are named.
NAMED = 5
_during_request: ContextVar[list[str] | None] = ContextVar("refusals", default=None)


def note_refusal(page: "ArticlePage", refusals: list[Any]) -> None:
    """Write the one audit line of a refusal, and keep its words for whoever made the request."""
    reasons = ", ".join(refusal.reason for refusal in refusals)
    audit.warning("publication refused: article %s (page %s): %s", page.subject_uuid, page.pk, reasons)
    tell(*(gettext("Not published. %(refusal)s") % {"refusal": refusal.words} for refusal in refusals))


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

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say what still needs a row that somebody deletes, and come back to the screen; None for other errors."""
        in_admin = is_in_admin(request)
        if request.method != "POST" or not in_admin or not isinstance(error, ProtectedError | RestrictedError):
            return None
        needed_by = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
        names = sorted({f"{row._meta.verbose_name} “{row}”" for row in needed_by})
        others = [gettext("%(named)s more") % {"named": len(names) - NAMED}] if len(names) > NAMED else []
        messages.error(
            request,
            gettext("Not deleted. It is needed by %(get_text_list)s.")
            % {"get_text_list": get_text_list([*names[:NAMED], *others], "and")},
        )
        return redirect(request.get_full_path())
