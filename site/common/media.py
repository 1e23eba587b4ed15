"""Which stored files are public, and the addresses of the others.

Files below ``public/`` are what readers see; whoever serves media serves these. Everything else (uploads, the
admin's sizes, pictures of drafts) has an address with a key that ends after a day or two.
"""

import os
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path, PurePosixPath
from shutil import copyfile
from typing import Any
from urllib.parse import urlencode, urljoin
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.encoding import filepath_to_uri

PUBLIC_PREFIX = "public/"
#: Copies that wait for their names; on a disk, giving one is quicker than copying.
READY_PREFIX = "ready/"
KEY = "key"


def is_public(name: str) -> bool:
    """Return True for the name of a file that everybody may have."""
    return name.startswith(PUBLIC_PREFIX)


def key_for(name: str, day: date | None = None) -> str:
    """Return the key to a file that is not public; it fits on the day it is made for and the next."""
    return salted_hmac("common.media", f"{day or _today()} {name}", algorithm="sha256").hexdigest()[:32]


def fits(key: str, name: str) -> bool:
    """Return True when a key opens a file today."""
    days = (_today(), _today() - timedelta(days=1))
    return any(constant_time_compare(key, key_for(name, day)) for day in days)


def _today() -> date:
    return timezone.now().date()


@lru_cache(maxsize=10_000)
def _address_of(base_url: str, name: str) -> str:
    """Return the address of a file, as Django makes it; a list of twelve cards asks for a hundred."""
    return urljoin(base_url, filepath_to_uri(name).lstrip("/"))


def make_ready(name: str, target: str) -> None:
    """Copy a stored file now that gets another name later, where files are on a disk.

    Raises:
        OSError: there is no such file, or no room.
    """
    try:
        path, ready = Path(default_storage.path(target)), Path(default_storage.path(ready_name(name)))
    except NotImplementedError:  # an object store gives no names, it copies
        return
    if not (path.exists() or ready.exists()):
        path.parent.mkdir(parents=True, exist_ok=True)
        _copy_whole(Path(default_storage.path(name)), ready)


def duplicate(name: str, target: str) -> bool:
    """Copy a stored file to another name, where it is there at once and whole; False where there is one of that name.

    On a disk the bytes do not pass through this process, and one that was made ready is the copy. What a process
    leaves that is killed meanwhile has a name of its own, and is swept with what nobody shows. The copy is as old as
    its name.
    """
    try:
        path = Path(default_storage.path(target))
    except NotImplementedError:  # an object store
        return not default_storage.exists(target) and _copy(name, target)
    if path.exists():
        return False
    source, ready = Path(default_storage.path(name)), Path(default_storage.path(ready_name(name)))
    try:
        if ready.stat().st_size == source.stat().st_size:  # not what a machine wrote that lost its power
            os.utime(ready)
            ready.replace(path)
            return True
    except OSError:  # not made ready, or on a disk of its own: whatever keeps the copy from being made, says so
        pass
    _copy_whole(source, path)
    return True


def ready_name(name: str) -> str:
    """Return the name of a file's copy that waits for its own."""
    return f"{READY_PREFIX}{PurePosixPath(name).name}"


def _copy_whole(source: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{uuid4().hex}.part")
    copyfile(source, part)
    part.chmod(settings.FILE_UPLOAD_PERMISSIONS)
    part.replace(path)


def _copy(name: str, target: str) -> bool:
    with default_storage.open(name) as file:
        made = default_storage.save(target, file)
    if made != target:  # another process was faster
        default_storage.delete(made)
    return made == target


class MediaStorage(FileSystemStorage):
    """Files in MEDIA_ROOT; the address of one that is not public carries its key."""

    def url(self, name: str | None) -> str:
        """Return the address of a file."""
        if name is not None and is_public(name):
            return _address_of(self.base_url, name)
        address: str = super().url(name)
        if name is None:
            return address
        return f"{address}?{urlencode({KEY: key_for(name)})}"


class S3MediaMixin:
    """The same for an object store: what is not public has an address that the store signed, for a day.

    Mixed into the store's own class, which is installed with the production extra only.
    """

    SECONDS = 24 * 60 * 60

    def url(self, name: str, *args: Any, **kwargs: Any) -> str:
        """Return the address of an object."""
        if is_public(name):
            return super().url(name, *args, **kwargs)  # type: ignore[misc]
        where = {"Bucket": self.bucket_name, "Key": self._normalize_name(name)}  # type: ignore[attr-defined]
        client = self.connection.meta.client  # type: ignore[attr-defined]
        address: str = client.generate_presigned_url("get_object", Params=where, ExpiresIn=self.SECONDS)
        return address
