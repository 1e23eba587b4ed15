"""What is known of studies from outside: checks, proposals, tasks after a notice, imports, full texts."""

from django.conf import settings
from django.db import models

from research.models.references import Study, StudyNotice


class SourceCheck(models.Model):
    """How one source last answered about one study: each is asked, and fails, on its own."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "Answered"
        UNKNOWN = "unknown", "Does not know it"
        FAILED = "failed", "Failed"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="checks")
    source = models.CharField(max_length=40)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    failed_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["source"]
        constraints = [models.UniqueConstraint(fields=["study", "source"], name="one_check_a_study_and_source")]

    def __str__(self) -> str:
        return f"{self.source} on {self.study}: {self.get_outcome_display().lower()}"


class StudyProposal(models.Model):
    """A source says something else than our record: a person accepts it or not."""

    class State(models.TextChoices):
        OPEN = "open", "To decide"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="proposals")
    field = models.CharField(max_length=40)
    ours: models.JSONField = models.JSONField(null=True)
    theirs: models.JSONField = models.JSONField(null=True)
    source = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "field", "source"],
                condition=models.Q(state="open"),
                name="one_open_proposal_a_field_and_source",
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.study}: {self.theirs}"


class SourceTask(models.Model):
    """After a notice: what becomes of an article that rests on the study. The decision is kept."""

    class Decision(models.TextChoices):
        WITHDRAW = "withdraw", "Withdraw the article"
        REWRITE = "rewrite", "Rewrite it: needs a new sign-off"
        KEEP = "keep", "Keep it with the notice: needs a new sign-off"

    notice = models.ForeignKey(StudyNotice, on_delete=models.CASCADE, related_name="tasks")
    article = models.ForeignKey("research.ArticlePage", on_delete=models.CASCADE, related_name="source_tasks")
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["notice", "article"], name="one_task_a_notice_and_article")]

    def __str__(self) -> str:
        return f"{self.notice.get_kind_display()}: {self.article}"


class PeriodicJob(models.Model):
    """When a periodic job is next due; several runners agree on it by taking the row."""

    name = models.CharField(max_length=40, primary_key=True)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} due at {self.due_at:%Y-%m-%d %H:%M}"


class ImportJob(models.Model):
    """An import that a person started: read for a preview, then carried out in the background."""

    class State(models.TextChoices):
        READING = "reading", "Reading"
        READY = "ready", "Ready to import"
        IMPORTING = "importing", "Importing"
        DONE = "done", "Done"
        FAILED = "failed", "Could not be read"

    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    identifiers = models.TextField(blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    file_content = models.BinaryField(default=bytes)
    # The preview: for each record its title, what would happen and why.
    lines: models.JSONField = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts: models.JSONField = models.JSONField(default=dict)
    # The places of the records without DOI and PMID that whoever started the import decided to keep.
    kept_unwatched: models.JSONField = models.JSONField(default=list)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name or f"Import {self.pk}"


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
