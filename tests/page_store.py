"""Asking for pages as a server does: through the door of the page store."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext

from common.page_store.door import PageStoreDoor


@dataclass
class Answered:
    """What a reader got."""

    status: str
    headers: dict[str, str]
    body: bytes
    statements: list[str]

    @property
    def text(self) -> str:
        return self.body.decode()


@contextmanager
def kept_connection() -> Iterator[None]:
    """Let requests of this thread leave the test's connection open; Django's test client does so for each of its own.

    A request closes the connections of its thread where there is a transaction that it did not begin.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


class Reader:
    """Asks through one door, whose application is Django; counts how often Django was asked."""

    def __init__(self) -> None:
        self.made = 0
        self.handler = WSGIHandler()
        self.door = PageStoreDoor(self._application)

    def _application(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.made += 1
        return self.handler(environ, start_response)

    def get(self, path: str, method: str = "GET", **environ: Any) -> Answered:
        path, _, query = path.partition("?")
        asked = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_HOST": "localhost",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **environ,
        }
        told: list[Any] = []
        with kept_connection(), CaptureQueriesContext(connection) as captured:
            pieces = self.door(asked, lambda status, headers, error=None: told.append((status, dict(headers))))
            body = b"".join(pieces)
            getattr(pieces, "close", lambda: None)()
        status, headers = told[0]
        return Answered(status, headers, body, [one["sql"] for one in captured.captured_queries])

    def is_kept(self, path: str, **environ: Any) -> bool:
        """Tell whether a page comes from the store; one that does not is made, and kept if it may be."""
        before = self.made
        self.get(path, **environ)
        return self.made == before
