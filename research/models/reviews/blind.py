"""Two reviewers of one version: what each answered, kept from everybody until both have."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from research.models.reviews.submissions import Submission


class BlindAnswerQuerySet(models.QuerySet["BlindAnswer"]):
    def opened(self) -> "BlindAnswerQuerySet":
        """Answers that may be read: the other reviewer has answered, too."""
        return self.filter(opened_at__isnull=False)

    def kept(self) -> "BlindAnswerQuerySet":
        """Answers that nobody may read yet."""
        return self.filter(opened_at__isnull=True)


class BlindAnswer(models.Model):
    """What one of two reviewers decided about a version, and why. No screen and no mail reads it before it is opened.

    ``answers`` are by the key of the question, as the form has them; the two ratings are the reviewer's own.
    """

    class Decision(models.TextChoices):
        SIGN = "sign", _("Countersigned")
        SEND_BACK = "send_back", _("Sent back")

    state = models.ForeignKey("research.MedicalReviewState", on_delete=models.CASCADE, related_name="blind_answers")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    decision = models.CharField(max_length=9, choices=Decision.choices)
    answers: models.JSONField = models.JSONField(default=dict)
    ticks: models.JSONField = models.JSONField(default=list)
    conflict_statement = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    credibility = models.PositiveSmallIntegerField(null=True)
    interest = models.PositiveSmallIntegerField(null=True)
    given_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    objects = BlindAnswerQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["given_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["submission", "user"], name="one_blind_answer_a_reviewer")]

    def __str__(self) -> str:
        return f"{self.submission} by {self.user}"


class HeldNote(models.Model):
    """A note at a place of an article by one of two reviewers; it becomes a comment once both have answered."""

    page = models.ForeignKey("research.ArticlePage", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    contentpath = models.CharField(max_length=300)
    quote = models.TextField(blank=True)
    text = models.TextField()
    made_at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return f"Note of {self.user} on {self.page_id}"


class RatingGap(models.Model):
    """Two reviewers signed and rate the study two bands apart or more: an editor decides, and says why."""

    class Decision(models.TextChoices):
        STANDS = "stands", _("It stands as it is rated")
        BACK = "back", _("It goes back to its writer")

    subject_uuid = models.UUIDField(db_index=True)
    state = models.ForeignKey(
        "research.MedicalReviewState", null=True, on_delete=models.SET_NULL, related_name="rating_gaps"
    )
    submission = models.ForeignKey(Submission, null=True, on_delete=models.SET_NULL, related_name="+")
    # Of each rating its name and both values, in the order in which the reviewers answered.
    ratings: models.JSONField = models.JSONField(default=dict)
    found_at = models.DateTimeField()
    decision = models.CharField(max_length=6, choices=Decision.choices, blank=True)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["found_at", "pk"]

    def __str__(self) -> str:
        return f"Ratings of {self.subject_uuid}"
