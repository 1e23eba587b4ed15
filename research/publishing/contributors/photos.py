"""The photos of contributors: readers get sizes of a clean master, while the contributor has a page, and no longer."""

from collections.abc import Collection

from django.db import transaction

from common.masters import UnreadablePicture, master_hash_of
from common.models import Image, PictureMaster
from common.page_store import changes
from research.models.people import Person
from research.publishing import pictures, public_pictures
from research.publishing.showing import person_tag


def follow(person_ids: Collection[int]) -> None:
    """Bring what readers get of contributors' photos in line with their records, and with whether they have a page.

    A photo that cannot be read is left out; the picture library says so where it is seen.
    """
    for person in Person.objects.filter(pk__in=person_ids).select_related("photo"):
        before = person.photo_sizes
        after = _sizes_of(person.photo) if person.photo and person.credits.exists() else {}
        if after != before:
            Person.objects.filter(pk=person.pk).update(photo_sizes=after)
            changes.changed(Person, person_tag(person.pk))
        if before or after:
            names = {name for sizes in (before, after) if sizes for name in public_pictures.names_in({"": sizes})}
            public_pictures.settle_soon(names)


def follow_image(image: Image) -> None:
    """Bring photos in line with a picture of the library that got another file."""
    follow(list(Person.objects.filter(photo=image).values_list("pk", flat=True)))


def _sizes_of(photo: Image) -> dict[str, object]:
    try:
        with transaction.atomic():
            return dict(pictures.sizes_of(PictureMaster.objects.get(pk=master_hash_of(photo))))
    except (UnreadablePicture, pictures.PictureChanged):
        return {}
