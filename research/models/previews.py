"""Links by which someone without an account sees one draft version of an article, for a while."""

from datetime import datetime

from django.conf import settings
from django.db import models

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
