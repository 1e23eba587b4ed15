"""Where this machine's store is, and whether there is one."""

import logging
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from common.page_store.files import Store
from common.page_store.settled import settled

logger = logging.getLogger("countersign.page_store")


def is_on() -> bool:
    """Tell whether pages are kept."""
    return bool(settings.PAGE_STORE)


@settled()
def store() -> Store | None:
    """Return the store of this machine; None where pages are not kept."""
    return _store_in(settings.PAGE_STORE_DIR) if settings.PAGE_STORE else None


def empty() -> None:
    """End every page that this machine keeps: those of another release, or of another state of the database."""
    here = store()
    if here is not None:
        try:
            here.stamps.purge_everything()
        except OSError:
            logger.exception("The page store could not be emptied")


@lru_cache(maxsize=4)
def _store_in(folder: Path) -> Store:
    return Store(folder)
