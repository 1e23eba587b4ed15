"""Shared medical texts: explainers, topic definitions, glossary terms.

The row is the draft. What readers see is the sealed copy in ``PublishedText``, written when a medical
reviewer countersigns.
"""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models

from research.canonical import canonical_json


class SignableText(models.Model):
    """A model with words that need a signature before a reader sees them."""

    subject_type: ClassVar[str]
    claim_fields: ClassVar[tuple[str, ...]]

    subject_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class PublishedText(models.Model):
    """The sealed words of one shared text, as readers see them.

    Only a signature writes a row and only a revocation deletes one. ``values`` holds the claim fields
    of the text, by name, in canonical form.
    """

    subject_type = models.CharField(max_length=20)
    subject_uuid = models.UUIDField(unique=True)
    digest = models.CharField(max_length=64)
    sign_off_sequence = models.PositiveBigIntegerField()
    values: models.JSONField = models.JSONField()
    signed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject_type"])]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_uuid}"

    def value(self, name: str) -> Any:
        """Return a claim field's sealed value; "" where it was empty."""
        return self.values.get(name, "")

    def sealed_words(self) -> str:
        """Return what the digest is of: the canonical form of the values."""
        return canonical_values(self.values)


def canonical_values(values: Mapping[str, str]) -> str:
    """Return the canonical form of a shared text's claims by field."""
    return f"v1:{canonical_json(values)}"
