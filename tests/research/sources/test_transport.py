from datetime import UTC, datetime

import httpx
import pytest

from research.sources.errors import SourceMalformed, SourceNotFound, SourceRefused, SourceUnavailable
from research.sources.transport import Transport, _is_public

from .helpers import Clock, Server, transport_to

URL = "https://api.source.example/works"
FINE = httpx.Response(200, content=b"{}")
BUSY = httpx.Response(429)


def redirect(to: str) -> httpx.Response:
    return httpx.Response(302, headers={"location": to})


def ask(server: Server, **options):
    with transport_to(server, **options) as transport:
        return transport.get("Source", URL)


def test_we_say_who_we_are():
    server = Server(FINE)

    ask(server)

    assert "Countersign" in server.requests[0].headers["user-agent"]
    assert "desk@newsroom.example" in server.requests[0].headers["user-agent"]


def test_nobody_is_asked_without_a_contact():
    with pytest.raises(ValueError, match="contact"):
        Transport(contact=" ")


@pytest.mark.parametrize(
    "trouble",
    [BUSY, httpx.Response(500), httpx.Response(503), httpx.Response(408), httpx.ConnectTimeout("slow"),
     httpx.ReadError("gone"), httpx.RemoteProtocolError("peer closed connection without sending complete body")],
)  # fmt: skip
def test_passing_trouble_is_asked_again(trouble):
    server = Server(trouble, trouble, FINE)

    assert ask(server).content == b"{}"
    assert len(server.requests) == 3


def test_the_waits_double_and_end():
    clock, server = Clock(), Server(httpx.Response(503))

    with pytest.raises(SourceUnavailable, match="Source: The source is down"):
        ask(server, clock=clock, attempts=4)

    assert len(server.requests) == 4
    assert clock.slept == [0.5, 1.0, 2.0]


def test_jitter_spreads_the_waits():
    clock = Clock()
    transport = Transport(
        contact="a@b.example", http=httpx.MockTransport(Server(BUSY, FINE)), clock=clock, sleep=clock.sleep,
        jitter=lambda: 0.5,
    )  # fmt: skip

    transport.get("Source", URL)

    assert clock.slept == [0.75]


@pytest.mark.parametrize("header", ["7", "Thu, 01 Jan 2026 12:00:07 GMT"])
def test_retry_after_is_honoured(header):
    clock = Clock()
    server = Server(httpx.Response(429, headers={"retry-after": header}), FINE)

    ask(server, clock=clock, now=lambda: datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC))

    assert clock.slept == [7.0]


def test_a_wait_that_is_too_long_is_left_to_the_caller():
    clock = Clock()
    server = Server(httpx.Response(503, headers={"retry-after": "3600"}))

    with pytest.raises(SourceUnavailable) as caught:
        ask(server, clock=clock)

    assert caught.value.retry_after_seconds == 3600
    assert (len(server.requests), clock.slept) == (1, [])


@pytest.mark.parametrize("header", ["soon", "-1", "٧", ""])
def test_a_strange_retry_after_is_passed_over(header):
    server = Server(httpx.Response(429, headers={"retry-after": header.encode()}), FINE)

    assert ask(server).content == b"{}"


@pytest.mark.parametrize(("status", "error"), [(404, SourceNotFound), (410, SourceNotFound), (400, SourceRefused),
                                               (403, SourceRefused), (204, SourceRefused)])  # fmt: skip
def test_a_refusal_is_not_asked_again(status, error):
    server = Server(httpx.Response(status))

    with pytest.raises(error) as caught:
        ask(server)

    assert caught.value.status == status
    assert len(server.requests) == 1


def test_the_pace_is_kept_for_each_host():
    clock = Clock()
    transport = transport_to(Server(FINE), clock=clock)
    transport.set_pace("api.source.example", 4)

    for _ in range(3):
        transport.get("Source", URL)
    transport.get("Source", "https://other.example/")

    assert clock.slept == [0.25, 0.25]


def test_time_that_passed_counts_for_the_pace():
    clock = Clock()
    transport = transport_to(Server(FINE), clock=clock)
    transport.get("Source", URL)
    clock.time += 10

    transport.get("Source", URL)

    assert clock.slept == []


def test_redirects_are_followed_a_few_times():
    server = Server(redirect("/a"), redirect("https://other.example/b"), redirect("/c"), FINE)

    assert ask(server).content == b"{}"
    assert [str(request.url) for request in server.requests[1:]] == [
        "https://api.source.example/a", "https://other.example/b", "https://other.example/c",
    ]  # fmt: skip


def test_redirects_without_end_are_refused():
    server = Server(redirect("/again"))

    with pytest.raises(SourceRefused, match="more than 3 times"):
        ask(server)

    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "::1", "fc00::1", "0.0.0.0",  # noqa: S104
                "::ffff:127.0.0.1", "100.64.0.1", "224.0.0.1", "fe80::1%eth0", "nonsense"]
)  # fmt: skip
def test_a_redirect_to_a_private_address_is_refused(address):
    server = Server(redirect("https://inside.example/"), FINE)

    with pytest.raises(SourceRefused, match="private address"):
        ask(server, addresses=[address])

    assert server.hosts == ["api.source.example"]


def test_one_private_address_among_several_is_enough():
    server = Server(redirect("https://inside.example/"), FINE)

    with pytest.raises(SourceRefused):
        ask(server, addresses=["192.0.43.8", "127.0.0.1"])


@pytest.mark.parametrize("to", ["http://other.example/", "file:///etc/passwd", "ftp://other.example/", "gopher://x/"])
def test_a_redirect_without_https_is_refused(to):
    server = Server(redirect(to), FINE)

    with pytest.raises(SourceRefused, match="without https"):
        ask(server)

    assert len(server.requests) == 1


def test_a_form_is_not_sent_on():
    server = Server(redirect("https://other.example/"), FINE)

    with transport_to(server) as transport, pytest.raises(SourceRefused, match="form"):
        transport.post("Source", URL, {"api_key": "secret"})

    assert len(server.requests) == 1


def test_only_https_is_asked():
    server = Server(FINE)

    with transport_to(server) as transport, pytest.raises(SourceRefused):
        transport.get("Source", "http://api.source.example/")

    assert server.requests == []


@pytest.mark.parametrize("headers", [{}, {"content-length": "11"}])
def test_an_answer_that_is_too_large_is_refused(headers):
    server = Server(httpx.Response(200, headers=headers, stream=httpx.ByteStream(b"x" * 11)))

    def answer(request):
        return httpx.Response(200, headers=headers, content=b"x" * 11)

    server.answers = [answer]
    with pytest.raises(SourceMalformed, match="larger than"):
        ask(server, max_answer_bytes=10)


def test_reading_stops_at_the_limit():
    given = []

    class Endless(httpx.SyncByteStream):
        def __iter__(self):
            while True:
                given.append(1)
                yield b"x" * 1000

    server = Server(lambda request: httpx.Response(200, stream=Endless()))

    with pytest.raises(SourceMalformed):
        ask(server, max_answer_bytes=10_000)

    assert len(given) == 11


def test_an_answer_that_drips_is_given_up():
    clock = Clock()

    class Dripping(httpx.SyncByteStream):
        def __iter__(self):
            while True:
                clock.time += 30
                yield b"x"

    server = Server(lambda request: httpx.Response(200, stream=Dripping()))

    with pytest.raises(SourceUnavailable, match="took longer than 90 seconds"):
        ask(server, clock=clock, attempts=1)


def test_no_message_holds_a_key():
    server = Server(httpx.ConnectError("https://api.source.example/?api_key=secret failed"))

    with transport_to(server) as transport, pytest.raises(SourceUnavailable) as caught:
        transport.get("Source", URL, {"api_key": "secret"})

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("content", "words"), [(b"<html>", "web page"), (b'{"a": [1, 2', "cut off"), (b"", "cut off"),
                                                (b"[" * 100_000, "cut off"), (b"\xff\xfe\xfa", "cut off"),
                                                (b'"\xed\xa0\xbd"', "cut off")])  # fmt: skip
def test_an_answer_that_is_no_json_says_so(content, words):
    answer = ask(Server(httpx.Response(200, content=content)))

    with pytest.raises(SourceMalformed, match=words):
        answer.json()


def test_half_a_character_in_an_answer_is_replaced_and_whole_ones_are_kept():
    content = rb"""{"half": "a \ud83d b", "low": ["\uDE00"], "whole": "\ud83d\ude00 \u00e9", "not": "\\ud83d"}"""
    answer = ask(Server(httpx.Response(200, content=content)))

    assert answer.json() == {"half": "a \ufffd b", "low": ["\ufffd"], "whole": "\U0001f600 é", "not": "\\ud83d"}


def test_public_addresses_are_public():
    assert _is_public("192.0.43.8")
    assert _is_public("2606:4700::6810:84e5")
