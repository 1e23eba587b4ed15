"""What people said about a finding of the checks: "not a problem because …"."""

from django.conf import settings
from django.db import models


class FindingDismissal(models.Model):
    """One finding on one article that somebody looked at and let stand, with the reason. Kept when it is undone.

    ``key`` holds the rule and the digest of the sentence (or of what a finding on the whole article rests on), so
    an edited sentence is asked about again and the others are not.
    """

    subject_uuid = models.UUIDField(db_index=True)
    key = models.CharField(max_length=120)
    sentence = models.TextField(blank=True)
    reason = models.CharField(max_length=300)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_uuid", "key"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_standing_dismissal_a_finding",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.reason}"
