"""Answers that a program asks for again and again: sent only when they are others than it has."""

import hashlib
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag


def validated(request: HttpRequest, response: HttpResponse, *, changed_at: datetime | None = None) -> HttpResponseBase:
    """Return an answer with an ``ETag`` of its bytes, or 304 to whoever has them.

    ``Last-Modified`` is told but decides nothing: what is taken down leaves an older newest date behind, and who
    asks by date alone would keep what is no longer public.

    Args:
        changed_at: when the newest part of it changed; None tells nothing.
    """
    etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
    response.headers["ETag"] = etag
    if changed_at is not None:
        response.headers["Last-Modified"] = http_date(changed_at.timestamp())
    if request.method not in ("GET", "HEAD") or response.status_code != 200:
        return response
    return get_conditional_response(request, etag=etag, response=response) or response
