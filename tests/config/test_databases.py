import pytest
from django.db import connection

from config.databases import database


def test_sqlite_keeps_a_committed_publication_and_waits_for_other_writers():
    options = database("sqlite:///var/site.sqlite3")["OPTIONS"]

    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=FULL" in options["init_command"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 20


def test_postgresql_is_chosen_by_the_address_alone():
    settings = database("postgres://desk:secret@db.example:5433/newsroom")

    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", 5433, "newsroom")
    assert settings["CONN_HEALTH_CHECKS"]
    assert "init_command" not in settings.get("OPTIONS", {})


def test_either_database_keeps_a_connection_for_the_next_request():
    addresses = ("sqlite:///var/site.sqlite3", "postgres://db.example/newsroom")

    assert [database(address)["CONN_MAX_AGE"] for address in addresses] == [60, 60]
    assert database(addresses[0], keep_open_seconds=0)["CONN_MAX_AGE"] == 0


def test_postgresql_takes_the_locks_of_a_process_that_froze_and_waits_for_none_without_end():
    options = database("postgres://db.example/newsroom?options=-c%20lock_timeout%3D7s")["OPTIONS"]["options"]

    assert "idle_in_transaction_session_timeout=60s" in options
    # PostgreSQL takes the last one: what the address asks for.
    assert options.rindex("lock_timeout=7s") > options.index("lock_timeout=30s")


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_suite_runs_on_postgresql_when_asked():
    assert connection.vendor == "postgresql"
    assert connection.features.has_select_for_update_skip_locked
