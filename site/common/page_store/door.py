"""The WSGI application in front of Django: answers what is kept, and keeps what may be.

What is kept is made from a request that holds the key and nothing else: no cookie, no header but the host, no
parameter that the key lacks. So no request can put anything into a page that another reader gets.
"""

import io
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.urls import Resolver404, resolve

from common.client_address import FORWARDED_FOR, FORWARDED_PROTO
from common.page_store import changes, outside, place, stamps
from common.page_store.answers import LONGEST_SECONDS, Answer, Headers, answer_of
from common.page_store.files import Store
from common.page_store.keys import Key, key_of
from common.page_store.shown import Page, being_made

logger = logging.getLogger("countersign.page_store")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

#: What is left of a request whose answer may be kept. The headers of proxies decide the scheme, which is in the key.
LEFT = ("HTTP_HOST", FORWARDED_FOR, FORWARDED_PROTO, "REMOTE_ADDR", "REMOTE_PORT", "SERVER_NAME", "SERVER_PORT")
LEFT_TOO = ("SERVER_PROTOCOL", "PATH_INFO", "wsgi.version", "wsgi.url_scheme", "wsgi.errors")
ALONE = ("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once")
#: Answers with one of these are somebody's, or nobody may keep them.
NOT_KEPT = ("no-store", "private")
VARIES = frozenset({"accept-encoding"})


class PageStoreDoor:
    """Stands before an application, which is Django's."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from the store, or let Django answer."""
        store = place.store()
        if store is None or (key := key_of(environ)) is None:
            return self.application(environ, start_response)
        try:
            answer = store.find(key.name)
        except OSError:
            logger.exception("The page store cannot be used")
            return self.application(environ, start_response)
        if answer is not None:
            return _send(answer, environ, start_response)
        if not _may_be_kept(key):
            return self.application(environ, start_response)
        made = self._made_by_one(store, key, environ)
        if isinstance(made, Answer):
            return _send(made, environ, start_response)
        return made(start_response)

    def _made_by_one(self, store: Store, key: Key, environ: Environ) -> "Answer | Streamed":
        """Return the page: made by this request, or by another one that asked for it at the same moment."""
        with store.making(key.name) as was_made:
            found = store.find(key.name) if was_made else None
            return found or self._make(store, key, environ)

    def _make(self, store: Store, key: Key, environ: Environ) -> "Answer | Streamed":
        epoch, begun, clock = store.stamps.epoch(), store.stamps.sequence(), time.monotonic()
        page = Page()
        token = being_made.set(page)
        try:
            status, headers, body = self._ask_django(key, environ)
        finally:
            being_made.reset(token)
        if not isinstance(body, bytes):
            return Streamed(status, headers, body)
        answer = answer_of(key.url, status, headers, body)
        tags = changes.tags_of(page) if page.may_be_kept and _is_for_everybody(status, headers) else None
        if tags is not None and _parameters(key) <= page.parameters:
            answer.tags, answer.places = tags, tuple(sorted({stamps.place_of(tag) for tag in tags}))
            answer.epoch, answer.begun = epoch, begun
            answer.good_until_monotonic = clock + LONGEST_SECONDS
            boundary = page.until.timestamp() if page.until else float("inf")
            answer.good_until = min(time.time() + LONGEST_SECONDS, boundary)
            _keep(store, key, answer)
        return answer

    def _ask_django(self, key: Key, environ: Environ) -> tuple[str, Headers, Any]:
        """Return Django's answer to the key alone: status, headers, and the body, whole or in pieces."""
        asked = {name: environ[name] for name in (*LEFT, *LEFT_TOO, *ALONE) if name in environ}
        asked |= {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "QUERY_STRING": key.query, "HTTP_HOST": key.host}
        asked["wsgi.input"] = io.BytesIO()
        told: list[tuple[str, Headers]] = []
        response = self.application(asked, lambda status, headers, error=None: told.append((status, headers)))
        if getattr(response, "streaming", False):
            return (*told[0], response)
        try:
            body = b"".join(response)
        finally:
            close = getattr(response, "close", None)
            if close is not None:
                close()
        return (*told[0], body)


class Streamed:
    """An answer in pieces: nobody keeps it."""

    def __init__(self, status: str, headers: Headers, pieces: Iterable[bytes]) -> None:
        self.status, self.headers, self.pieces = status, headers, pieces

    def __call__(self, start_response: StartResponse) -> Iterable[bytes]:
        """Hand it on."""
        start_response(self.status, self.headers)
        return self.pieces


def _keep(store: Store, key: Key, answer: Answer) -> None:
    try:
        store.keep(key.name, answer)
    except OSError:
        logger.exception("A page could not be kept")


def _send(answer: Answer, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    status, headers, body = answer.respond(environ)
    if answer.tags and outside.is_on():
        headers += outside.headers_of(answer)
    start_response(status, headers)
    return [body]


def _may_be_kept(key: Key) -> bool:
    """Tell whether the view at an address lets its pages be kept; a page of Wagtail's tree says so when it is asked."""
    try:
        match = resolve(key.path)
    except Resolver404:
        return False
    return getattr(match.func, "is_kept", False) or match.view_name == "wagtail_serve"


def _is_for_everybody(status: str, headers: Headers) -> bool:
    told = {name.lower(): value.lower() for name, value in headers}
    varies = {part.strip() for part in told.get("vary", "").split(",") if part.strip()}
    directives = told.get("cache-control", "")
    return (
        status.startswith("200")
        and "set-cookie" not in told
        and varies <= VARIES
        and not any(word in directives for word in NOT_KEPT)
    )


def _parameters(key: Key) -> set[str]:
    return {part.partition("=")[0] for part in key.query.split("&") if part}
