"""Secret addresses: who has one sees a draft for a while, or the dates of the planning board."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from research.models.references import Study


class PreviewLinkQuerySet(models.QuerySet["PreviewLink"]):
    def standing(self, now: datetime) -> "PreviewLinkQuerySet":
        """Links that neither were revoked nor have expired."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)


class PreviewLink(models.Model):
    """The words and pictures of one version as they were when the link was made, and who it is for.

    Nothing here is read from the draft again, so that later edits and overwritten revisions change
    nothing of what is shown. Of the address only a hash is kept.
    """

    article = models.ForeignKey("research.ArticlePage", on_delete=models.CASCADE, related_name="preview_links")
    revision = models.ForeignKey("wagtailcore.Revision", null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    content = models.TextField()
    pictures: models.JSONField = models.JSONField(default=dict)
    authors: models.JSONField = models.JSONField(default=list)
    topics: models.JSONField = models.JSONField(default=list)
    study = models.ForeignKey(Study, null=True, on_delete=models.SET_NULL, related_name="+")

    token_hash = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=120)
    made_by_editor = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    opened_count = models.PositiveIntegerField(default=0)
    first_opened_at = models.DateTimeField(null=True)
    last_opened_at = models.DateTimeField(null=True)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"Preview for {self.label}"

    def stands(self, now: datetime) -> bool:
        """True until it expires or is revoked."""
        return self.revoked_at is None and self.expires_at > now


def new_token() -> str:
    """Return 32 random bytes, in letters that an address may hold."""
    return secrets.token_urlsafe(32)


class BoardFeedQuerySet(models.QuerySet["BoardFeed"]):
    def standing(self) -> "BoardFeedQuerySet":
        """Addresses that are not revoked."""
        return self.filter(revoked_at__isnull=True)


class BoardFeed(models.Model):
    """The secret address of one person's calendar feed. A revoked one stays, and answers no more."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="board_feeds")
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = BoardFeedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(revoked_at__isnull=True), name="one_standing_feed_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"Calendar of {self.user}"
