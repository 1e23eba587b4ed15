"""Pictures of an article, made before the first reader: files, sizes and formats.

No page view makes a rendition; what is stored here is all that a template prints.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.crypto import salted_hmac
from PIL import Image as PillowImage
from PIL import ImageOps
from wagtail.utils.file import hash_filelike

from common.models import Image
from common.models.images import random_path
from research.artwork import draw_artwork
from research.content.article import ArticleContent

WIDTHS = (480, 960, 1600)
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
    """A picture's file is no longer the one that was signed."""


def pictures_for(
    content: ArticleContent,
    *,
    seed: str,
    family: str,
    made_before: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Return the stored pictures of an article by key: "lead", and each figure's image id.

    Each has width, height, src (a file name in the storage) and sources (MIME type and a list of
    file name and width), and the SHA-256 of each file. They are copies: what readers see stays when the
    library's image is replaced or deleted. An article without a lead image gets an artwork of the family, once.

    What `make_ahead` made is not made again.

    Raises:
        PictureChanged: a file is no longer the one that was signed.
    """
    made_before = {**_made_ahead(content, seed, family), **made_before}
    stored = {
        str(image_id): _sealed_copy(image_id, hashed, made_before.get(str(image_id)))
        for image_id, hashed in sorted(_figures(content).items())
    }
    drawn = made_before.get(LEAD, {})
    if content.lead_image:
        stored[LEAD] = _sealed_copy(content.lead_image.id, content.lead_image.hash, drawn)
    elif drawn.get("artwork"):
        stored[LEAD] = dict(drawn)
    else:
        stored[LEAD] = _of_artwork(seed, family)
    return stored


def sealed_pictures_for_preview(
    content: ArticleContent, *, made_before: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return copies of a draft's pictures that stay what they are; no artwork is drawn.

    Raises:
        PictureChanged: a file is no longer the one that the draft names.
    """
    stored = {
        str(image_id): _sealed_copy(image_id, hashed, made_before.get(str(image_id)))
        for image_id, hashed in sorted(_figures(content).items())
    }
    if content.lead_image:
        lead = content.lead_image
        stored[LEAD] = _sealed_copy(lead.id, lead.hash, made_before.get(LEAD))
    return stored


def make_ahead(
    content: ArticleContent,
    *,
    seed: str,
    family: str,
    made_before: Mapping[str, Mapping[str, Any]],
) -> None:
    """Make the pictures of words before their release, and note them where nobody can guess it.

    Raises:
        PictureChanged: a file is no longer the one that was signed.
    """
    made = pictures_for(content, seed=seed, family=family, made_before=made_before)
    if made != _made_ahead(content, seed, family):
        name = _note_name(content, seed, family)
        default_storage.delete(name)
        default_storage.save(name, ContentFile(json.dumps(made).encode()))


def _made_ahead(content: ArticleContent, seed: str, family: str) -> dict[str, Any]:
    """Return what was noted; nothing where nothing was, or its writer was stopped half-way."""
    try:
        with default_storage.open(_note_name(content, seed, family)) as file:
            return json.loads(file.read())
    except (OSError, ValueError):
        return {}


def _note_name(content: ArticleContent, seed: str, family: str) -> str:
    words = f"{seed} {family} {content.digest} {ARTWORK_SIZE}"
    name = salted_hmac("research.publishing.pictures", words, algorithm="sha256").hexdigest()
    return f"artwork/{name[:2]}/{name}.json"


def pictures_for_preview(content: ArticleContent) -> dict[str, dict[str, Any]]:
    """Return the pictures of a draft; an artwork is drawn only when the article is released."""
    ids = set(_figures(content))
    if content.lead_image:
        ids.add(content.lead_image.id)
    images = Image.objects.in_bulk(ids)
    stored = {str(pk): _of_image(image) for pk, image in images.items()}
    if content.lead_image and str(content.lead_image.id) in stored:
        stored[LEAD] = stored[str(content.lead_image.id)]
    return stored


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


def _figures(content: ArticleContent) -> dict[int, str]:
    """Return the images of figures with the hashes that were signed."""
    images = (
        block.values["image"]
        for section in content.sections
        for block in section.blocks
        if block.kind == "figure" and block.values.get("image")
    )
    return {image["id"]: image["hash"] for image in images}


def _sealed_copy(image_id: int, signed_hash: str, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """Copy a library image in all sizes, unless that was done before for the same file."""
    if before and before.get("hash") == signed_hash:
        return dict(before)
    image = Image.objects.get(pk=image_id)
    with image.open_file() as file:
        if hash_filelike(file) != signed_hash:
            raise PictureChanged(f"The file of the picture “{image}” is not the one that was signed.")
        file.seek(0)
        opened = ImageOps.exif_transpose(PillowImage.open(file)).convert("RGBA")
    flat = PillowImage.new("RGB", opened.size, "white")
    flat.paste(opened, mask=opened.getchannel("A"))
    return {"hash": signed_hash, **_stored_in_all_sizes(flat)}


def _of_image(image: Image) -> dict[str, Any]:
    widths = [width for width in WIDTHS if width < image.width] or [image.width]
    specs = [f"width-{width}|format-{name}" for name, _ in FORMATS for width in widths]
    fallback = f"width-{widths[len(widths) // 2]}|format-jpeg"
    renditions = image.get_renditions(*specs, fallback)
    return {
        "width": renditions[fallback].width,
        "height": renditions[fallback].height,
        "src": renditions[fallback].file.name,
        "sources": [
            {
                "mime": mime,
                "files": [
                    [renditions[f"width-{w}|format-{name}"].file.name, renditions[f"width-{w}|format-{name}"].width]
                    for w in widths
                ],
            }
            for name, mime in FORMATS
        ],
    }


def _of_artwork(seed: str, family: str) -> dict[str, Any]:
    """Draw an article's artwork and store it."""
    return {"artwork": True, **_stored_in_all_sizes(draw_artwork(seed, family, *ARTWORK_SIZE))}


def _stored_in_all_sizes(picture: PillowImage.Image) -> dict[str, Any]:
    width, height = picture.size
    widths = [w for w in WIDTHS if w <= width] or [width]
    sized = {w: picture.resize((w, max(1, round(w * height / width)))) for w in widths}
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


def _store(picture: PillowImage.Image, extension: str, hashes: dict[str, str]) -> str:
    """Store a picture and return its name; its SHA-256 is noted, so that an audit knows the file again."""
    buffer = io.BytesIO()
    options = {"quality": 60, "speed": 9} if extension == "avif" else {"quality": 80}
    picture.save(buffer, format=extension.upper(), **options)
    data = buffer.getvalue()
    name = default_storage.save(random_path("artwork", f"picture.{extension}"), ContentFile(data))
    hashes[name] = hashlib.sha256(data).hexdigest()
    return name
