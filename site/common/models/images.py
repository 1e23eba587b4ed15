import uuid
from pathlib import PurePosixPath
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from wagtail.images.models import AbstractImage, AbstractRendition
from wagtail.images.models import Image as WagtailImage
from wagtail.search import index


def random_path(folder: str, filename: str) -> str:
    """Return a path in ``folder`` that nobody can guess, with the extension of ``filename``.

    An address must not tell what an embargoed article is about, and a replaced file must not be
    served from a cache under the old one's name.
    """
    name = uuid.uuid4().hex
    extension = PurePosixPath(filename).suffix.lower()
    return f"{folder}/{name[:2]}/{name}{extension}"


def master_path(master: models.Model, filename: str) -> str:
    """Return a random path below ``masters/``."""
    return random_path("masters", filename)


class PictureMaster(models.Model):
    """A picture as it was cleaned and stored once: what a seal names, and what every size is made from.

    ``hash`` is the SHA-256 of the file. ``sizes`` is what ``research.publishing.pictures`` made of it.
    """

    hash = models.CharField(max_length=64, primary_key=True)
    file = models.FileField(upload_to=master_path)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sizes: models.JSONField = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    # Wagtail counts where a picture of the library is used; this is no such place.
    wagtail_reference_index_ignore = True

    def __str__(self) -> str:
        return self.hash[:12]


class Image(AbstractImage):
    """A picture with the words that belong to it: ``description`` is the alternative text it starts with."""

    # As in Wagtail, but under a name that its own, unused Image model does not hold on the tag's side.
    tags = TaggableManager(help_text=None, blank=True, related_name="site_images")
    credit = models.CharField(
        max_length=255,
        blank=True,
        help_text=_("Who made it and under which licence, as it should be printed."),
    )

    master = models.ForeignKey(
        PictureMaster, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="images"
    )
    # The file that the master was made from; another file, or other bytes, get a master of their own.
    master_made_from = models.CharField(max_length=300, blank=True, editable=False)

    admin_form_fields = (*WagtailImage.admin_form_fields, "credit")

    search_fields: list[Any] = [*AbstractImage.search_fields, index.SearchField("credit")]

    class Meta(AbstractImage.Meta):
        verbose_name = "image"
        verbose_name_plural = "images"
        permissions = [("choose_image", _("Can choose image"))]
        default_related_name = "site_images"  # Wagtail's own, unused Image model holds `image_set`

    def get_upload_to(self, filename: str) -> str:
        """Return a random path below ``originals/``."""
        return random_path("originals", filename)


class Rendition(AbstractRendition):
    """One size and format of an image, made ahead of the first reader."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("image", "filter_spec", "focal_point_key"),
                name="common_rendition_once",
            ),
        ]

    def get_upload_to(self, filename: str) -> str:
        """Return a random path below ``renditions/``."""
        return random_path("renditions", filename)
