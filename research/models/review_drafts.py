"""What a reviewer answered and ticked so far: kept on the server as it is given."""

from django.conf import settings
from django.db import models


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
