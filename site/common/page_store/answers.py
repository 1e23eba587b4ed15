"""One answer as it is kept: the headers that Django sent, the page plain and compressed, and how long it is good."""

import gzip
import json
import re
import time
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any

Headers = list[tuple[str, str]]

#: No answer is kept for longer, whatever happens to the process that ought to purge it.
LONGEST_SECONDS = 60
SMALLEST_COMPRESSED = 200  # as in Django's middleware
OF_THE_BODY = frozenset({"content-length", "content-encoding", "content-type", "content-language"})
ACCEPTS_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|x-gzip|\*)\s*(?:;\s*q=(?P<quality>[\d.]+)\s*)?(?=,|$)", re.IGNORECASE)


@dataclass
class Answer:
    """A whole answer to a GET, made from nothing but its key."""

    url: str
    status: str
    headers: Headers
    body: bytes
    packed: bytes = b""
    tags: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    epoch: int = 0
    begun: int = 0
    # By the clock, and by the one that nobody sets: an answer ends with the first of them.
    good_until: float = 0.0
    good_until_monotonic: float = 0.0
    # The number of the last purge that this process knows not to concern it.
    seen: int = field(default=-1, compare=False)

    @property
    def size(self) -> int:
        """Return about how many bytes it takes."""
        return len(self.body) + len(self.packed) + 2_000

    def is_in_time(self) -> bool:
        """Tell whether time alone has not ended it yet."""
        return time.time() < self.good_until and time.monotonic() < self.good_until_monotonic

    def seconds_left(self) -> int:
        """Return for how many whole seconds it is good."""
        left = min(self.good_until - time.time(), self.good_until_monotonic - time.monotonic())
        return max(0, int(left))

    def respond(self, environ: dict[str, Any]) -> tuple[str, Headers, bytes]:
        """Return status, headers and body for this request: plain or compressed, whole or 304."""
        is_packed = bool(self.packed) and accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        etag, headers, body = self._packed_form if is_packed else self._plain_form
        wanted = environ.get("HTTP_IF_NONE_MATCH")
        if wanted and etag and self.status.startswith("200") and matches(wanted, etag):
            return "304 Not Modified", [pair for pair in headers if pair[0].lower() not in OF_THE_BODY], b""
        # A server may change the list that it is given.
        return self.status, headers.copy(), b"" if environ["REQUEST_METHOD"] == "HEAD" else body

    @cached_property
    def _plain_form(self) -> tuple[str, Headers, bytes]:
        etag = next((value for name, value in self.headers if name == "ETag"), "")
        return etag, [*self.headers, ("Content-Length", str(len(self.body)))], self.body

    @cached_property
    def _packed_form(self) -> tuple[str, Headers, bytes]:
        etag = self._plain_form[0]
        if etag and not etag.startswith("W/"):
            etag = f"W/{etag}"
        headers = [(name, etag if name == "ETag" else value) for name, value in self.headers]
        headers += [("Content-Encoding", "gzip"), ("Content-Length", str(len(self.packed)))]
        return etag, headers, self.packed


def answer_of(url: str, status: str, headers: Headers, body: bytes) -> Answer:
    """Return what Django answered, compressed where Django would compress it for who asks for that."""
    varies = next((value.lower() for name, value in headers if name.lower() == "vary"), "")
    kept = [pair for pair in headers if pair[0].lower() != "content-length"]
    answer = Answer(url, status, kept, body)
    is_coded = any(name.lower() == "content-encoding" for name, _ in headers)
    if "accept-encoding" in varies and len(body) >= SMALLEST_COMPRESSED and not is_coded:
        answer.packed = gzip.compress(body, 6, mtime=0)
    return answer


def to_bytes(answer: Answer) -> bytes:
    """Return an answer as a file holds it."""
    head = {one.name: getattr(answer, one.name) for one in fields(answer) if one.name not in ("body", "packed", "seen")}
    sizes = [len(answer.body), len(answer.packed)]
    return b"".join([json.dumps({**head, "sizes": sizes}).encode(), b"\n", answer.body, answer.packed])


def head_of(line: bytes) -> dict[str, Any]:
    """Return what a file says of its answer in its first line.

    Raises:
        ValueError: it is no such line.
    """
    head = json.loads(line)
    if not isinstance(head, dict):
        raise ValueError("no head")
    return head


def from_bytes(stored: bytes) -> Answer:
    """Return the answer of a file.

    Raises:
        ValueError: the file is not whole.
    """
    line, _, rest = stored.partition(b"\n")
    head = head_of(line)
    plain, packed = head.pop("sizes")
    if len(rest) != plain + packed:
        raise ValueError("cut short")
    head["headers"] = [(name, value) for name, value in head["headers"]]
    head["tags"], head["places"] = tuple(head["tags"]), tuple(head["places"])
    return Answer(**head, body=rest[:plain], packed=rest[plain:])


@lru_cache(maxsize=500)
def accepts_gzip(header: str) -> bool:
    """Tell whether an Accept-Encoding header takes gzip."""
    found = list(ACCEPTS_GZIP.finditer(header))
    named = [one for one in found if "*" not in one.group()] or found
    return any(float(one["quality"] or 1) > 0 for one in named if _is_number(one["quality"]))


def _is_number(text: str | None) -> bool:
    return text is None or (text.count(".") <= 1 and text.strip(".") != "")


def matches(header: str, etag: str) -> bool:
    """Tell whether an If-None-Match header names this answer, compared weakly as RFC 9110 asks."""
    wanted = {part.strip().removeprefix("W/") for part in header.split(",")}
    return "*" in wanted or etag.removeprefix("W/") in wanted
