"""What readers reported or the checks found about an article, and what was decided."""

from django.conf import settings
from django.db import models


class ReaderReport(models.Model):
    """One report. It holds what the reader chose to say, and nothing else about them."""

    class Kind(models.TextChoices):
        WRONG = "wrong", "Something is wrong"
        UNCLEAR = "unclear", "Something is hard to understand"
        SOURCE = "source", "The study was corrected or retracted"
        OTHER = "other", "Something else"

    article = models.ForeignKey(
        "research.ArticlePage", on_delete=models.CASCADE, related_name="reader_reports", editable=False
    )
    digest = models.CharField(max_length=64, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices, editable=False)
    words = models.TextField(editable=False)
    email = models.EmailField(blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    decision = models.TextField(blank=True, help_text="What was decided, and why. Kept with the report.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.article}"


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

    objects: "models.Manager[FindingDismissal]" = models.Manager()

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
