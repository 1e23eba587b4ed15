"""Calendar feeds of the planning board."""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone


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
