"""Answers that somebody asks for again and again: sent only when they are others than they have."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag


def with_last_modified(response: HttpResponse, *changed_at: datetime | None) -> HttpResponse:
    """Tell when the newest part of an answer changed; None tells nothing. It decides nothing, see below."""
    newest = max((moment for moment in changed_at if moment is not None), default=None)
    if newest is not None:
        response.headers["Last-Modified"] = http_date(newest.timestamp())
    return response


class ETagMiddleware:
    """Name answers by their bytes, and send 304 to who has them.

    Django's own also believes a date alone: what is taken down leaves an older newest date behind, so who asks by
    date would keep what is no longer public.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer, or 304."""
        response = self.get_response(request)
        if request.method not in ("GET", "HEAD") or response.status_code != 200:
            return response
        if not isinstance(response, HttpResponse) or "no-store" in _directives(response):
            return response
        if "ETag" not in response.headers:
            response.headers["ETag"] = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
        return get_conditional_response(request, etag=response.headers["ETag"], response=response) or response


def _directives(response: HttpResponse) -> set[str]:
    return {part.strip().lower() for part in response.headers.get("Cache-Control", "").split(",")}
