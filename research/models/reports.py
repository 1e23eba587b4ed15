"""What readers reported about an article, and what was decided."""

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
