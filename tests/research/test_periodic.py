"""What the runner does now and then."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from research import periodic
from research.models.watch import PeriodicJob
from research.periodic import run_due_jobs
from research.publishing import alerts
from research.record import late, re_reviews, signature_queue
from tests.factories import ArticlePageFactory, GlossaryTermFactory, edit, publish, schedule

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

    run_due_jobs(now + timedelta(seconds=61), ["working"])
    assert done == ["working", "working"]


def test_a_job_that_a_wrong_clock_put_off_for_years_is_done_by_the_right_one(done):
    now = timezone.now()

    run_due_jobs(now + timedelta(days=4 * 365), ["working"])
    for seconds in (0, 59):
        run_due_jobs(now + timedelta(seconds=seconds), ["working"])

    assert done == ["working", "working"]


def test_a_runner_that_read_the_time_a_moment_earlier_does_not_do_it_again(done):
    now = timezone.now()

    run_due_jobs(now, ["working"])
    run_due_jobs(now - timedelta(seconds=20), ["working"])

    assert done == ["working"]


@pytest.mark.django_db(transaction=True)
def test_a_job_that_takes_longer_than_its_time_is_done_by_one_at_a_time(monkeypatch):
    begun, go_on, now = threading.Event(), threading.Event(), timezone.now()
    every, calls = timedelta(seconds=0.6), []

    def slow(now):
        calls.append(now)
        begun.set()
        go_on.wait(10)

    monkeypatch.setattr(periodic, "JOBS", {"slow": (every, slow)})
    first = threading.Thread(target=lambda: (run_due_jobs(now), connection.close()))
    first.start()
    begun.wait(10)
    first.join(1.5)

    run_due_jobs(timezone.now())

    go_on.set()
    first.join(10)
    assert calls == [pytest.approx(now, abs=timedelta(seconds=1))]
    assert PeriodicJob.objects.get().due_at < timezone.now()


def two_late_releases(section):
    for _ in range(2):
        schedule(ArticlePageFactory(parent=section))


def two_late_go_lives(section):
    for _ in range(2):
        edit(ArticlePageFactory(parent=section), go_live_at=timezone.now() + timedelta(hours=1))


def two_public_articles(section):
    for _ in range(2):
        publish(ArticlePageFactory(parent=section))


def two_unsigned_texts(section):
    for term in ("Myelin", "Axon"):
        GlossaryTermFactory(term=term, plain_words="A part of a nerve.")


@pytest.mark.parametrize(
    ("job", "announced_in", "announce", "make_two"),
    [
        ("alerts", alerts, "announce_late", two_late_releases),
        ("late-go-lives", late, "announce_late_go_live", two_late_go_lives),
        ("re-reviews", re_reviews, "announce_re_review", two_public_articles),
        ("signature-queue", signature_queue, "announce_text_waiting", two_unsigned_texts),
    ],
)
def test_one_that_cannot_be_told_of_keeps_no_other_from_being_told(
    section, monkeypatch, job, announced_in, announce, make_two
):
    tried = []

    def fail_at_first(row, *args, **kwargs):
        tried.append(row)
        if len(tried) == 1:
            raise ValueError("It cannot be read.")

    make_two(section)
    monkeypatch.setattr(announced_in, announce, fail_at_first)

    run_due_jobs(timezone.now() + timedelta(days=3 * 365), [job])

    assert len(tried) == 2


def test_only_the_jobs_asked_for_are_done(done):
    run_due_jobs(timezone.now(), ["working"])

    assert done == ["working"]


def test_the_runner_sees_to_alerts_lists_the_sentinel_and_the_checkpoints():
    watching, keeping = (
        {"alerts", "imports", "late-go-lives", "preflight", "re-reviews", "searches", "sentinel", "signature-queue"},
        {"lists", "places", "counts", "clean-up", "printing", "public-pictures"},
    )

    assert set(periodic.JOBS) == watching | keeping | {"checkpoint", "followers", "readership"}
