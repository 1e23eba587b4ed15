"""The full text of a study, stored so that passages can be quoted from it and compared with it."""

from django.conf import settings
from django.db import models

from research.models.references import Study


class FullText(models.Model):
    """The full text of one study as somebody pasted or uploaded it; for the newsroom, never printed for readers.

    ``parts`` are (label, text) as those of an abstract. A changed text has another hash, so claims that were
    linked to it reopen.
    """

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="full_text")
    parts: models.JSONField = models.JSONField(default=list)
    origin = models.CharField(max_length=200, help_text="Where it was taken from.")
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return f"Full text of {self.study}"
