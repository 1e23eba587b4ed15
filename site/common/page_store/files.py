"""The answers of a machine in files of a folder, and the newest of them in this process's memory."""

import contextlib
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common.page_store import stamps
from common.page_store.answers import LONGEST_SECONDS, Answer, from_bytes, head_of, to_bytes
from common.page_store.stamps import Stamps, exclusive, place_of

logger = logging.getLogger("countersign.page_store")

#: More files are not kept, nor larger answers: whoever asks for anything there is cannot fill the disk.
MOST_FILES = 5_000
LARGEST_BYTES = 1_000_000
MEMORY_BYTES = 12_000_000
LOCKS = 256
#: How long others wait for the one who makes a page; then each makes it alone.
MAKING_SECONDS = 2.0


class Store:
    """Finds and keeps answers; every process of the machine sees the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stamps = Stamps(folder)
        self._memory: dict[str, Answer] = {}
        self._memory_bytes = 0
        self._remembering = threading.Lock()

    def find(self, name: str) -> Answer | None:
        """Return the answer of this name while it is good, else None; and count which it was.

        Raises:
            OSError: the folder cannot be written.
        """
        numbers = self.stamps.numbers()
        answer = self._memory.get(name)
        if answer is None or not self._is_good(answer, numbers):
            answer = self._read(name, numbers)
        where = stamps.MISSES_AT if answer is None else stamps.HITS_AT
        numbers[where] = numbers[where] + 1  # about: two processes at the same moment may count one
        return answer

    def _read(self, name: str, numbers: memoryview) -> Answer | None:
        try:
            answer = from_bytes(self._path(name).read_bytes())
        except (OSError, ValueError, TypeError, KeyError):
            return None
        if not self._is_good(answer, numbers):
            return None
        self._remember(name, answer)
        return answer

    def keep(self, name: str, answer: Answer) -> bool:
        """Keep an answer that is still good; tell whether it was kept.

        One that was begun before the last purge of anything that it shows is never found, even if it is written.
        """
        if answer.size > LARGEST_BYTES or not self._is_good(answer, self.stamps.numbers()) or not self._has_room():
            return False
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(f".{secrets.token_hex(6)}")
        made.write_bytes(to_bytes(answer))
        is_new = not path.exists()
        made.replace(path)
        numbers = self.stamps.numbers()
        numbers[stamps.STORED_AT] = numbers[stamps.STORED_AT] + 1
        numbers[stamps.FILES_AT] = numbers[stamps.FILES_AT] + is_new
        self._remember(name, answer)
        return True

    @contextlib.contextmanager
    def making(self, name: str) -> Iterator[bool]:
        """Let one make a page while others wait; yield whether somebody else made it, or tried, meanwhile."""
        folder = self.folder / "locks"
        lock = folder / str(place_of(name) % LOCKS)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.touch()
        except OSError:
            yield False
            return
        with exclusive(lock, 0) as is_first:
            if is_first:
                yield False
                return
        with exclusive(lock, MAKING_SECONDS):
            pass
        yield True

    def urls_of(self, tags: set[str]) -> set[str]:
        """Return the addresses of the last minutes with one of these tags: caches outside may hold them."""
        return {head["url"] for head in self._heads() if not tags.isdisjoint(head["tags"])}

    def sweep(self) -> int:
        """Delete what time ended a while ago; return how many files are left."""
        left = 0
        for path in self._files():
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > 2 * LONGEST_SECONDS:
                    path.unlink()
                else:
                    left += 1
        numbers = self.stamps.numbers()
        numbers[stamps.FILES_AT], numbers[stamps.SWEPT_AT] = left, int(time.monotonic())
        return left

    def _is_good(self, answer: Answer, numbers: memoryview) -> bool:
        if answer.epoch != numbers[stamps.EPOCH_AT] or not answer.is_in_time():
            return False
        last = numbers[stamps.SEQUENCE_AT]
        if answer.seen != last:
            begun = answer.begun
            if any(numbers[place] > begun for place in answer.places):
                return False
            answer.seen = last
        return True

    def _has_room(self) -> bool:
        numbers = self.stamps.numbers()
        is_full = numbers[stamps.FILES_AT] >= MOST_FILES
        since = time.monotonic() - numbers[stamps.SWEPT_AT]
        if since > LONGEST_SECONDS or (is_full and since > 5):
            return self.sweep() < MOST_FILES
        return not is_full

    def _remember(self, name: str, answer: Answer) -> None:
        with self._remembering:
            before = self._memory.pop(name, None)
            self._memory[name] = answer
            self._memory_bytes += answer.size - (before.size if before else 0)
            while self._memory_bytes > MEMORY_BYTES:
                oldest = next(iter(self._memory))
                self._memory_bytes -= self._memory.pop(oldest).size

    def _path(self, name: str) -> Path:
        return self.folder / "answers" / name[:2] / name

    def _files(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            for entry in os.scandir(self.folder / "answers"):
                with contextlib.suppress(OSError):
                    yield from (Path(file.path) for file in os.scandir(entry.path))

    def _heads(self) -> Iterator[dict[str, Any]]:
        for path in self._files():
            with contextlib.suppress(OSError, ValueError), path.open("rb") as file:
                yield head_of(file.readline())
