"""The public copies of pictures: there while a public article shows them, gone when none does.

A row names the files that were made for its words. Readers get copies under ``public/``, which come and go with
what is public: an article that is taken down, revoked, expired or restricted takes its pictures with it.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from common import clock
from common.faults import for_each
from common.media import PUBLIC_PREFIX, READY_PREFIX, duplicate, make_ready
from common.models import OutboxMessage
from common.outbox import register, tell_soon
from common.page_store import outside
from common.prepared import IDENTITY, KEY, MOMENT, TEXT, Prepared
from research.models.people import Person
from research.models.published import PublishedArticle, PublishedArticleQuerySet
from research.models.reviews.submissions import Submission

logger = logging.getLogger(__name__)

Stored = Mapping[str, Mapping[str, Any]]

PICTURES_OF = Prepared(
    lambda pk, now: PublishedArticle.objects.filter(pk=pk).public_now(now).values_list("pictures", flat=True),
    *(KEY, MOMENT),
)
FROZEN = Prepared(
    lambda subject, digest: Submission.objects.filter(subject_uuid=subject, digest=digest).values_list(
        "pictures", flat=True
    )[:1],
    *(IDENTITY, TEXT),
)
#: So long a copy waits for a release; a later one copies.
READY_FOR = timedelta(days=30)
#: So long a copy may be nobody's: a release makes its copies before anybody else sees that it shows them.
NAMED_WITHIN = timedelta(hours=1)
NOT_COPIED, NOT_DELETED = "The picture %s could not be copied", "The picture %s could not be deleted"


def as_public(stored: Stored) -> dict[str, dict[str, Any]]:
    """Return the pictures of a public article under the names that readers get."""
    return {key: _renamed(entry) for key, entry in stored.items()}


def _renamed(entry: Mapping[str, Any]) -> dict[str, Any]:
    sources = [
        {**source, "files": [[public_name(name), width] for name, width in source["files"]]}
        for source in entry["sources"]
    ]
    return {**entry, "src": public_name(entry["src"]), "sources": sources}


def public_name(name: str) -> str:
    """Return the name of a file's public copy."""
    return f"{PUBLIC_PREFIX}{name}"


def names_in(stored: Stored) -> set[str]:
    """Return the names of all files of an article's pictures."""
    return {name for entry in stored.values() for name in _names(entry)}


def _names(entry: Mapping[str, Any]) -> Iterator[str]:
    yield entry["src"]
    for source in entry["sources"]:
        yield from (name for name, _ in source["files"])


def publish(stored: Stored) -> None:
    """Make the public copies of an article's pictures. Call it before readers are told of them.

    Raises:
        OSError: the store is away, or a file is gone.
    """
    for name in names_in(stored):
        _copy(name)


def get_ready_soon(subject_uuid: UUID, digest: str) -> None:
    """Make copies, once this transaction is done, that a release of signed words only has to name.

    Nobody can have them until then. A release that finds none makes them itself, so nothing tries this again.
    """
    transaction.on_commit(lambda: _get_ready(subject_uuid, digest), robust=True)


def _get_ready(subject_uuid: UUID, digest: str) -> None:
    for stored in FROZEN(subject_uuid, digest):
        for name in names_in(stored):
            make_ready(name, public_name(name))


def settle_soon(names: Iterable[str]) -> None:
    """Bring public copies in line with what is public, once this transaction is done.

    At once, and again through the outbox where that fails: a store that is away takes a picture down later.
    """
    wanted = sorted(set(names))
    if wanted:
        tell_soon("public-pictures", {"names": wanted})


def settle_frozen_soon(subject_uuid: UUID, digest: str) -> None:
    """Bring the public copies of signed words in line with what is public, once this transaction is done.

    For a release that was begun and came to nothing: it made its copies before it ended.
    """
    frozen = Submission.objects.filter(subject_uuid=subject_uuid, digest=digest).values_list("pictures", flat=True)
    settle_soon(name for stored in frozen for name in names_in(stored))


def look_again_soon(names: Iterable[str], *, shown_by: int) -> None:
    """Look, once this transaction is done, that the copies are there that were made in it; none is to be deleted.

    Whoever takes down what shows the same files may have deleted them meanwhile. Of what the row of this key shows,
    no other row is asked. What a process leaves that is ended before it looked, ``sweep`` finds.
    """
    tell_soon("released-pictures", {"names": sorted(set(names)), "shown_by": shown_by}, is_noted=False)


@register("released-pictures")
def deliver_look(message: OutboxMessage) -> None:
    """Settle the names of a message where a copy is missing."""
    names = set(message.payload["names"])
    if not all(default_storage.exists(public_name(name)) for name in names):
        settle(names, clock.now(), shown_by=message.payload["shown_by"])


@register("public-pictures")
def deliver_settlement(message: OutboxMessage) -> None:
    """Settle the names of a message."""
    settle(set(message.payload["names"]), clock.now())


def settle(names: set[str], now: datetime, *, shown_by: int | None = None) -> None:
    """Copy those of these files that a public article shows, and delete the public copies of the others.

    Safe to call again, and at the same time as others. Of what the row ``shown_by`` shows, no other row is asked.

    Raises:
        Exception: what the store raised for the first of the files that it failed for; the others are settled.
    """
    stored = PICTURES_OF(shown_by, now) if shown_by else ()
    shown = {name for pictures in stored for name in names_in(pictures)}
    if not names <= shown:
        shown = _shown(now)
    gone = names - shown
    failed = _delete({public_name(name) for name in gone})
    if gone:
        # A release may have looked for its copies after this asked, and before it deleted them.
        shown |= _shown(now)
    failed += for_each(sorted(names & shown), _copy, NOT_COPIED)
    if failed:
        raise failed[0]


def sweep(now: datetime) -> None:
    """Make every public copy that is missing, and delete those that no public article shows or no release came for.

    That is what a process left that was ended half-way. A picture that cannot be copied is left to the auditors.
    """
    # Listed before anybody is asked: what is released meanwhile is not among them.
    copies = list(_files_below(PUBLIC_PREFIX.rstrip("/")))
    shown = _shown(now)
    for_each(sorted(shown), _copy, NOT_COPIED)
    for_each(_files_below(READY_PREFIX.rstrip("/")), lambda name: _delete_ready(name, now - READY_FOR), NOT_DELETED)
    left = {name.removeprefix(PUBLIC_PREFIX) for name in copies} - shown
    settle({name for name in left if _is_older(public_name(name), now - NAMED_WITHIN)}, now)


def _is_older(name: str, moment: datetime) -> bool:
    with suppress(FileNotFoundError):  # its release came meanwhile, or somebody took it down
        return default_storage.get_modified_time(name) < moment
    return False


def _delete_ready(name: str, before: datetime) -> None:
    if _is_older(name, before):
        default_storage.delete(name)


def _delete(copies: set[str]) -> list[Exception]:
    """Delete public copies, and let caches outside throw them away; they keep none for longer than a minute.

    Returns:
        What the store raised, for each that it could not delete.
    """
    failed = for_each(sorted(copies), default_storage.delete, NOT_DELETED)
    if outside.is_on():
        outside.purge_urls(urljoin(settings.WAGTAILADMIN_BASE_URL, default_storage.url(name)) for name in copies)
    return failed


def _shown(now: datetime) -> set[str]:
    """Return the names of all files that a public article, or the page of a contributor, shows."""
    public = PublishedArticle.objects.public_now(now).order_by()
    shown = _shown_in(public)
    people = Person.objects.filter(photo__isnull=False).exclude(photo_sizes={})
    named = people.filter(credits__article__in=public.values("pk")).values_list("photo_sizes", flat=True)
    return shown | {name for sizes in named for name in names_in({"": sizes})}


def _shown_in(rows: PublishedArticleQuerySet) -> set[str]:
    return {name for stored in rows.values_list("pictures", flat=True).iterator() for name in names_in(stored)}


def _copy(name: str) -> None:
    target = public_name(name)
    if duplicate(name, target) or default_storage.size(target) == default_storage.size(name):
        return
    default_storage.delete(target)  # its copier was ended half-way
    duplicate(name, target)


def _files_below(folder: str) -> Iterator[str]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from _files_below(f"{folder}/{name}")
