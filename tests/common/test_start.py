import http.server
import socket
import threading

import pytest
from django.core.management import CommandError, call_command

from common import startup
from common.management.commands import start


@pytest.fixture
def listening():
    """A server on a free port that answers everything with 404."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_port_in_use_is_refused_with_a_way_out(listening):
    with pytest.raises(CommandError, match="PORT="):
        call_command("start", port=listening)


def test_any_http_answer_counts_as_answering(listening):
    assert start.answers(f"http://127.0.0.1:{listening}/health/live")
    assert not start.answers(f"http://127.0.0.1:{free_port()}/health/live")


def test_a_site_has_a_web_server_a_runner_and_a_worker_for_imports():
    names = [child.name for child in start.children("127.0.0.1", 8000, 1, 8)]

    assert names == ["web", "runner", "imports"]


def test_queued_tasks_get_a_worker(settings):
    settings.TASKS_IN_DATABASE = True

    names = [child.name for child in start.children("127.0.0.1", 8000, 1, 8)]

    assert names == ["web", "runner", "imports", "worker"]


def test_without_granian_djangos_own_server_is_used(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    command = start.web_command("127.0.0.1", 8123, 1, 8)

    assert command[-4:] == ["runserver", "127.0.0.1:8123", "--noreload", "--nostatic"]


def test_addresses_are_printed_once_the_server_answers(listening, monkeypatch, capsys):
    monkeypatch.setattr(startup, "_notes", [lambda: ["Sign in as writer"]])
    command = start.Command()

    assert not command._announced("127.0.0.1", free_port())
    assert command._announced("127.0.0.1", listening)

    printed = capsys.readouterr().out
    assert f"http://127.0.0.1:{listening}/admin/" in printed
    assert "Sign in as writer" in printed


@pytest.mark.parametrize(("host", "visible"), [("::", "localhost"), ("::1", "[::1]"), ("example.org", "example.org")])
def test_the_printed_address_can_be_opened(host, visible):
    assert start._visible(host) == visible
