"""One row that fails keeps no other from its turn, and a database that is away is told from rows that fail."""

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError

from common.faults import MOST_IN_A_ROW, for_each, is_of_environment, twice


def work_failing_for(failing, error, done):
    def work(row):
        if row in failing:
            raise error
        done.append(row)

    return work


def test_one_that_fails_is_logged_and_the_others_go_on(caplog):
    done = []

    errors = for_each("abcd", work_failing_for("ac", ValueError("no such luck"), done), "Row %s failed")

    assert done == ["b", "d"]
    assert [str(error) for error in errors] == ["no such luck"] * 2
    assert [record.getMessage() for record in caplog.records] == ["Row a failed", "Row c failed"]


def test_one_that_the_database_fails_for_keeps_no_other_from_its_turn():
    done = []

    for_each("abcdef", work_failing_for("abdf", OperationalError("lock timeout"), done), "%s")

    assert done == ["c", "e"]


def test_a_database_that_is_away_ends_it():
    tried = []

    def work(row):
        tried.append(row)
        raise OperationalError("server closed the connection")

    with pytest.raises(OperationalError):
        for_each("abcdef", work, "%s")

    assert len(tried) == MOST_IN_A_ROW


def test_what_the_others_would_fail_of_ends_it():
    done = []

    with pytest.raises(LookupError):
        for_each("abc", work_failing_for("b", LookupError(), done), "%s", unless=(LookupError,))

    assert done == ["a"]


OfTheClient = type("DataError", (Exception,), {"__module__": "psycopg.errors", "sqlstate": "22003"})
TooLarge = type("ProgramLimitExceeded", (Exception,), {"__module__": "psycopg.errors", "sqlstate": "54000"})
Deadlock = type("DeadlockDetected", (Exception,), {"__module__": "psycopg.errors", "sqlstate": "40P01"})


@pytest.mark.parametrize(
    ("error", "cause", "expected"),
    [
        (DataError("out of range"), OfTheClient(), False),
        (IntegrityError("null value"), OfTheClient(), False),
        (OperationalError("index row size exceeds the maximum"), TooLarge(), False),
        (OperationalError("deadlock detected"), Deadlock(), True),
        (InterfaceError("the connection is closed"), None, True),
    ],
)
def test_what_the_database_refuses_is_told_from_a_database_that_fails(error, cause, expected):
    error.__cause__ = cause
    stands_for_another = LookupError("not stored")
    stands_for_another.__cause__ = error

    assert is_of_environment(error) is expected
    assert is_of_environment(stands_for_another) is expected


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("deadlock detected"), InterfaceError("closed")])
def test_what_the_database_failed_is_done_once_more_and_no_oftener(error):
    outcomes = [error, "done", error, error, "never"]

    def work():
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert twice(work, "%s: %s", "a") == "done"
    with pytest.raises(type(error)):
        twice(work, "%s: %s", "b")
    assert outcomes == ["never"]
