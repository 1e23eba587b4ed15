"""Recorded-style replies, a transport that answers from a list, and clocks that only move when told."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from research.sources.errors import Problem
from research.sources.pubmed_xml import read_pubmed_xml
from research.sources.records import SourceRecord
from research.sources.transport import Transport

REPLIES = Path(__file__).resolve().parents[1] / "replies"


def reply(path: str) -> bytes:
    """Return the bytes of a recorded-style reply."""
    return (REPLIES / path).read_bytes()


def split(reading) -> tuple[list[SourceRecord], list[Problem]]:
    """Return the records and the problems of a reading."""
    found = list(reading)
    return [one for one in found if isinstance(one, SourceRecord)], [one for one in found if isinstance(one, Problem)]


def read_xml(data: bytes, **options) -> tuple[list[SourceRecord], list[Problem]]:
    return split(read_pubmed_xml(io.BytesIO(data), "set.xml", **options))


class Clock:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.time += seconds


class Server:
    """Answers requests in turn, and the last answer for ever; keeps what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def hosts(self) -> list[str]:
        return [request.url.host for request in self.requests]


def transport_to(server: Server, *, clock: Clock | None = None, addresses: Sequence[str] = ("192.0.43.8",), **options):
    """Return a transport without network: it asks the server, and every host has these addresses."""
    clock = clock or Clock()
    return Transport(
        contact="desk@newsroom.example",
        http=httpx.MockTransport(server),
        clock=clock,
        sleep=clock.sleep,
        jitter=lambda: 0.0,
        resolve=lambda host: list(addresses),
        **options,
    )


def ok(path: str) -> httpx.Response:
    return httpx.Response(200, content=reply(path))
