"""Does the media store take, give back and delete a file?"""

import threading
import time
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from common.models.images import random_path

#: The store is asked at most this often by one process, however often the health page is.
ASK_EVERY_SECONDS = 30.0
#: A store that takes longer is as good as away.
PATIENCE_SECONDS = 5.0
CONTENT = b"countersign"


@dataclass
class Answer:
    """What the store did when it was last asked."""

    words: str = ""
    is_bad: bool = True
    asked_at: float = float("-inf")


_last = Answer()
_asking = threading.Lock()


def detail() -> tuple[str, bool]:
    """Return the line of the health page: words, and whether they are bad news."""
    if time.monotonic() - _last.asked_at >= ASK_EVERY_SECONDS and _asking.acquire(blocking=False):
        thread = threading.Thread(target=_ask, name="storage-health", daemon=True)
        thread.start()
        thread.join(PATIENCE_SECONDS)
        if thread.is_alive():
            _note(f"the media store has not answered for {PATIENCE_SECONDS:.0f} seconds", is_bad=True)
    return _last.words or "the media store is being asked", _last.is_bad


def gauges() -> dict[str, int]:
    """Return whether the media store works, as 1 or 0."""
    return {"countersign_media_store_up": int(not detail()[1])}


def _ask() -> None:
    try:
        name = default_storage.save(random_path("health", "probe.txt"), ContentFile(CONTENT))
        try:
            with default_storage.open(name) as file:
                is_same = file.read() == CONTENT
        finally:
            default_storage.delete(name)
        if is_same:
            _note("the media store takes and gives files", is_bad=False)
        else:
            _note("the media store gives back something else than it was given", is_bad=True)
    except Exception as error:  # noqa: BLE001 - each store fails in ways of its own
        _note(f"the media store fails: {type(error).__name__}", is_bad=True)
    finally:
        _asking.release()


def _note(words: str, *, is_bad: bool) -> None:
    _last.words, _last.is_bad, _last.asked_at = words, is_bad, time.monotonic()
