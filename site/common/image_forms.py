"""The form of an upload: what is stored can be opened, whole."""

from typing import Any

from django.core.exceptions import ValidationError
from PIL import Image as PillowImage
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm


class WholeImageField(WagtailImageField):
    """An image field that opens the picture to its end.

    Wagtail knows a picture by its first bytes, so one that was cut off on the way ended as an error of the
    server, at once or when its first rendition was made.
    """

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


class ImageForm(BaseImageForm):
    """Wagtail's form with the stricter field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            plain = self.fields["file"]
            self.fields["file"] = WholeImageField(label=plain.label, required=plain.required, widget=plain.widget)
