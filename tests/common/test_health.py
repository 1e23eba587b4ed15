import threading
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError
from django.utils import timezone
from whitenoise.storage import CompressedManifestStaticFilesStorage

from common import health, installation, storage_health
from common.models import Heartbeat
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, reviewer_user, schedule

LOOPS = ("releases", "outbox")


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(health, "_migrated", set())
    monkeypatch.setattr(storage_health, "_last", storage_health.Answer())


def runner_was_at_work(ago=timedelta(0), names=LOOPS):
    for name in names:
        Heartbeat.objects.beat(name, timezone.now() - ago)


def details(client):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    return answer.json()["status"], answer.json()["details"]


def test_a_live_process_answers_without_the_database(client):
    response = client.get("/health/live")

    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_migrated_site_at_work_is_ready(client):
    runner_was_at_work()

    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert {name: line["state"] for name, line in response.json()["details"].items()} == {
        "ledger": "green",
        "runner": "green",
        "page store": "green",
        "storage": "green",
    }


@pytest.mark.django_db
def test_migrations_are_compared_once(client, monkeypatch):
    client.get("/health/ready")

    monkeypatch.setattr("common.health.MigrationExecutor.migration_plan", lambda *_: [("a migration", False)])

    assert client.get("/health/ready").status_code == 200


@pytest.mark.django_db
def test_a_missing_migration_makes_the_site_unready(client, monkeypatch):
    monkeypatch.setattr("common.health.MigrationExecutor.migration_plan", lambda *_: [("a migration", False)])

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["problems"] == ["migrations are not applied"]


@pytest.mark.django_db
def test_a_database_that_is_away_makes_the_site_unready(client, monkeypatch):
    def refuse(*_, **__):
        raise OperationalError("no route to the database")

    monkeypatch.setattr(health.connections[DEFAULT_DB_ALIAS], "cursor", refuse)

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "problems": ["the database does not answer"]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ago", "names"),
    [
        (timedelta(minutes=3), LOOPS),
        (timedelta(days=-1500), LOOPS),  # by a clock that was wrong: it may have ended since
        (timedelta(0), ["releases"]),
        (timedelta(0), ["outbox"]),
    ],
)
def test_a_runner_of_which_a_loop_is_silent_is_told_of(client, ago, names):
    runner_was_at_work(ago, names)

    status, lines = details(client)

    assert (status, lines["runner"]["state"]) == ("degraded", "red")


@pytest.mark.django_db
def test_a_runner_that_works_gives_signs_of_life(client):
    call_command("run_releases", once=True, stdout=StringIO())

    assert details(client)[1]["runner"]["state"] == "green"


@pytest.fixture
def overdue_release():
    reviewer = reviewer_user()
    article = ArticlePageFactory(parent=TopicIndexPageFactory())
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        return schedule(article, reviewer)


@pytest.mark.django_db
def test_an_overdue_release_is_told_of(client, overdue_release):
    runner_was_at_work()

    status, lines = details(client)

    assert (status, lines["ledger"]["state"]) == ("degraded", "red")
    assert lines["ledger"]["says"].startswith("1 late")


@pytest.mark.django_db
@pytest.mark.parametrize("fails", ["save", "open", "delete"])
def test_a_media_store_that_fails_is_told_of_without_what_it_said(client, monkeypatch, fails):
    def fail(*args, **kwargs):
        raise OSError("/secret/path is read-only")

    runner_was_at_work()
    monkeypatch.setattr(default_storage, fails, fail)

    status, lines = details(client)

    assert (status, lines["storage"]["state"]) == ("degraded", "red")
    assert lines["storage"]["says"] == "the media store fails: OSError"


@pytest.mark.django_db
def test_a_media_store_that_hangs_keeps_nobody_waiting(client, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(storage_health, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(default_storage, "save", lambda *args, **kwargs: go_on.wait(10))

    status, lines = details(client)

    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "storage-health":
            thread.join(10)
    assert (status, lines["storage"]["state"]) == ("degraded", "red")


@pytest.mark.django_db
def test_the_media_store_is_asked_now_and_then_and_keeps_nothing(client, monkeypatch):
    asked = []
    save = default_storage.save
    monkeypatch.setattr(default_storage, "save", lambda *args: asked.append(save(*args)) or asked[-1])

    client.get("/health/ready")
    client.get("/health/ready")

    assert len(asked) == 1
    assert not default_storage.exists(asked[0])


@pytest.fixture
def uncollected(settings, tmp_path, monkeypatch):
    settings.STATIC_ROOT = tmp_path
    monkeypatch.setattr(installation, "staticfiles_storage", CompressedManifestStaticFilesStorage())


@pytest.mark.django_db
def test_a_site_without_its_static_files_is_not_ready(client, uncollected):
    response = client.get("/health/ready")

    assert response.status_code == 503
    assert "run manage.py collectstatic" in response.json()["problems"][0]


def test_static_files_that_need_no_collecting_are_there(monkeypatch):
    monkeypatch.setattr(installation, "staticfiles_storage", StaticFilesStorage())

    assert installation.static_files_are_collected()
