"""When each tag was last purged: a small file that all processes of a machine have in their memory.

A purge is the next number of a sequence. It is written to the place of each purged tag, and then to the head. An
answer keeps the number that stood at the head before its page was made: it is good while no place of its tags holds
a larger one. So a purge is seen by every process as soon as it is made, costs the same however many pages it
concerns, and also meets the page that somebody is just making. Two tags may share a place; then pages go too early.
"""

import fcntl
import hashlib
import mmap
import os
import secrets
import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

#: What the numbers at the head are; a new meaning needs a new MAGIC.
MAGIC_AT, EPOCH_AT, BOOT_AT, SEQUENCE_AT, HITS_AT, MISSES_AT, STORED_AT, FILES_AT, SWEPT_AT, MADE_AT = range(10)
MAGIC = 0x436F756E74657202
HEAD = 64
PLACES = 65_536
SIZE = (HEAD + PLACES) * 8
NAME, LOCK_NAME = "stamps", "stamps.lock"
#: So long a process trusts that the file it has is still the one in the folder: to ask costs as much as all else that
#: finding a page takes. Whoever purges asks, and waits while the file is younger, for those who trust the one before.
TRUSTED_SECONDS = 0.01
NOT_YET = 2**63
#: A process that was stopped while it purged keeps nobody else from purging for longer.
LOCK_PATIENCE_SECONDS = 0.2


def place_of(tag: str) -> int:
    """Return where the number of a tag stands."""
    return HEAD + zlib.crc32(tag.encode()) % PLACES


class Stamps:
    """The numbers of one folder; made where they are missing, or left from before the machine was started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self._path = str(self.path)
        self._opening = threading.Lock()
        self._file_id: tuple[int, int] | None = None
        self._numbers: memoryview | None = None
        self._trusted_until = 0.0

    def numbers(self) -> memoryview:
        """Return the numbers; those of a new file where somebody deleted the one that was open.

        Raises:
            OSError: the folder cannot be written.
        """
        now = time.monotonic()
        if now < self._trusted_until and self._numbers is not None:
            return self._numbers
        numbers = self._found()
        self._trusted_until = now + TRUSTED_SECONDS
        return numbers

    def _found(self) -> memoryview:
        """Return the numbers of the file that is in the folder now."""
        try:
            now = os.stat(self._path)
            if (now.st_dev, now.st_ino) == self._file_id and self._numbers is not None:
                return self._numbers
        except FileNotFoundError:
            pass
        return self._open()

    def epoch(self) -> int:
        """Return what tells the numbers of one file from those of another."""
        return int(self.numbers()[EPOCH_AT])

    def sequence(self) -> int:
        """Return the number of the last purge. Ask before a page is made."""
        return int(self.numbers()[SEQUENCE_AT])

    def newest(self, tags: Iterable[str]) -> tuple[int, int]:
        """Return the epoch, and the number of the last purge of any of these tags: what depends on them keeps it."""
        numbers = self.numbers()
        return int(numbers[EPOCH_AT]), max(int(numbers[place_of(tag)]) for tag in tags)

    def purge(self, tags: Iterable[str]) -> None:
        """Let no process serve a page with one of these tags that was begun before now."""
        places = {place_of(tag) for tag in tags}
        with self._locked():
            numbers = self._found()
            number = numbers[SEQUENCE_AT] + 1
            for place in places:
                numbers[place] = number
            numbers[SEQUENCE_AT] = number  # last: who reads it sees the places, too
        _wait_for_those_before(numbers)

    def purge_everything(self) -> None:
        """Let no process serve any page that was begun before now."""
        with self._locked():
            numbers = self._found()
            numbers[EPOCH_AT] = _new_epoch()
        _wait_for_those_before(numbers)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with exclusive(self.folder / LOCK_NAME, LOCK_PATIENCE_SECONDS):
            yield

    def _open(self) -> memoryview:
        with self._opening:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Made by one process, under a lock of its own: whoever purges holds the other one.
            with exclusive(self.folder / f"{NAME}.making", 5), self._file() as file:
                kept = os.fstat(file.fileno())
                numbers = memoryview(mmap.mmap(file.fileno(), SIZE)).cast("Q")
                if numbers[MADE_AT] == NOT_YET:
                    numbers[MADE_AT] = _microseconds()  # after the one before was gone from the folder
            self._file_id, self._numbers = (kept.st_dev, kept.st_ino), numbers
            return numbers

    @contextmanager
    def _file(self) -> Iterator[IO[bytes]]:
        if not self._fits():
            made = self.path.with_suffix(f".{secrets.token_hex(8)}")
            numbers = memoryview(bytearray(SIZE)).cast("Q")
            numbers[MAGIC_AT], numbers[EPOCH_AT], numbers[BOOT_AT] = MAGIC, _new_epoch(), _boot()
            numbers[MADE_AT] = NOT_YET
            made.write_bytes(numbers.tobytes())
            made.replace(self.path)
        with self.path.open("r+b") as file:
            yield file

    def _fits(self) -> bool:
        try:
            head = memoryview(self.path.read_bytes()[: HEAD * 8]).cast("Q")
            return self.path.stat().st_size == SIZE and (head[MAGIC_AT], head[BOOT_AT]) == (MAGIC, _boot())
        except (OSError, TypeError, IndexError):
            return False


@contextmanager
def exclusive(path: Path, patience_seconds: float) -> Iterator[bool]:
    """Hold a lock between threads and processes; yield whether it was had before the patience was over."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _locked_within(handle, patience_seconds)
    finally:
        os.close(handle)


def _locked_within(handle: int, patience_seconds: float) -> bool:
    end = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.002)
        else:
            return True


def _wait_for_those_before(numbers: memoryview) -> None:
    """Wait until every process that trusts the file before this one has asked for it again."""
    age = (_microseconds() - numbers[MADE_AT]) / 1_000_000
    time.sleep(min(max(0.0, TRUSTED_SECONDS - age), TRUSTED_SECONDS))


def _microseconds() -> int:
    return int(time.monotonic() * 1_000_000)


def _new_epoch() -> int:
    return secrets.randbits(63)


def _boot() -> int:
    """Return what is another number after the machine was started again; 0 where it has none."""
    try:
        words = Path("/proc/sys/kernel/random/boot_id").read_bytes()
    except OSError:
        return 0
    return int.from_bytes(hashlib.sha256(words).digest()[:7], "big")
