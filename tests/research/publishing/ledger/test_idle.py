"""A runner with nothing to do asks little."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.models import Heartbeat
from research.management.commands.run_releases import Command, beating, repeat
from research.publishing.planning import run_due
from tests.factories import ArticlePageFactory, edit, schedule

pytestmark = pytest.mark.django_db


def test_looking_for_releases_is_one_query(article):
    edit(article, go_live_at=timezone.now() + timedelta(days=1))
    schedule(article)

    with CaptureQueriesContext(connection) as asked:
        run_due(timezone.now())

    assert len(asked) == 1


def test_a_round_with_nothing_due_is_two_queries():
    with CaptureQueriesContext(connection) as asked:
        Command().round(timezone.now())

    assert len(asked) <= 3
    assert not any(query["sql"].startswith(("BEGIN", "SAVEPOINT", "UPDATE")) for query in asked)


def test_a_round_leaves_the_rest_when_asked_to_stop(section):
    for _ in range(3):
        schedule(ArticlePageFactory(parent=section))
    asked = iter([False, True])

    assert run_due(timezone.now(), stopping=lambda: next(asked)) == 1


def test_work_that_was_done_is_followed_by_more_at_once():
    stopped = threading.Event()
    left = [3, 2, 1, 0]

    def work(now):
        if len(left) == 1:
            stopped.set()
        return left.pop(0)

    repeat(stopped, 60.0, work)

    assert left == []


def test_a_loop_goes_on_whatever_is_raised(monkeypatch, caplog):
    stopped, waits = threading.Event(), []
    monkeypatch.setattr(stopped, "wait", waits.append)
    left = [OperationalError("away"), ValueError("no such luck"), LookupError("nor here"), 0]

    def work(now):
        if len(left) == 1:
            stopped.set()
        if isinstance(left[0], Exception):
            raise left.pop(0)
        return left.pop(0)

    repeat(stopped, 1.5, work)

    assert left == []
    assert waits == [1.5, 2, 4, 1.5]
    assert "no such luck" in caplog.text


def test_a_loop_that_always_fails_gives_no_sign_of_life():
    def fail(now):
        raise ValueError("no such luck")

    with pytest.raises(ValueError, match="no such luck"):
        beating("releases", fail)(timezone.now())
    assert not Heartbeat.objects.exists()

    beating("releases", lambda now: 0)(timezone.now())
    assert Heartbeat.objects.exists()


def test_one_round_for_cron_says_what_it_did(article, capsys):
    schedule(article)

    call_command("run_releases", "--once")

    assert "1 release carried out" in capsys.readouterr().out
