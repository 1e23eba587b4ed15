"""Pictures of an article: one way from the masters to the files that previews, reviewers and readers get.

No page view makes a file; what is stored here is all that a template prints.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as PillowImage

from common.models import PictureMaster
from common.models.images import random_path
from research.artwork import draw_artwork
from research.content.article import ArticleContent

#: A card; a lead picture on a phone or a plain screen; the same where a pixel has two dots.
WIDTHS = (480, 768, 1600)
FORMATS = (("avif", "image/avif"), ("webp", "image/webp"))
ARTWORK_SIZE = (1600, 900)
LEAD = "lead"


@dataclass(frozen=True)
class PictureSource:
    """One ``<source>``: a MIME type and its ``srcset``."""

    mime: str
    srcset: str


@dataclass(frozen=True)
class Picture:
    """A responsive image whose files already exist; width and height in CSS pixels."""

    src: str
    alt: str
    width: int
    height: int
    sources: tuple[PictureSource, ...] = ()


class PictureChanged(PermissionDenied):
    """The stored master of a picture is gone, or is no longer the one that was signed."""


def pictures_of(content: ArticleContent) -> dict[str, dict[str, Any]]:
    """Return the stored pictures of words by key: the hash of each figure's master, and "lead".

    Each has width, height, src (a file name in the storage), sources (MIME type and a list of file name and
    width) and sha256 (that of each file by its name). What was made of a master once is not made again.

    Raises:
        PictureChanged: a master is gone, or is not the one that the words name.
    """
    lead = content.lead_image.hash if content.lead_image else ""
    masters = PictureMaster.objects.in_bulk([*content.picture_hashes, *([lead] if lead else [])])
    stored = {hashed: sizes_of(masters.get(hashed)) for hashed in content.picture_hashes}
    return stored | ({LEAD: sizes_of(masters.get(lead))} if lead else {})


def with_artwork(
    stored: Mapping[str, dict[str, Any]], *, seed: str, family: str, made_before: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return the stored pictures with an artwork of the family where there is no lead picture; drawn once."""
    if LEAD in stored:
        return dict(stored)
    drawn = made_before.get(LEAD, {})
    return {**stored, LEAD: dict(drawn) if drawn.get("artwork") else _of_artwork(seed, family)}


def with_later_sizes(stored: Mapping[str, Any], master: PictureMaster) -> dict[str, Any]:
    """Return the stored sizes of a master with those that are asked for now and were not made yet.

    What is there stays: its hashes stand beside a signature.

    Raises:
        PictureChanged: the stored file of the master is gone, or is another one.
    """
    widths = _widths_of(master.width)
    made = {source["mime"]: [list(file) for file in source["files"]] for source in stored["sources"]}
    missing = [
        (name, mime, width)
        for name, mime in FORMATS
        for width in widths
        if width not in {made_width for _, made_width in made.get(mime, [])}
    ]
    if not missing:
        return dict(stored)
    whole, hashes = _opened(master), dict(stored["sha256"])
    for name, mime, width in missing:
        made.setdefault(mime, []).append([_store(_resized(whole, width), name, hashes), width])
    order = [mime for _, mime in FORMATS]
    sources = [
        {"mime": mime, "files": sorted(made[mime], key=lambda file: file[1])}
        for mime in sorted(made, key=lambda mime: order.index(mime) if mime in order else len(order))
    ]
    return {**stored, "sources": sources, "sha256": hashes}


def picture(stored: Mapping[str, Any] | None, alternative_text: str) -> Picture | None:
    """Return a stored picture as a template prints it."""
    if not stored:
        return None
    return Picture(
        src=default_storage.url(stored["src"]),
        alt=alternative_text,
        width=stored["width"],
        height=stored["height"],
        sources=tuple(
            PictureSource(
                source["mime"],
                ", ".join(f"{default_storage.url(name)} {width}w" for name, width in source["files"]),
            )
            for source in stored["sources"]
        ),
    )


def sizes_of(master: PictureMaster | None) -> dict[str, Any]:
    """Return what was made of a master, which is done once and noted with it."""
    if master is None:
        raise PictureChanged("A picture that was signed is not stored any more.")
    if not master.sizes:
        master.sizes = _stored_in_all_sizes(_opened(master))
        PictureMaster.objects.filter(pk=master.pk).update(sizes=master.sizes)
    return master.sizes


def _opened(master: PictureMaster) -> PillowImage.Image:
    try:
        with master.file.open() as file:
            written = file.read()
    except OSError as error:
        raise PictureChanged(f"The stored file of a picture cannot be read: {error}") from error
    if hashlib.sha256(written).hexdigest() != master.hash:
        raise PictureChanged("The stored file of a picture is not the one that was signed.")
    return PillowImage.open(io.BytesIO(written)).convert("RGB")


def _of_artwork(seed: str, family: str) -> dict[str, Any]:
    """Draw an article's artwork and store it."""
    return {"artwork": True, **_stored_in_all_sizes(draw_artwork(seed, family, *ARTWORK_SIZE))}


def _stored_in_all_sizes(picture: PillowImage.Image) -> dict[str, Any]:
    widths = _widths_of(picture.width)
    sized = {w: _resized(picture, w) for w in widths}
    middle = widths[len(widths) // 2]
    hashes: dict[str, str] = {}
    return {
        "width": middle,
        "height": sized[middle].height,
        "src": _store(sized[middle], "jpeg", hashes),
        "sources": [
            {"mime": mime, "files": [[_store(sized[w], name, hashes), w] for w in widths]} for name, mime in FORMATS
        ],
        "sha256": hashes,
    }


def _widths_of(width: int) -> list[int]:
    return [w for w in WIDTHS if w <= width] or [width]


def _resized(picture: PillowImage.Image, width: int) -> PillowImage.Image:
    return picture.resize((width, max(1, round(width * picture.height / picture.width))))


def _store(picture: PillowImage.Image, extension: str, hashes: dict[str, str]) -> str:
    """Store a picture and return its name; its SHA-256 is noted, so that an audit knows the file again."""
    buffer = io.BytesIO()
    options = {"quality": 60, "speed": 9} if extension == "avif" else {"quality": 80}
    picture.save(buffer, format=extension.upper(), **options)
    written = buffer.getvalue()
    name = default_storage.save(random_path("artwork", f"picture.{extension}"), ContentFile(written))
    hashes[name] = hashlib.sha256(written).hexdigest()
    return name
