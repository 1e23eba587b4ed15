"""What is put before reviewers: frozen versions, and what each reviewer has done with one before signing."""

from django.conf import settings
from django.db import models

from research.content.canonical import digest_of


class Submission(models.Model):
    """One version of an article as it was put before the reviewers; nothing in it is ever changed.

    ``notices`` are the UUIDs of what was known of every cited study, ``terms`` the signed words of the
    glossary terms that it shows, by UUID, ``pictures`` what ``research.publishing.pictures`` stored for it.
    """

    subject_uuid = models.UUIDField(db_index=True)
    revision = models.ForeignKey("wagtailcore.Revision", null=True, on_delete=models.SET_NULL, related_name="+")
    digest = models.CharField(max_length=64)
    content = models.TextField()
    pictures: models.JSONField = models.JSONField(default=dict)
    notices: models.JSONField = models.JSONField(default=list)
    terms: models.JSONField = models.JSONField(default=dict)
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    # Wagtail counts where a record is used; a submission is no such place.
    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["subject_uuid", "digest"])]

    def __str__(self) -> str:
        return f"{self.subject_uuid} as of {self.frozen_at:%Y-%m-%d %H:%M}"

    def is_untouched(self) -> bool:
        """True while the content is what the digest says."""
        return digest_of(self.content) == self.digest

    def file_hashes(self) -> dict[str, list[str]]:
        """Return what stands beside a signature: the sorted SHA-256 of each file made of a picture, by its key."""
        return {key: sorted(entry.get("sha256", {}).values()) for key, entry in self.pictures.items()}


class ReviewDraft(models.Model):
    """The unfinished review of one article by one reviewer.

    ``answers`` are the fields of the form as they were sent last, ``of_digest`` the words they were given for.
    ``ticks`` holds, by the key of a claim, what the claim rested on when it was ticked, see
    ``research.review.claims.ticks``: they stay from one round to the next.
    """

    subject_uuid = models.UUIDField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    of_digest = models.CharField(max_length=64, blank=True)
    answers: models.JSONField = models.JSONField(default=dict)
    ticks: models.JSONField = models.JSONField(default=dict)
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_uuid", "user"], name="one_review_draft_a_reviewer")]

    def __str__(self) -> str:
        return f"{self.subject_uuid} by {self.user}"


class ReviewReading(models.Model):
    """Which frozen version a reviewer had open, from when: their next round shows what changed since."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["submission", "user"], name="one_reading_a_reviewer")]

    def __str__(self) -> str:
        return f"{self.submission} by {self.user}"
