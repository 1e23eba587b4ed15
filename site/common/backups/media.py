"""Pictures, from and to whatever store the installation has."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from django.core.files import File
from django.core.files.storage import Storage, default_storage

from common.backups.manifest import CHUNK_BYTES, BackupError
from common.media import READY_PREFIX
from common.models import Image, Rendition


def expected_names() -> set[str]:
    """Return the files that the database says there are."""
    return {name for model in (Image, Rendition) for name in model.objects.values_list("file", flat=True) if name}


def stored_names(storage: Storage = default_storage, folder: str = "") -> Iterator[str]:
    """Yield the names of all files in a store; a store that was never written to has none."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    prefix = f"{folder}/" if folder else ""
    yield from (prefix + name for name in files if name)
    for name in folders:
        yield from stored_names(storage, prefix + name)


def copy_media(target: Path, sums: dict[str, str]) -> None:
    """Copy what is in the store and not yet in ``sums`` to a folder, and note the sum of each file.

    Names are made for one file and never used again, so a file that was copied is not looked at twice. One
    that is deleted meanwhile is left out, and so are copies that wait for their release, which can make them anew.
    """
    for name in stored_names():
        if name in sums or name.startswith(READY_PREFIX):
            continue
        try:
            sums[name] = _copy(name, target / name)
        except FileNotFoundError:
            (target / name).unlink(missing_ok=True)


def _copy(name: str, target: Path) -> str:
    digest = hashlib.sha256()
    with default_storage.open(name) as source:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as written:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                written.write(chunk)
            written.flush()
            os.fsync(written.fileno())
    return digest.hexdigest()


def refuse_other_media(sums: dict[str, str]) -> None:
    """Refuse to restore over other files.

    Raises:
        BackupError: the store has a file of a name in the back-up, with other contents.
    """
    others = [name for name, value in sums.items() if default_storage.exists(name) and _sum_in_store(name) != value]
    if others:
        raise BackupError(
            f"The media store has other files of these names, and a restore overwrites nothing: "
            f"{', '.join(others[:5])}. Give it an empty store (MEDIA_ROOT, DATA_DIR or S3_BUCKET)."
        )


def read_media(folder: Path, sums: dict[str, str]) -> int:
    """Bring a back-up's files back into the store and return how many; those that are there already stay.

    Raises:
        BackupError: the store kept one under another name, or otherwise than it was written.
    """
    brought = 0
    for name in sums:
        if default_storage.exists(name):
            continue
        with (folder / name).open("rb") as source:
            kept_as = default_storage.save(name, File(source))
        if kept_as != name:
            raise BackupError(f"The media store kept {name} as {kept_as}.")
        brought += 1
    return brought


def _sum_in_store(name: str) -> str:
    with default_storage.open(name) as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
