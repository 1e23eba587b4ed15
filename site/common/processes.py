"""Child processes that are kept running and stopped together."""

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

logger = logging.getLogger("countersign.processes")

#: A child that ran this long and then died starts again at once, with the first wait forgotten.
STEADY_SECONDS = 30.0
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
#: How long a child may take to finish its work before it is killed.
GRACE_SECONDS = 15.0
POLL_SECONDS = 0.1

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class Child:
    """One command that should always be running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    next_start: float = field(default=0.0)

    def is_running(self) -> bool:
        """Tell whether the process is there."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Runs children until it is told to stop; a child that dies is started again, later each time."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        environment: Mapping[str, str] | None = None,
        first_wait_seconds: float = FIRST_WAIT_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self.children = list(children)
        self.environment = dict(os.environ if environment is None else environment)
        self.first_wait_seconds = first_wait_seconds
        self.grace_seconds = grace_seconds
        self._stopping = threading.Event()

    def run(self, *, while_starting: Callable[[], bool] | None = None) -> None:
        """Keep the children running until ``stop`` is called, then end them.

        Args:
            while_starting: asked on every round until it returns True, for what waits for the children.
        """
        waiting = while_starting
        try:
            while not self._stopping.is_set():
                for child in self.children:
                    self._keep_running(child)
                if waiting is not None and waiting():
                    waiting = None
                self._stopping.wait(POLL_SECONDS)
        finally:
            self._end_children()

    def stop(self) -> None:
        """Ask ``run`` to end the children and return; may be called from a signal handler or another thread."""
        self._stopping.set()

    def stop_on_signals(self) -> None:
        """Stop when the process is told to end, also by Ctrl-C or a closed terminal."""
        for number in STOP_SIGNALS:
            signal.signal(number, lambda *_: self.stop())

    def _keep_running(self, child: Child) -> None:
        if child.is_running():
            return
        now = time.monotonic()
        if child.process is not None:
            self._note_death(child, now)
        if now >= child.next_start:
            # A session of its own: Ctrl-C reaches the children once, through us.
            child.process = subprocess.Popen(  # noqa: S603 - the command is ours
                child.command, env=self.environment, start_new_session=True
            )
            child.started_at = now

    def _note_death(self, child: Child, now: float) -> None:
        assert child.process is not None  # noqa: S101 - for the type checker
        if now - child.started_at >= STEADY_SECONDS:
            child.deaths = 0
        wait = min(self.first_wait_seconds * 2 ** min(child.deaths, 20), LONGEST_WAIT_SECONDS)
        child.deaths += 1
        child.next_start = now + wait
        _end_group(child.process.pid)
        logger.error("%s ended with %s; starting it again in %.1f s", child.name, child.process.returncode, wait)
        child.process = None

    def _end_children(self) -> None:
        running = [child for child in self.children if child.is_running()]
        for child in running:
            child.process.terminate()  # type: ignore[union-attr]
        deadline = time.monotonic() + self.grace_seconds
        for child in running:
            self._wait_or_kill(child, deadline)

    def _wait_or_kill(self, child: Child, deadline: float) -> None:
        assert child.process is not None  # noqa: S101 - for the type checker
        try:
            child.process.wait(timeout=max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            logger.warning("%s did not end in time and is killed", child.name)
            _end_group(child.process.pid)
            child.process.wait()


def _end_group(group: int) -> None:
    """Kill what a child left running: a server's workers would hold its port against the next one."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
