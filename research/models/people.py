"""Contributors: who writes and who countersigns."""

from typing import Any

from django.conf import settings
from django.db import models

from research.sources.identifiers import validate_orcid


class Person(models.Model):
    """A contributor with the name and credentials that readers see."""

    class Role(models.TextChoices):
        WRITER = "writer", "Writer"
        MEDICAL_REVIEWER = "medical_reviewer", "Medical reviewer"
        EDITOR = "editor", "Editor"

    name = models.CharField(max_length=120)
    credentials = models.CharField(
        max_length=120,
        blank=True,
        help_text="For example “MD, neurologist”. A medical reviewer cannot sign without them.",
    )
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.WRITER)
    orcid = models.CharField("ORCID", max_length=19, null=True, blank=True, unique=True, validators=[validate_orcid])
    photo = models.ForeignKey("common.Image", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    bio = models.TextField(blank=True, max_length=600)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="person",
        help_text="The account this person signs in with, if any.",
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.orcid = self.orcid or None
        super().save(*args, **kwargs)
