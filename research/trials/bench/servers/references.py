"""The plainest servers of a page, to compare with: bytes by WSGI alone, by a bare view of Django, and by one that asks.

They are started in a folder with the page in it, in processes of their own.
"""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import dj_database_url
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

PAGE_NAME, HEADERS_NAME = "page.html", "headers.json"
HTML = "text/html; charset=utf-8"


def _page() -> bytes:
    page = Path(PAGE_NAME)
    return page.read_bytes() if page.is_file() else b""


def _headers() -> list[tuple[str, str]]:
    headers = Path(HEADERS_NAME)
    return [(name, value) for name, value in json.loads(headers.read_text())] if headers.is_file() else []


TRIVIAL_STATEMENTS = 10
DATABASE_URL = os.environ.get("REFERENCE_DATABASE_URL", "sqlite://:memory:")
PAGE, HEADERS = _page(), _headers()


def raw(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer everything with the page, under the headers it had."""
    start_response("200 OK", HEADERS)
    return [PAGE]


def view(request: HttpRequest, address: str) -> HttpResponse:
    """Answer with the page."""
    return HttpResponse(PAGE, content_type=HTML)


def asking(request: HttpRequest) -> HttpResponse:
    """Answer with the page after ten trivial statements."""
    for number in range(TRIVIAL_STATEMENTS):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s", [number])
            cursor.fetchall()
    return HttpResponse(PAGE, content_type=HTML)


urlpatterns = [path("asking/", asking), path("<path:address>", view)]

if not settings.configured:
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["localhost"],
        # Kept open, as ours are.
        DATABASES={"default": dj_database_url.parse(DATABASE_URL, conn_max_age=600)},
        MIDDLEWARE=[],
    )
bare_django = WSGIHandler() if __name__ == settings.ROOT_URLCONF else None
