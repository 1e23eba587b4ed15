"""What the runner does now and then."""

from datetime import timedelta

import pytest
from django.utils import timezone

from research import periodic
from research.periodic import run_due_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch):
    """Put two jobs in the place of the real ones; return the list of what was done."""
    calls = []

    def failing(now):
        calls.append("failing")
        raise RuntimeError("no such luck")

    jobs = {
        "failing": (timedelta(minutes=5), failing),
        "working": (timedelta(minutes=1), lambda now: calls.append("working")),
    }
    monkeypatch.setattr(periodic, "JOBS", jobs)
    return calls


def test_a_job_that_fails_keeps_no_other_from_being_done(done):
    assert run_due_jobs(timezone.now(), ["failing", "working"]) == 1
    assert done == ["failing", "working"]


def test_a_job_is_done_once_in_its_time_however_many_runners_look(done):
    now = timezone.now()

    for seconds in (0, 1, 59):
        run_due_jobs(now + timedelta(seconds=seconds), ["working"])
    assert done == ["working"]

    run_due_jobs(now + timedelta(seconds=60), ["working"])
    assert done == ["working", "working"]


def test_only_the_jobs_asked_for_are_done(done):
    run_due_jobs(timezone.now(), ["working"])

    assert done == ["working"]


def test_the_runner_sees_to_alerts_lists_the_sentinel_and_the_checkpoints():
    watching, keeping = (
        {"alerts", "late-go-lives", "preflight", "re-reviews", "searches", "sentinel", "signature-queue"},
        {"lists", "counts", "clean-up", "public-pictures"},
    )

    assert set(periodic.JOBS) == watching | keeping | {"checkpoint", "followers", "readership"}
