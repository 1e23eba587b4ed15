"""What was removed from the record, why, and who decided it. Nothing here names who or what was removed."""

from django.conf import settings
from django.db import models


class Erasure(models.Model):
    """One removal: a person's name and statements, or signed words. Lines are only ever added."""

    class Kind(models.TextChoices):
        PERSON = "person", "A person"
        CONTENT = "content", "Signed words"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    # Numbers of what was erased; a reader who wrote a report has none.
    user_id = models.PositiveBigIntegerField(null=True)
    person_id = models.PositiveBigIntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    reason = models.TextField()
    by_id = models.PositiveBigIntegerField(null=True)
    with_id = models.PositiveBigIntegerField(null=True)
    counts: models.JSONField = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.at:%Y-%m-%d}"


class ContentRemovalRequest(models.Model):
    """One person asks for signed words to be removed; another one does it, or declines."""

    digest = models.CharField(max_length=64)
    reason = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["digest"], condition=models.Q(closed_at__isnull=True), name="one_open_removal_a_digest"
            )
        ]

    def __str__(self) -> str:
        return f"Removal of {self.digest[:12]}"
