import os
import sys
import threading
import time
from pathlib import Path

import pytest

from common.processes import Child, Supervisor


def wait_until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def is_alive(process_id: int) -> bool:
    """Tell whether a process runs; one that ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def run():
    """Run children in a thread until the test ends, and return the supervisor."""
    started = []

    def start(*children, **options):
        supervisor = Supervisor(children, first_wait_seconds=0.05, grace_seconds=2.0, **options)
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        started.append((supervisor, thread))
        return supervisor

    yield start
    for supervisor, thread in started:
        supervisor.stop()
        thread.join(timeout=10)
        assert not thread.is_alive()


def writing(path: Path, then: str) -> list[str]:
    """Return a command that notes its process id in a file and goes on with ``then``."""
    return [sys.executable, "-c", f"import os, time; print(os.getpid(), file=open({str(path)!r}, 'a')); {then}"]


def test_a_child_that_dies_is_started_again(run, tmp_path):
    log = tmp_path / "starts"

    run(Child("short", writing(log, "raise SystemExit(3)")))

    wait_until(lambda: len(lines(log)) >= 3)
    assert len(set(lines(log))) == len(lines(log))


def test_a_child_that_keeps_dying_does_not_stop_the_other(run, tmp_path):
    bad, good = tmp_path / "bad", tmp_path / "good"
    steady = Child("steady", writing(good, "time.sleep(60)"))

    run(Child("short", writing(bad, "raise SystemExit(3)")), steady)

    wait_until(lambda: len(lines(bad)) >= 3)
    wait_until(lambda: len(lines(good)) == 1)
    assert steady.is_running()


def test_each_death_doubles_the_wait(tmp_path):
    child = Child("short", [sys.executable, "-c", "raise SystemExit(3)"])
    supervisor = Supervisor([child], first_wait_seconds=1.0)
    waits = []
    for _ in range(3):
        child.next_start = 0.0
        supervisor._keep_running(child)
        wait_until(lambda: not child.is_running())
        before = time.monotonic()
        supervisor._keep_running(child)
        waits.append(round(child.next_start - before))

    assert waits == [1, 2, 4]


def test_stopping_ends_every_child(run, tmp_path):
    log = tmp_path / "starts"
    children = [Child(name, writing(log, "time.sleep(60)")) for name in ("one", "two")]
    supervisor = run(*children)
    wait_until(lambda: len(lines(log)) == 2)

    supervisor.stop()

    wait_until(lambda: not any(child.is_running() for child in children))


def test_a_child_that_ignores_the_signal_is_killed(run, tmp_path):
    log = tmp_path / "starts"
    deaf = Child("deaf", writing(log, "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"))
    supervisor = run(deaf)
    wait_until(lambda: len(lines(log)) == 1)
    time.sleep(0.2)

    supervisor.stop()

    wait_until(lambda: not deaf.is_running())
    with pytest.raises(ProcessLookupError):
        os.kill(int(lines(log)[0]), 0)


def test_what_a_dead_child_left_running_is_ended(run, tmp_path):
    orphan = tmp_path / "orphan"
    code = f"import subprocess; p = subprocess.Popen(['sleep', '60']); print(p.pid, file=open({str(orphan)!r}, 'a'))"

    run(Child("parent", [sys.executable, "-c", code]))

    wait_until(lambda: len(lines(orphan)) >= 2)
    wait_until(lambda: not is_alive(int(lines(orphan)[0])))


def test_what_waits_for_the_start_is_asked_until_it_is_done(run):
    answers = iter([False, False, True])
    asked = []

    supervisor = Supervisor([])
    thread = threading.Thread(
        target=supervisor.run, kwargs={"while_starting": lambda: asked.append(1) or next(answers)}
    )
    thread.start()
    wait_until(lambda: len(asked) == 3)
    time.sleep(0.3)
    supervisor.stop()
    thread.join(timeout=5)

    assert len(asked) == 3
