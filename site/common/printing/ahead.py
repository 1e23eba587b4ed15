"""Asking for a page before a reader does, so that none waits for its printing."""

import sys
from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from common.page_store.door import PageStoreDoor

HTTPS_PORT, HTTP_PORT = "443", "80"


def ask(address: str) -> str:
    """Ask for a page as a reader who is nobody in particular does, at the site's own host; return the status.

    Never within a transaction: the end of a request may close the connection.

    Args:
        address: its path.
    """
    site = urlsplit(settings.WAGTAILADMIN_BASE_URL)
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": address,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": site.hostname or "",
        "SERVER_PORT": str(site.port or (HTTPS_PORT if site.scheme == "https" else HTTP_PORT)),
        "HTTP_HOST": site.netloc,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    pieces = _site()(environ, lambda status, *rest: told.append(status))
    _close(pieces)
    return told[0]


@cache
def _site() -> Callable[..., Iterable[bytes]]:
    return PageStoreDoor(WSGIHandler())


def _close(pieces: Any) -> None:
    for _ in pieces:
        pass
    if hasattr(pieces, "close"):
        pieces.close()
