"""Making a back-up of a running site, and restoring one elsewhere."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from common.backups.databases import database_file, read_database, refuse_a_database_in_use, write_database
from common.backups.manifest import MEDIA, BackupError, Manifest, damage, read_manifest, sum_of
from common.backups.media import copy_media, expected_names, read_media, refuse_other_media

PREFIX = "countersign-"
UNFINISHED = ".unfinished"
WHOLE = re.compile(rf"{PREFIX}\d{{8}}T\d{{12}}Z")


def make_backup(destination: Path, *, facts: dict[str, Any], look_at: Callable[[Path], None]) -> tuple[Path, list[str]]:
    """Back up the database and the media of a running site.

    Args:
        destination: the folder that gets the back-up's own folder.
        facts: kept in the manifest.
        look_at: called with the database's file before it is sealed by its sum; it may open it.

    Returns:
        The back-up's folder, and the media that the database names and the store does not have.

    Raises:
        BackupError: it could not be made; what was written of it is gone again.
    """
    began = datetime.now(UTC)
    name = _name_at(began)
    unfinished = destination / f"{name}{UNFINISHED}"
    try:
        # It holds addresses, passwords' hashes and drafts.
        unfinished.mkdir(parents=True, mode=0o700)
        missing = _fill(unfinished, began, facts, look_at)
        final = destination / name
        unfinished.rename(final)
        _sync(destination)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise BackupError(f"The back-up could not be written to {destination}: {error}.") from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return final, missing


def _fill(folder: Path, began: datetime, facts: dict[str, Any], look_at: Callable[[Path], None]) -> list[str]:
    manifest = Manifest(began.isoformat(), connection.vendor, database_file(), facts=facts)
    expected = expected_names()
    # Before the database and again after it: what the database names was stored before it was named.
    copy_media(folder / MEDIA, manifest.media)
    file = folder / manifest.database_file
    write_database(file)
    copy_media(folder / MEDIA, manifest.media)
    look_at(file)
    file.chmod(0o600)
    _sync(file)
    manifest.database_sum = sum_of(file)
    manifest.migrations = _migrations()
    manifest.finished_at = datetime.now(UTC).isoformat()
    manifest.write(folder)
    return sorted((expected & expected_names()) - manifest.media.keys())


def _migrations() -> dict[str, str]:
    """Return the last applied migration of each app."""
    return dict(sorted(MigrationRecorder(connection).applied_migrations()))


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def restore_backup(folder: Path) -> Manifest:
    """Bring a back-up back into this installation, which must be empty; return its manifest.

    Everything that can be refused is refused before anything is written.

    Raises:
        BackupError: it is not whole, not for this kind of database, or there is something already.
    """
    manifest = read_manifest(folder)
    if manifest.vendor != connection.vendor:
        raise BackupError(
            f"This is a back-up of {manifest.vendor}, and DATABASE_URL names {connection.vendor}. "
            "Restore it into a database of its own kind."
        )
    found = damage(folder, manifest)
    if found:
        raise BackupError(f"{folder} is not whole: {'; '.join(found[:10])}. Take another back-up.")
    refuse_a_database_in_use()
    refuse_other_media(manifest.media)
    read_media(folder / MEDIA, manifest.media)
    # Last, because a site with a database and without its pictures would start.
    read_database(folder / manifest.database_file)
    return manifest


def prune(destination: Path, keep: int, *, made: Path | None = None, site: str = "") -> list[Path]:
    """Delete all but the newest whole back-ups of a site in a folder and return what was deleted.

    Those ``from_the_future`` are left alone and not counted, and so are those whose manifest names another site.

    Args:
        keep: how many stay, the one that was made now among them.
        made: the back-up that was made now; it is never deleted, whatever a clock said before.
        site: as the facts of its manifest name it.
    """
    ours = [path for path in _whole(destination, until=datetime.now(UTC)) if path != made and _is_of(path, site)]
    old = sorted(ours)[: max(len(ours) + (made is not None) - keep, 0)]
    for path in old:
        # What is deleted by half must not look whole.
        shutil.rmtree(path.rename(path.with_name(f"{path.name}{UNFINISHED}")))
    return old


def from_the_future(destination: Path) -> list[Path]:
    """Return the whole back-ups in a folder whose names are later than now: a clock that was wrong made them."""
    return sorted(set(_whole(destination)) - set(_whole(destination, until=datetime.now(UTC))))


def _whole(destination: Path, *, until: datetime | None = None) -> Iterator[Path]:
    for path in destination.iterdir():
        if WHOLE.fullmatch(path.name) and path.is_dir() and (until is None or path.name <= _name_at(until)):
            yield path


def _is_of(path: Path, site: str) -> bool:
    """Tell whether a back-up is of a site; one that does not say whose it is counts as of any."""
    try:
        whose = read_manifest(path).facts.get("site", site)
    except BackupError:
        return True
    return bool(whose == site)


def _name_at(moment: datetime) -> str:
    return f"{PREFIX}{moment:%Y%m%dT%H%M%S%f}Z"
