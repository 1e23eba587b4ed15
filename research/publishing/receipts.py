"""Receipts: a chained line each time the row that readers read from changes.

So ``verify_seals`` finds what was changed past the newsroom beside the signed words: an address, a date, a
picture, which signature a row points to. Each field is there as a hash. Names of authors are left out: they can
be erased, and are compared with the article's own byline.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.page_store import changes
from research.content.canonical import canonical_json, digest_of
from research.models.published import PublishedArticle
from research.models.signoffs import Receipt, SealChain
from research.publishing.showing import article_tag
from research.review.chain import extend, plain

NOT_RECEIPTED = frozenset({"id", "authors"})


@transaction.atomic(savepoint=False)
def note(page_id: int, row: PublishedArticle | None = None, *, is_new: bool = False) -> Receipt | None:
    """Write a receipt of an article's public row as it stands; nothing when the last one says the same.

    Kept pages that show the article go, too.

    Args:
        page_id: the article's.
        row: its row, where all of it was just written.
        is_new: the row was just made, so that the first receipt of it is due.
    """
    changes.changed(PublishedArticle, article_tag(page_id))
    row = row or PublishedArticle.objects.filter(page_id=page_id).first()
    receipt = _new(row, is_first=is_new) if row is not None else None
    if receipt is not None:
        extend(SealChain.Name.RECEIPTS, [receipt])
    return receipt


@transaction.atomic
def note_all(rows: Iterable[PublishedArticle]) -> None:
    """Write the receipts of several public rows as they stand, as ``note`` does of one."""
    rows = list(rows)
    changes.changed(PublishedArticle, *(article_tag(row.page_id) for row in rows))
    extend(SealChain.Name.RECEIPTS, [receipt for row in rows if (receipt := _new(row)) is not None])


def note_pictures(row: PublishedArticle, hashes: Mapping[str, str]) -> Receipt:
    """Write a receipt of files that were made of signed masters after the signature: SHA-256 by name."""
    receipt = _of(row, Receipt.Event.PICTURES, dict(hashes))
    extend(SealChain.Name.RECEIPTS, [receipt])
    return receipt


def _new(row: PublishedArticle, *, is_first: bool = False) -> Receipt | None:
    """Return the receipt of a row as it stands, not written yet; None when the last one says the same."""
    fields = fields_of(row)
    if not is_first and _of_rows(row).values_list("fields", flat=True).first() == fields:
        return None
    return _of(row, Receipt.Event.WITHDRAWN if row.withdrawn_at else Receipt.Event.PUBLIC, fields)


def _of(row: PublishedArticle, event: Receipt.Event, fields: dict[str, str]) -> Receipt:
    return Receipt(
        event=event,
        article_id=row.page_id,
        subject_uuid=row.subject_uuid,
        digest=row.digest,
        sign_off_sequence=row.sign_off_id,
        fields=fields,
        at=timezone.now(),
    )


def latest_for(row: PublishedArticle) -> Receipt | None:
    """Return the newest receipt of a row, or None."""
    return _of_rows(row).first()


def _of_rows(row: PublishedArticle) -> QuerySet[Receipt]:
    return Receipt.objects.exclude(event=Receipt.Event.PICTURES).filter(article_id=row.page_id).order_by("-sequence")


def hashes_of_pictures(row: PublishedArticle) -> set[str]:
    """Return the SHA-256 of every file that the pictures of a row may be: listed beside its signature, or receipted."""
    later = Receipt.objects.filter(event=Receipt.Event.PICTURES, article_id=row.page_id, digest=row.digest)
    signed = (hashed for hashes in row.sign_off.pictures.values() for hashed in hashes)
    return {*signed, *(hashed for receipt in later for hashed in receipt.fields.values())}


def fields_of(row: PublishedArticle) -> dict[str, str]:
    """Return a short hash for each field of a row, by name."""
    return {
        field.attname: _short_hash(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.attname not in NOT_RECEIPTED
    }


def changed_fields(row: PublishedArticle, receipt: Receipt) -> list[str]:
    """Return the names of the fields that are not as the receipt has them."""
    now = fields_of(row)
    return sorted(name for name in now.keys() | receipt.fields.keys() if now.get(name) != receipt.fields.get(name))


def _short_hash(value: Any) -> str:
    """Return half of a SHA-256, for the value in a list, so that none and "" and 0 stay three things."""
    words = canonical_json([plain(value)])
    return digest_of(words)[:32]
