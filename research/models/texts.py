"""Shared medical texts: explainers, topic definitions, glossary terms.

The row is the draft. What readers see is the sealed copy in ``PublishedText``, written when a medical
reviewer countersigns.
"""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Replace
from django.utils.translation import gettext

from research.content.canonical import canonical_json
from research.models.signoffs import SignOff
from research.newsroom.refusals import tell


class SignableText(models.Model):
    """A model with words that need a signature before a reader sees them.

    ``about`` names the claim that says which page the words are about, and the attribute of that page which
    its seal holds: words that are moved to another page need a new signature. None: about no page.
    """

    subject_type: ClassVar[str]
    claim_fields: ClassVar[tuple[str, ...]]
    about: ClassVar[tuple[str, str] | None] = None

    subject_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True

    def claims(self) -> dict[str, str]:
        """Return what a signature of this text is of, by claim field, as the row has it."""
        values = {name: getattr(self, name) for name in self.claim_fields}
        if self.about:
            field, identity = self.about
            values[field] = getattr(values[field], identity)
        return {name: str(value) for name, value in values.items()}

    def shows(self, sealed: Mapping[str, str]) -> bool:
        """True where readers are shown these sealed values while the row is as it is."""
        return True

    def was_public(self) -> bool:
        """True when any words of this text were ever countersigned: then its record is kept."""
        return SignOff.objects.filter(subject_uuid=self.subject_uuid).exists()

    def why_kept(self) -> str:
        """Return why this text is not deleted; "" when it may be."""
        if not self.was_public():
            return ""
        return gettext(
            "“%(self)s” is, or was, public, so its record is kept. Revoke its sign-off to take its words from readers."
        ) % {"self": self}

    def refuse_to_delete(self) -> None:
        """Keep the record of a text that is, or was, public.

        Raises:
            PermissionDenied: there is such a record; a person in the admin is told as well.
        """
        words = self.why_kept()
        if words:
            tell(words)
            raise PermissionDenied(words)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete a text that was never public.

        Raises:
            PermissionDenied: it is, or was, public.
        """
        # Asked by the receiver too, but there within the statement's own transaction, which a refusal breaks.
        self.refuse_to_delete()
        return super().delete(*args, **kwargs)


#: What shared texts may be about, by the name that their seals have for it.
ABOUT = ("article", "page", "section")


class PublishedTextQuerySet(models.QuerySet["PublishedText"]):
    def about(self, kind: type[SignableText], thing: uuid.UUID) -> "PublishedTextQuerySet":
        """The texts of a kind that are about something, by its UUID: so their seals say, rows could be pointed away."""
        return self.filter(subject_type=kind.subject_type, about=thing)

    def newest_of(self, kind: type[SignableText]) -> "PublishedTextQuerySet":
        """The texts of a kind, the one signed last first."""
        return self.filter(subject_type=kind.subject_type).order_by("-signed_at")


class PublishedText(models.Model):
    """The sealed words of one shared text, as readers see them.

    Only a signature writes a row and only a revocation deletes one. ``values`` holds the claim fields
    of the text, by name, in canonical form; ``about``, what they say the text is about, so that it is found by an
    index: a UUID, or None. The database makes it of the values, so that the two never differ.
    """

    subject_type = models.CharField(max_length=20)
    subject_uuid = models.UUIDField(unique=True)
    digest = models.CharField(max_length=64)
    sign_off_sequence = models.PositiveBigIntegerField()
    values: models.JSONField = models.JSONField()
    signed_at = models.DateTimeField()
    about = models.GeneratedField(
        expression=Cast(
            Replace(Coalesce(*(KT(f"values__{name}") for name in ABOUT)), models.Value("-")), models.UUIDField()
        ),
        output_field=models.UUIDField(),
        db_persist=True,
        serialize=False,  # whatever a fixture said of it would not count
    )

    objects = PublishedTextQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["about", "subject_type"], name="texts_about_something"),
            # The newest corrections, in feeds and where all are listed.
            models.Index(fields=["subject_type", "-signed_at"], name="texts_of_a_kind_newest_first"),
        ]

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
