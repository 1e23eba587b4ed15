"""Several runners at once, and runners that die or freeze: every release is still done once."""

import signal
import subprocess
import time
from pathlib import Path

import pytest
from django.db import connection

from tests.research.publishing.ledger.conftest import HOW_MANY, Newsroom

# The mark has the suite make its own database, which the planned one is copied from.
pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def run(newsroom: Newsroom, *more: str) -> list[str]:
    return ["run", "--published", str(newsroom.published), *more]


def several_runners(newsroom: Newsroom, count: int) -> None:
    for _ in range(count):
        newsroom.start(*run(newsroom))
    newsroom.wait_until(lambda: newsroom.states().get("done") == HOW_MANY)
    codes = newsroom.stop()

    assert codes == [0] * count, newsroom.logs()
    newsroom.assert_each_done_once()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the other one is for PostgreSQL")
def test_three_runners_on_sqlite_do_each_release_once(newsroom):
    several_runners(newsroom, 3)


@pytest.mark.postgres
def test_eight_runners_on_postgresql_do_each_release_once(newsroom):
    several_runners(newsroom, 8)


def page_of_release(newsroom: Newsroom, number: int) -> int:
    return newsroom.rows("SELECT article_id FROM research_release ORDER BY due_at")[number][0]


def test_a_runner_killed_in_the_middle_leaves_its_release_to_the_next(newsroom):
    victim = page_of_release(newsroom, 5)

    killed = newsroom.run(*run(newsroom, "--once", "--killed-by", str(victim)))

    assert killed == -signal.SIGKILL
    left = f"SELECT state, attempts, done_at FROM research_release WHERE article_id = {victim}"  # noqa: S608
    assert newsroom.rows(left) == [("due", 1, None)]
    is_live = f"SELECT live FROM wagtailcore_page WHERE id = {victim}"  # noqa: S608
    assert not newsroom.rows(is_live)[0][0]
    assert newsroom.states()["done"] == 5

    newsroom.start(*run(newsroom))
    newsroom.wait_until(lambda: newsroom.states().get("done") == HOW_MANY)
    assert newsroom.stop() == [0], newsroom.logs()
    newsroom.assert_each_done_once()


def test_a_release_that_kills_its_runner_each_time_keeps_nobody_waiting(newsroom):
    victim = page_of_release(newsroom, 0)
    kill = ["--killed-by", str(victim)]

    assert newsroom.run(*run(newsroom, "--once", *kill)) == -signal.SIGKILL
    assert newsroom.run(*run(newsroom, "--once", *kill)) in (0, -signal.SIGKILL)
    newsroom.run(*run(newsroom, "--once", *kill))

    assert newsroom.states()["done"] == HOW_MANY - 1
    assert newsroom.run(*run(newsroom, "--once")) == 0
    newsroom.start(*run(newsroom))
    newsroom.wait_until(lambda: newsroom.states().get("done") == HOW_MANY)
    newsroom.stop()
    newsroom.assert_each_done_once()


def test_the_command_itself_ends_clean_when_asked_to(newsroom):
    newsroom.rows("SELECT 1")
    process = newsroom.start_python("manage.py", "run_releases", "--settings", "config.settings.test")

    newsroom.wait_until(lambda: newsroom.states().get("done", 0) >= 1)
    process.terminate()

    assert process.wait(60) == 0, newsroom.logs()
    assert set(newsroom.states()) <= {"done", "planned"}


def test_kills_are_counted_towards_no_end(newsroom):
    victim = page_of_release(newsroom, 0)
    many = 500
    newsroom.execute(f"UPDATE research_release SET attempts = {many}, state = 'due' WHERE article_id = {victim}")  # noqa: S608

    assert newsroom.run(*run(newsroom, "--once")) == 0

    newsroom.assert_each_done_once()


def freeze(newsroom: Newsroom, *more: str) -> subprocess.Popen[bytes]:
    """Start a runner that stops in the middle of the sixth release, and return it."""
    victim = page_of_release(newsroom, 5)
    frozen = newsroom.start(*run(newsroom, "--frozen-by", str(victim), *more))
    newsroom.wait_until(lambda: is_stopped(frozen.pid))
    return frozen


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.mark.postgres
def test_a_frozen_runner_is_overtaken_when_the_database_takes_its_locks(newsroom):
    frozen = freeze(newsroom, "--idle-seconds", "3")

    started = time.monotonic()
    newsroom.start(*run(newsroom))
    newsroom.wait_until(lambda: newsroom.states().get("done") == HOW_MANY)
    assert time.monotonic() - started < 60
    assert is_stopped(frozen.pid)

    frozen.send_signal(signal.SIGCONT)
    time.sleep(2)
    assert newsroom.stop() == [0, 0], newsroom.logs()
    newsroom.assert_each_done_once()


@pytest.mark.postgres
def test_a_frozen_runner_keeps_only_its_own_release_where_index_writes_are_queued(newsroom):
    frozen = freeze(newsroom, "--queued")

    newsroom.start(*run(newsroom, "--queued"))
    newsroom.wait_until(lambda: newsroom.states().get("done") == HOW_MANY - 1)
    assert is_stopped(frozen.pid)

    frozen.send_signal(signal.SIGCONT)
    newsroom.wait_until(lambda: newsroom.states().get("done") == HOW_MANY)
    assert newsroom.stop() == [0, 0], newsroom.logs()
    newsroom.assert_each_done_once()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has more than one writer")
def test_a_frozen_runner_on_sqlite_is_named_in_the_log_of_the_others(newsroom):
    frozen = freeze(newsroom)

    newsroom.start(*run(newsroom))
    newsroom.wait_until(lambda: "process of this site that is stopped" in newsroom.logs())

    frozen.send_signal(signal.SIGCONT)
    newsroom.wait_until(lambda: newsroom.states().get("done") == HOW_MANY)
    assert newsroom.stop() == [0, 0], newsroom.logs()
    newsroom.assert_each_done_once()
