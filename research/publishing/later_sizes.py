"""Sizes of signed pictures that are made after the signature: of the same masters, with a receipt, without a new one.

So a new width or format, or an upgrade of the image library, asks no reviewer for anything.
"""

import logging
from collections.abc import Iterator

from django.db import transaction

from common.models import PictureMaster
from research.content.stored import read_canonical
from research.models.published import PublishedArticle
from research.publishing import pictures, public_pictures, receipts

audit = logging.getLogger("countersign.audit")


def make_later_sizes() -> Iterator[tuple[PublishedArticle, int]]:
    """Make what public articles lack of the sizes asked for now; yield each that got some, and how many files.

    Safe to run again. What was made before stays as it is, and so do drawn artworks, which have no master.

    Raises:
        PictureChanged: the stored file of a master is gone, or is another one.
    """
    for pk in list(PublishedArticle.objects.not_withdrawn().values_list("pk", flat=True)):
        row, made = _complete(pk)
        if made:
            yield row, made


@transaction.atomic
def _complete(pk: int) -> tuple[PublishedArticle, int]:
    row = PublishedArticle.objects.select_for_update(of=("self",)).select_related("sign_off").get(pk=pk)
    masters, before = _masters_of(row), row.pictures
    after = {
        key: pictures.with_later_sizes(stored, masters[key]) if key in masters else stored
        for key, stored in before.items()
    }
    known = {name for stored in before.values() for name in stored["sha256"]}
    made = {name: hashed for stored in after.values() for name, hashed in stored["sha256"].items() if name not in known}
    if not made:
        return row, 0
    for key, master in masters.items():
        PictureMaster.objects.filter(pk=master.pk).update(sizes=after[key])
    row.pictures = after
    if not row.restricted:
        public_pictures.publish(row.pictures)
    row.save(update_fields=["pictures"])
    receipts.note_pictures(row, made)
    receipts.note(row.page_id)
    audit.info("pictures of article %s: %d files made of their masters", row.subject_uuid, len(made))
    return row, len(made)


def _masters_of(row: PublishedArticle) -> dict[str, PictureMaster]:
    """Return the masters of a row's pictures by the key that the picture has there."""
    content = read_canonical(row.content)
    keys = {hashed: hashed for hashed in content.picture_hashes}
    if content.lead_image:
        keys[pictures.LEAD] = content.lead_image.hash
    found = PictureMaster.objects.in_bulk(keys.values())
    return {key: found[hashed] for key, hashed in keys.items() if key in row.pictures and hashed in found}
