"""Making a back-up of a running site, and restoring one elsewhere."""

import os
import re
import shutil
from collections.abc import Callable
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
    name = f"{PREFIX}{began:%Y%m%dT%H%M%S%f}Z"
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


def prune(destination: Path, keep: int) -> list[Path]:
    """Delete all but the newest whole back-ups in a folder and return what was deleted."""
    whole = sorted(path for path in destination.iterdir() if WHOLE.fullmatch(path.name) and path.is_dir())
    old = whole[: max(len(whole) - keep, 0)]
    for path in old:
        shutil.rmtree(path)
    return old
