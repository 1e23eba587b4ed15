"""A runner with nothing to do asks little."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from research.management.commands.run_releases import Command, repeat
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


def test_one_round_for_cron_says_what_it_did(article, capsys):
    schedule(article)

    call_command("run_releases", "--once")

    assert "1 release carried out" in capsys.readouterr().out
