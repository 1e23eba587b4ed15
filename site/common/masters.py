"""Masters of pictures: cleaned, stored once, and known by the hash of their bytes.

A seal names a master, so that an upgrade of an image library changes no digest: what was stored stays, and
only new pictures are cleaned by the new library.
"""

import hashlib
import io

from django.core.files.base import ContentFile
from PIL import Image as PillowImage
from PIL import ImageOps
from wagtail.utils.file import hash_filelike

from common.models.images import Image, PictureMaster

# Larger than any size that readers are given.
LARGEST = (2400, 4800)
# A photograph stays one; all else is kept without loss.
SAVED_AS = {"JPEG": ("jpeg", {"quality": 95, "subsampling": 0})}
LOSSLESS = ("png", {"compress_level": 6})


class UnreadablePicture(ValueError):
    """The file of a picture is missing, or is no picture."""


def master_hash_of(image: Image) -> str:
    """Return the hash of a picture's master, which is made and stored at the first call.

    Raises:
        UnreadablePicture: the file is missing, or is no picture.
    """
    try:
        made_from = f"{image.file_hash or _hash_of_file(image)}:{image.file.name}"
        if not (image.master_id and image.master_made_from == made_from):
            image.master, image.master_made_from = _store(_cleaned(image)), made_from
            Image.objects.filter(pk=image.pk).update(master=image.master, master_made_from=made_from)
    except (OSError, SyntaxError, ValueError, PillowImage.DecompressionBombError) as error:
        raise UnreadablePicture(f"The file of the picture “{image}” cannot be read: {error}") from error
    return str(image.master_id)


def flattened(opened: PillowImage.Image) -> PillowImage.Image:
    """Return a picture upright, on white where it is transparent, without anything but its pixels."""
    upright = (ImageOps.exif_transpose(opened) or opened).convert("RGBA")
    flat = PillowImage.new("RGB", upright.size, "white")
    flat.paste(upright, mask=upright.getchannel("A"))
    return flat


def _cleaned(image: Image) -> tuple[bytes, str, tuple[int, int]]:
    """Return a picture's bytes without anything that is no picture, with their extension and its size."""
    with image.open_file() as file:
        opened = PillowImage.open(file)
        extension, options = SAVED_AS.get(opened.format or "", LOSSLESS)
        flat = flattened(opened)
    flat.thumbnail(LARGEST)
    buffer = io.BytesIO()
    flat.save(buffer, format=extension.upper(), **options)
    return buffer.getvalue(), extension, flat.size


def _store(cleaned: tuple[bytes, str, tuple[int, int]]) -> PictureMaster:
    written, extension, (width, height) = cleaned
    known = PictureMaster.objects.filter(hash=hashlib.sha256(written).hexdigest()).first()
    if known is not None:
        return known
    master = PictureMaster(hash=hashlib.sha256(written).hexdigest(), width=width, height=height)
    master.file.save(f"master.{extension}", ContentFile(written), save=False)
    # Of two who store the same picture at once, the row of the first stays.
    PictureMaster.objects.bulk_create([master], ignore_conflicts=True)
    return PictureMaster.objects.get(pk=master.pk)


def _hash_of_file(image: Image) -> str:
    """Hash a file whose record has no hash yet; Wagtail's own way would save the record."""
    with image.open_file() as file:
        return hash_filelike(file)
