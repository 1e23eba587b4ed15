"""The form of an upload: what is stored can be opened, whole."""

import io
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from PIL import Image as PillowImage
from PIL import ImageOps
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

# Beside EXIF: what Pillow calls the words of PNG, JPEG, WebP and AVIF files.
METADATA = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "comment", "photoshop", "Comment", "Author", "Description"})
# Written once more, so with next to no loss.
QUALITY: dict[str, dict[str, Any]] = {"JPEG": {"quality": 95}, "WEBP": {"quality": 95}, "AVIF": {"quality": 90}}


class WholeImageField(WagtailImageField):
    """An image field that opens the picture to its end.

    Wagtail knows a picture by its first bytes, so one that was cut off on the way ended as an error of the
    server, at once or when its first rendition was made.
    """

    def to_python(self, data: Any) -> Any:
        """Return the upload without its metadata.

        Raises:
            ValidationError: it is no whole picture.
        """
        file = super().to_python(data)
        if not isinstance(file, UploadedFile):
            return file
        cleaned = without_metadata(file)
        return file if cleaned is file else super().to_python(cleaned)

    def check_image_pixel_size(self, file: Any) -> None:
        """Refuse too many pixels, then a picture that cannot be read."""
        try:
            super().check_image_pixel_size(file)
            file.seek(0)
            PillowImage.open(file).load()
        except ValidationError:
            raise
        except Exception as error:  # each decoder fails in a way of its own
            raise ValidationError(self.error_messages["invalid_image"], code="invalid_image") from error
        file.seek(0)


def without_metadata(file: UploadedFile) -> UploadedFile:
    """Return an uploaded picture without what cameras and programs wrote beside it: place, time, names.

    How it is turned is kept, by turning it. A file that has nothing of that kind is returned as it is.
    """
    file.seek(0)
    opened = PillowImage.open(file)
    kept: dict[str, Any] = {name: opened.info[name] for name in ("icc_profile",) if opened.info.get(name)}
    if (not opened.getexif() and METADATA.isdisjoint(opened.info)) or getattr(opened, "is_animated", False):
        file.seek(0)
        return file
    written = io.BytesIO()
    turned = ImageOps.exif_transpose(opened)
    for name in METADATA:
        turned.info.pop(name, None)
    turned.save(written, format=opened.format, exif=b"", **QUALITY.get(opened.format or "", {}), **kept)
    return SimpleUploadedFile(file.name or "picture", written.getvalue(), file.content_type or "")


class ImageForm(BaseImageForm):
    """Wagtail's form with the stricter field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            plain = self.fields["file"]
            self.fields["file"] = WholeImageField(label=plain.label, required=plain.required, widget=plain.widget)
