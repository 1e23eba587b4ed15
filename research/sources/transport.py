"""The one way out to a source: paced, timed, retried, capped, and never to a private address."""

import email.utils
import ipaddress
import json
import random
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from common.characters import whole_characters
from research.sources.errors import Problem, SourceMalformed, SourceNotFound, SourceRefused, SourceUnavailable

MAX_REDIRECTS = 3
MAX_ANSWER_BYTES = 25_000_000
#: Asked to wait longer than this, a run gives up and says when to come back.
MAX_WAIT_SECONDS = 60.0
BACK_OFF_SECONDS = 0.5
DEFAULT_PER_SECOND = 3.0

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with status 200."""

    source: str
    content: bytes
    content_type: str = ""

    def json(self) -> Any:
        """Return the JSON value.

        Raises:
            SourceMalformed: the answer is cut off, a web page, or something else that is no JSON.
        """
        try:
            return json.loads(whole_characters(self.content.decode(json.detect_encoding(self.content))))
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", None)
            is_page = self.content.lstrip()[:1] == b"<"
            reason = "The answer is a web page, not JSON." if is_page else "The answer is cut off or no JSON."
            raise SourceMalformed(Problem(self.source, reason, line)) from error


def resolve_addresses(host: str) -> list[str]:
    """Return the IP addresses of a host.

    Raises:
        OSError: the name is not known.
    """
    return [str(found[4][0]) for found in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]


class Transport:
    """Sends requests for the clients, which share one so that the pace holds over all of them.

    Args:
        contact: an e-mail address or page of who runs the newsroom; sources ask for one before they block anyone.
        connect_timeout_seconds, read_timeout_seconds: for one connection, and for one silence while reading.
        total_timeout_seconds: for one whole answer, however slowly it drips.
        attempts: how often one request is sent at most.
        max_answer_bytes: after decompression.
        http: what sends, ``httpx.MockTransport`` in tests; httpx's own when None.
        clock, sleep, jitter, now, resolve: replaced in tests; ``sleep`` in seconds, ``jitter`` from 0 to 1.
    """

    def __init__(
        self,
        *,
        contact: str,
        connect_timeout_seconds: float = 5.0,
        read_timeout_seconds: float = 20.0,
        total_timeout_seconds: float = 90.0,
        attempts: int = 4,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        http: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        resolve: Callable[[str], list[str]] = resolve_addresses,
    ) -> None:
        if not contact.strip():
            raise ValueError("Name a contact: sources ask for one.")
        self.contact = contact.strip()
        self.attempts = max(attempts, 1)
        self.max_answer_bytes = max_answer_bytes
        self.total_timeout_seconds = total_timeout_seconds
        self._clock, self._sleep, self._jitter, self._now, self._resolve = clock, sleep, jitter, now, resolve
        self._per_second: dict[str, float] = {}
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._client = httpx.Client(
            transport=http,
            follow_redirects=False,
            timeout=httpx.Timeout(read_timeout_seconds, connect=connect_timeout_seconds),
            headers={
                "User-Agent": f"Countersign/0.1 (medical newsroom; contact: {self.contact})",
                "Accept-Encoding": "gzip",
            },
        )

    def __enter__(self) -> "Transport":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def set_pace(self, host: str, per_second: float) -> None:
        """Send this host at most so many requests a second; a host without a pace gets ``DEFAULT_PER_SECOND``.

        The pace is of this process; several processes share a source's limit between them.
        """
        self._per_second[host] = per_second

    def get(self, source: str, url: str, params: Form | None = None) -> Answer:
        """Return the answer to a GET request.

        Args:
            source: the name of the source, for messages.
            url: https only, and always from our own code; a file's addresses are never asked for.
            params: the query.

        Raises:
            SourceUnavailable: no usable answer after the last attempt: network, time-out, 429 or 5xx.
            SourceNotFound: 404 or 410.
            SourceRefused: any other 4xx, or a redirect that we do not follow.
            SourceMalformed: the answer is larger than ``max_answer_bytes``.
        """
        return self._insist(source, "GET", httpx.URL(url, params=dict(params)) if params else httpx.URL(url), None)

    def post(self, source: str, url: str, form: Form) -> Answer:
        """Return the answer to a form, for questions too long or too private for an address; raises as ``get`` does.

        The form is sent again on a retry: use it only for questions that change nothing.
        """
        return self._insist(source, "POST", httpx.URL(url), form)

    def _insist(self, source: str, method: str, url: httpx.URL, form: Form | None) -> Answer:
        if url.scheme != "https":
            raise SourceRefused(source, "Only https addresses are asked.")
        for attempt in range(1, self.attempts + 1):
            try:
                return self._follow(source, method, url, form)
            except SourceUnavailable as error:
                if attempt == self.attempts or not self._wait_to_retry(attempt, error):
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _wait_to_retry(self, attempt: int, error: SourceUnavailable) -> bool:
        """Wait before the next attempt; return False when the source asks for more patience than we have."""
        asked = error.retry_after_seconds
        if asked is not None and asked > MAX_WAIT_SECONDS:
            return False
        backed_off = BACK_OFF_SECONDS * 2 ** (attempt - 1) * (1 + self._jitter())
        self._sleep(min(max(asked or 0.0, backed_off), MAX_WAIT_SECONDS))
        return True

    def _follow(self, source: str, method: str, url: httpx.URL, form: Form | None) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._send(source, method, url, form)
            if isinstance(answer, Answer):
                return answer
            if method != "GET":
                raise SourceRefused(source, "The source redirects a form, which is not sent on.")
            url = self._redirected(source, answer)
        raise SourceRefused(source, f"The source redirects more than {MAX_REDIRECTS} times.")

    def _redirected(self, source: str, url: httpx.URL) -> httpx.URL:
        """Return the address when it is one that we go to: https, and public."""
        if url.scheme != "https":
            raise SourceRefused(source, "The source redirects to an address without https.")
        try:
            addresses = self._resolve(url.host)
        except OSError as error:
            raise SourceUnavailable(source, f"The source redirects to the unknown host {url.host}.") from error
        if not addresses or not all(_is_public(address) for address in addresses):
            raise SourceRefused(source, "The source redirects to a private address.")
        return url

    def _send(self, source: str, method: str, url: httpx.URL, form: Form | None) -> Answer | httpx.URL:
        """Return the answer, or the address it redirects to."""
        self._keep_pace(url.host)
        started = self._clock()
        try:
            with self._client.stream(method, url, data=dict(form) if form is not None else None) as response:
                if response.is_redirect:
                    return url.join(response.headers.get("location", ""))
                self._check_status(source, response)
                content = self._content(source, response, started)
                return Answer(source, content, response.headers.get("content-type", ""))
        except httpx.InvalidURL as error:
            raise SourceRefused(source, "The source redirects to something that is no address.") from error
        except httpx.DecodingError as error:
            raise SourceMalformed(Problem(source, "The answer is not compressed the way it says.")) from error
        except httpx.HTTPError as error:  # its words may hold the address with a key in it
            raise SourceUnavailable(source, f"No answer ({type(error).__name__}).") from error

    def _check_status(self, source: str, response: httpx.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        if status in (408, 429) or status >= 500:
            wait = self._retry_after(response.headers.get("retry-after", ""))
            reason = "The source asks for fewer requests (429)." if status == 429 else f"The source is down ({status})."
            raise SourceUnavailable(source, reason, retry_after_seconds=wait)
        if status in (404, 410):
            raise SourceNotFound(source, "The source does not know this identifier.", status=status)
        raise SourceRefused(source, f"The source refused the request ({status}).", status=status)

    def _retry_after(self, header: str) -> float | None:
        """Return the seconds that a Retry-After header asks for, given as a number or as a date."""
        header = header.strip()
        if header.isascii() and header.isdigit():
            return float(header[:9])
        try:
            until = email.utils.parsedate_to_datetime(header)
        except (TypeError, ValueError):
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max((until - self._now()).total_seconds(), 0.0)

    def _content(self, source: str, response: httpx.Response, started: float) -> bytes:
        too_large = Problem(source, f"The answer is larger than {self.max_answer_bytes / 1_000_000:g} MB.")
        length = response.headers.get("content-length", "")
        if length.isdigit() and int(length) > self.max_answer_bytes:
            raise SourceMalformed(too_large)
        content = bytearray()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > self.max_answer_bytes:
                raise SourceMalformed(too_large)
            if self._clock() - started > self.total_timeout_seconds:
                raise SourceUnavailable(source, f"The answer took longer than {self.total_timeout_seconds:g} seconds.")
        return bytes(content)

    def _keep_pace(self, host: str) -> None:
        """Wait until the host may be asked again; each thread takes the next free moment."""
        gap = 1 / self._per_second.get(host, DEFAULT_PER_SECOND)
        with self._lock:
            now = self._clock()
            moment = max(now, self._free_at.get(host, now))
            self._free_at[host] = moment + gap
        if moment > now:
            self._sleep(moment - now)


def _is_public(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (mapped is None or mapped.is_global)
