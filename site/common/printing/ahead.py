"""Asking for a page before a reader does, so that none waits for its printing."""

import sys
from functools import cache
from io import BytesIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest

HTTPS_PORT, HTTP_PORT = "443", "80"


def ask(address: str) -> int:
    """Ask for a page as a reader who is nobody in particular does, at the site's own host; return the status.

    Django is told of no request that begins or ends: that would close the connection of who asks, who may be in a
    transaction.

    Args:
        address: its path.
    """
    site = urlsplit(settings.WAGTAILADMIN_BASE_URL)
    asked = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": address,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": site.hostname or "",
        "SERVER_PORT": str(site.port or (HTTPS_PORT if site.scheme == "https" else HTTP_PORT)),
        "HTTP_HOST": site.netloc,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    return _site().get_response(WSGIRequest(asked)).status_code


@cache
def _site() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler
