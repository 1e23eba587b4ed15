import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError

from common import health


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(health, "_migrated", set())


def test_a_live_process_answers_without_the_database(client):
    response = client.get("/health/live")

    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_migrated_site_is_ready(client):
    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.json()["details"]["ledger"]["state"] == "green"


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
