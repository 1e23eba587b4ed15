"""Whole pages in files of this machine: what one process printed, no other prints again.

A file is named after all that its page is made of, the release of the site among it (``version``): it is out of date in
nothing, and deleting any of them loses nothing. They lie in ``DATA_DIR/printed``, for a week, each under a seal of the
site's key: nobody who can write there, and nothing that breaks there, puts a word before readers.
"""

import contextlib
import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from common.outbox import register, tell_soon
from common.page_store.shown import Page
from common.printing.memory import key_of, memory, packed, unpacked
from common.printing.version import version

logger = logging.getLogger("countersign.printing")

#: They lie in 256 folders by the first letters of their names. A full one loses its oldest files, so that whoever asks
#: for whatever cannot fill the disk: some 20,000 pages of 10 kB.
MOST_IN_A_FOLDER, MADE_ROOM_FOR = 80, 8
LONGEST_SECONDS, LONGEST_OF_ANOTHER_SECONDS = 7 * 24 * 3_600, 24 * 3_600
#: No page takes longer from the reading of its rows to its file.
PRINTING_SECONDS = 120
SEAL_BYTES = 32
FORGET = "forget-printed"


@dataclass(frozen=True)
class Printed:
    """A page, and what it says of itself."""

    html: str
    shown: Page


def printed_once(made_of: Any, make: Callable[[], Printed]) -> Printed:
    """Return the page that is made of some values: from memory or a file, if it was made of the same before.

    Args:
        made_of: all that ``make`` depends on, plain values.
        make: asks nothing of the database.
    """
    if settings.DEBUG:  # who changes templates wants to see it
        return make()
    key = key_of(made_of)
    if (page := _page_in(memory().get(key))) is not None:
        return page
    file = _file_of(key)
    kept = _read(file) if file else None
    if (page := _page_in(kept)) is None:
        page = make()
        kept = packed(_text_of(page))
        if file:
            _write(file, kept)
    memory().set(key, kept)
    return page


def _text_of(page: Printed) -> str:
    shown = page.shown
    until = shown.until.isoformat() if shown.until else None
    head = {"tags": sorted(shown.tags), "tables": sorted(shown.tables), "until": until}
    return f"{json.dumps(head)}\n{page.html}"


def _page_in(kept: bytes | None) -> Printed | None:
    """Return the page; None where there is none, or time made it another."""
    if kept is None:
        return None
    line, _, html = unpacked(kept).partition("\n")
    head = json.loads(line)
    until = datetime.fromisoformat(head["until"]) if head["until"] else None
    if until and until <= timezone.now():
        return None
    return Printed(html, Page(tags=set(head["tags"]), tables=set(head["tables"]), until=until))


def _file_of(key: str) -> Path | None:
    folder: Path | None = settings.PRINTED_DIR
    return folder / version() / key[:2] / key if folder else None


def _read(file: Path) -> bytes | None:
    """Return what is kept in a file; None where there is nothing, or not what a process of this site wrote there."""
    try:
        written = file.read_bytes()
    except OSError:
        return None
    seal, kept = written[:SEAL_BYTES], written[SEAL_BYTES:]
    return kept if constant_time_compare(seal, _seal_of(file, kept)) else None


def _seal_of(file: Path, kept: bytes) -> bytes:
    return salted_hmac(f"{__name__}/{file.name}", kept, algorithm="sha256").digest()


def _write(file: Path, kept: bytes) -> None:
    """Write a file at once whole; a disk that does not take it costs nothing but the next printing."""
    made = file.with_suffix(f".{secrets.token_hex(6)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _make_room(file.parent)
        made.write_bytes(_seal_of(file, kept) + kept)
        made.replace(file)
    except OSError as error:
        _delete(made)
        logger.warning("A printed page could not be kept: %s", error)


def _make_room(folder: Path) -> None:
    files = [Path(entry.path) for entry in os.scandir(folder)]
    if len(files) >= MOST_IN_A_FOLDER:
        for file in sorted(files, key=_changed_at)[:MADE_ROOM_FOR]:
            file.unlink(missing_ok=True)


def _changed_at(file: Path) -> float:
    with contextlib.suppress(OSError):
        return file.stat().st_mtime
    return 0.0


def sweep() -> int:
    """Delete what is over a week old, or a day of another release; return how many files that were.

    And what was just being printed when all was forgotten: its rows may have been read before.
    """
    marker = _marker()
    forgotten_until = _changed_at(marker) + PRINTING_SECONDS if marker and marker.exists() else 0.0
    done = sum(_delete(file) for file in _files() if _is_over(file, forgotten_until))
    if marker and forgotten_until < time.time():
        _delete(marker)
    _delete_empty_folders()
    return done


def _is_over(file: Path, forgotten_until: float) -> bool:
    longest = LONGEST_SECONDS if file.parent.parent.name == version() else LONGEST_OF_ANOTHER_SECONDS
    changed, now = _changed_at(file), time.time()
    return changed > now or changed < max(now - longest, forgotten_until)


def _delete_empty_folders() -> None:
    """Of other releases: nobody writes there any more."""
    for release in settings.PRINTED_DIR.glob("*/") if settings.PRINTED_DIR else ():
        if release.name != version():
            for folder in [*release.glob("*/"), release]:
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _marker() -> Path | None:
    """Return the file that says by its time when all was forgotten."""
    return settings.PRINTED_DIR / "forgotten" if settings.PRINTED_DIR else None


def forget_soon() -> None:
    """Delete all of them once this transaction is done, again until the disk takes it: somebody's words or name go."""
    tell_soon(FORGET, {})


@register(FORGET)
def forget(message: object = None) -> None:
    """Delete all of them, and what this process remembers.

    Raises:
        OSError: one of them is still there.
    """
    memory().clear()
    marker = _marker()
    if marker and marker.parent.exists():
        marker.touch()
    for file in _files():
        file.unlink(missing_ok=True)


def _delete(file: Path) -> bool:
    with contextlib.suppress(OSError):
        file.unlink()
        return True
    return False


def _files() -> Iterator[Path]:
    if settings.PRINTED_DIR:
        yield from (path for path in list(settings.PRINTED_DIR.glob("*/*/*")))
