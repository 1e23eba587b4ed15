from io import StringIO

import pytest

from research.management.commands.prove import Command
from research.trials.proving.replay import ATTEMPTS, TRACKER, Outcome


@pytest.mark.django_db
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.__name__)
def test_what_goes_wrong_with_plain_pages_does_not_with_articles(attempt):
    outcome = attempt()

    assert outcome.holds, outcome
    assert outcome.plain != outcome.countersign
    assert not outcome.thread or outcome.thread.startswith(TRACKER)


def test_the_table_prints_both_outcomes_and_where_they_are_discussed():
    out = StringIO()

    Command(stdout=out).print_table([Outcome("Trying", "live", "not public", holds=True, thread=f"{TRACKER}/issues/1")])

    assert "1 Trying" in out.getvalue()
    assert "live" in out.getvalue()
    assert "holds: not public" in out.getvalue()
    assert f"1 is discussed in {TRACKER}/issues/1" in out.getvalue()


@pytest.mark.parametrize(("holds", "code"), [(True, None), (False, 1)])
def test_the_exit_code_says_whether_every_row_holds(monkeypatch, holds, code):
    found = [Outcome("Trying", "live", "not public", holds=holds)]
    monkeypatch.setattr("research.management.commands.prove.outcomes", lambda: found)
    monkeypatch.setattr("research.management.commands.prove.throwaway_database", StringIO)
    command = Command(stdout=StringIO())

    ended = None
    try:
        command.handle()
    except SystemExit as exit_of_command:
        ended = exit_of_command.code

    assert ended == code
