import http.server
import socket
import threading

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage

from common import health, installation, startup
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


@pytest.fixture
def production_like(settings):
    """What production sets, with nothing wrong."""
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    settings.WEB_PROCESSES = 1
    redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://localhost:1"}
    settings.CACHES = {**settings.CACHES, "default": redis}
    return settings


def ids(web_processes=None):
    return [problem.id for problem in installation.problems(web_processes)]


def test_a_whole_installation_has_no_problem(production_like):
    assert ids(4) == []


def test_a_redirect_without_end_is_named_at_the_start(production_like, listening):
    production_like.TRUSTED_PROXIES = []

    with pytest.raises(CommandError, match="Set TRUSTED_PROXIES"):
        call_command("start", port=free_port())


def test_static_files_that_were_not_collected_are_named_at_the_start(production_like, tmp_path, monkeypatch):
    production_like.STATIC_ROOT = tmp_path
    monkeypatch.setattr(installation, "staticfiles_storage", CompressedManifestStaticFilesStorage())

    with pytest.raises(CommandError, match="collectstatic --noinput"):
        call_command("start", port=free_port())


def test_missing_migrations_are_named_at_the_start(production_like, monkeypatch):
    monkeypatch.setattr(health, "database_problems", lambda: [health.NOT_MIGRATED])

    with pytest.raises(CommandError, match=r"manage\.py migrate"):
        call_command("start", port=free_port())


def test_everything_that_is_wrong_is_said_at_once(production_like, tmp_path, monkeypatch):
    production_like.TRUSTED_PROXIES = []
    monkeypatch.setattr(installation, "static_files_are_collected", lambda: False)

    with pytest.raises(CommandError, match=r"(?s)collectstatic.*TRUSTED_PROXIES"):
        call_command("start", port=free_port())


def test_the_start_says_where_limits_count_and_that_processes_share_no_cache(production_like, settings, capsys):
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = {**settings.CACHES, "default": local}

    assert (ids(1), ids(2)) == (["common.W002"], ["common.W001", "common.W002"])
    start.Command()._say_or_refuse(2)
    said = capsys.readouterr().err
    assert "2 web processes have a cache each" in said
    assert "counted in the database" in said
    assert "REDIS_URL" in said


def test_development_is_told_nothing(settings):
    settings.DEBUG = True

    assert ids(1) == []


def test_a_server_that_was_started_otherwise_finds_it_in_its_log(production_like, caplog):
    production_like.TRUSTED_PROXIES = []

    installation.log_problems()

    assert "TRUSTED_PROXIES" in caplog.text


def test_the_check_for_deployment_says_the_same(production_like):
    production_like.TRUSTED_PROXIES = []

    found = run_checks(include_deployment_checks=True)

    assert "common.E002" in [problem.id for problem in found]
