"""Guests: people without an account who are asked about one version of an article while it is under review."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from research.models.reviews.submissions import Submission


class GuestLinkQuerySet(models.QuerySet["GuestLink"]):
    def standing(self, now: datetime) -> "GuestLinkQuerySet":
        """Links that neither were revoked nor have expired."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)

    def answered(self) -> "GuestLinkQuerySet":
        """Links whose guest has answered, the latest first."""
        return self.filter(answered_at__isnull=False).order_by("-answered_at")


class GuestLink(models.Model):
    """One guest, one frozen version, one answer: an opinion, which is never a signature.

    Of the address only a hash is kept. ``key`` is what it is made from, together with the secret of this site.
    """

    class Kind(models.TextChoices):
        EXPERT = "expert", _("Outside expert")
        READER = "reader", _("Lay reader")
        AUTHOR = "author", _("Author of the study")

    class Verdict(models.TextChoices):
        RIGHT = "right", _("Right as it is")
        CHANGES = "changes", _("Right after changes")
        WRONG = "wrong", _("Wrong or misleading")

    kind = models.CharField(max_length=6, choices=Kind.choices)
    article = models.ForeignKey("research.ArticlePage", on_delete=models.CASCADE, related_name="guest_links")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    # What they declared before they were shown a word, and what they said of it.
    conflict_statement = models.TextField(blank=True)
    declared_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=7, choices=Verdict.choices, blank=True)
    words = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    objects = GuestLinkQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-invited_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

    def stands(self, now: datetime) -> bool:
        """True until it expires or is revoked."""
        return self.revoked_at is None and self.expires_at > now
