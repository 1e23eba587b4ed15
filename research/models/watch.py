"""What is known of studies from outside: checks, proposals, tasks after a notice, imports, searches, full texts."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.leases import is_free
from common.words import in_the_code_s_words
from research.models.references import Study, StudyNotice
from research.sources.standing import TAKEN_BACK

#: How often a saved search is asked.
ASK_EVERY = timedelta(days=1)
#: An import of which nothing was heard for so long is taken up again, and so long it waits at most between two tries.
SILENCE = timedelta(minutes=15)


class SourceCheck(models.Model):
    """How one source last answered about one study: each is asked, and fails, on its own."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered", _("Answered")
        UNKNOWN = "unknown", _("Does not know it")
        FAILED = "failed", _("Failed")

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

    @in_the_code_s_words
    def __str__(self) -> str:
        return f"{self.source} on {self.study}: {self.get_outcome_display().lower()}"


class StudyProposal(models.Model):
    """A source says something else than our record: a person accepts it or not."""

    class State(models.TextChoices):
        OPEN = "open", _("To decide")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

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
        WITHDRAW = "withdraw", _("Withdraw the article")
        REWRITE = "rewrite", _("Rewrite it: needs a new sign-off")
        KEEP = "keep", _("Keep it with the notice: needs a new sign-off")

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

    @in_the_code_s_words
    def __str__(self) -> str:
        return f"{self.notice.get_kind_display()}: {self.article}"


class UnconfirmedNoticeQuerySet(models.QuerySet["UnconfirmedNotice"]):
    def open(self) -> "UnconfirmedNoticeQuerySet":
        """Those that nobody has decided on, and that no notice recorded since has settled."""
        settles = Q(kind=OuterRef("kind")) | Q(kind__in=TAKEN_BACK)
        since = StudyNotice.objects.filter(settles, study=OuterRef("study"), created_at__gte=OuterRef("created_at"))
        return self.filter(~Exists(since), decided_at=None)

    def pressing(self) -> "UnconfirmedNoticeQuerySet":
        """Those about a study that an article rests on, or that no source can be asked about."""
        is_used = Q(study__articles__isnull=False) | Q(study__cited_by__isnull=False)
        is_public = Q(study__published_articles__isnull=False)
        is_unwatched = Q(study__doi=None, study__pmid=None) | Q(study__is_example=True)
        used = UnconfirmedNotice.objects.filter(is_used | is_public | is_unwatched, pk=OuterRef("pk"))
        return self.filter(Exists(used))


class UnconfirmedNotice(models.Model):
    """What a file says happened to a study: no notice, and no word of it for readers, until a source confirms it.

    The sources are asked at once. Those who may add notices see it until a notice is there or one of them decides
    that there is nothing to it.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="unconfirmed_notices")
    kind = models.CharField(max_length=24, choices=StudyNotice.Kind.choices)
    # For the newsroom, as the file has it.
    cited_as = models.CharField(max_length=300, blank=True)
    link = models.URLField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = UnconfirmedNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    @in_the_code_s_words
    def __str__(self) -> str:
        return f"{self.get_kind_display()}, by a file: {self.study}"


class PeriodicJob(models.Model):
    """When a periodic job is next due; several runners agree on it by taking the row."""

    name = models.CharField(max_length=40, primary_key=True)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} due at {self.due_at:%Y-%m-%d %H:%M}"


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    def busy(self) -> "ImportJobQuerySet":
        """Imports that are read or carried out, or wait for that."""
        return self.filter(state__in=ImportJob.BUSY_STATES)

    def silent(self, now: datetime) -> "ImportJobQuerySet":
        """Busy imports that nobody seems to work on: their wait is over, or nothing was heard of them for long."""
        return self.busy().filter(Q(resume_at=None) | is_free("resume_at", now, SILENCE))


class ImportJob(models.Model):
    """An import that a person started: read for a preview, then carried out in the background.

    What failed for a fault of what we run on waits until ``resume_at``, with the reason in ``error``.
    """

    class State(models.TextChoices):
        READING = "reading", _("Reading")
        READY = "ready", _("Ready to import")
        IMPORTING = "importing", _("Importing")
        DONE = "done", _("Done")
        FAILED = "failed", _("Could not be read")

    BUSY_STATES = (State.READING, State.IMPORTING)

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
    # How often in a row it could not go on, and when the runner queues it anew unless it is over by then.
    attempts = models.PositiveIntegerField(default=0)
    resume_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name or f"Import {self.pk}"

    @property
    def is_busy(self) -> bool:
        """Whether it is read or carried out, or waits for that."""
        return self.state in self.BUSY_STATES

    @property
    def is_waiting(self) -> bool:
        """Whether it failed for a fault of what we run on, and goes on by itself."""
        return self.is_busy and bool(self.error)


class FullText(models.Model):
    """The full text of one study as somebody pasted or uploaded it; for the newsroom, never printed for readers.

    ``parts`` are (label, text) as those of an abstract. A changed text has another hash, so claims that were
    linked to it reopen.
    """

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="full_text")
    parts: models.JSONField = models.JSONField(default=list)
    origin = models.CharField(max_length=200, help_text=_("Where it was taken from."))
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return f"Full text of {self.study}"


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    def due(self, now: datetime) -> "SavedSearchQuerySet":
        """Searches that are switched on and whose next question is due, the longest waiting first."""
        waits_no_more = Q(due_at=None) | is_free("due_at", now, ASK_EVERY)
        return self.filter(waits_no_more, is_active=True).order_by("due_at", "pk")


class SavedSearch(models.Model):
    """What a section asks PubMed or Europe PMC again and again; what is found is suggested as a next article.

    ``answered_until`` is the day up to which the source has told all it knew; the next question starts a little
    before it.
    """

    class Source(models.TextChoices):
        PUBMED = "pubmed", _("PubMed")
        EUROPE_PMC = "europepmc", _("Europe PMC")

    section = models.ForeignKey(
        "research.TopicIndexPage",
        on_delete=models.CASCADE,
        related_name="saved_searches",
        help_text=_("Where an article on what is found would stand."),
    )
    name = models.CharField(max_length=80, help_text=_("What it looks for, in a few words: “Trials in MS”."))
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.PUBMED)
    query = models.TextField(
        "search",
        max_length=2000,
        help_text=_(
            "As you would type it into the source’s own search box; try it there first. For PubMed for example "
            "“multiple sclerosis[majr] AND randomized controlled trial[pt]”."
        ),
    )
    is_active = models.BooleanField(_("ask once a day"), default=True)
    due_at = models.DateTimeField(null=True, editable=False)
    asked_at = models.DateTimeField(null=True, editable=False)
    answered_until = models.DateField(null=True, editable=False)
    # What was wrong with the last question; empty when it was answered.
    error = models.CharField(max_length=300, blank=True, editable=False)
    # How many the last answer had beyond those that were taken.
    left_out = models.PositiveIntegerField(default=0, editable=False)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = _("saved searches")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a search without a word in it, and one that holds a control character."""
        self.query = " ".join(self.query.split())
        if not any(character.isalnum() for character in self.query):
            raise ValidationError({"query": gettext("Say what to search for.")})

    def save(self, *args: object, **kwargs: object) -> None:
        """Save; a search whose words or source are new is asked from the beginning."""
        before = type(self).objects.filter(pk=self.pk).values_list("query", "source").first() if self.pk else None
        if before is not None and before != (self.query, self.source):
            self.due_at = self.answered_until = None
            self.error, self.left_out = "", 0
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class StudySuggestionQuerySet(models.QuerySet["StudySuggestion"]):
    def unseen(self) -> "StudySuggestionQuerySet":
        """Suggestions that nobody decided on and whose study did not come on record another way, newest first."""
        known = Study.objects.filter(
            Q(doi=OuterRef("doi"), doi__isnull=False) | Q(pmid=OuterRef("pmid"), pmid__isnull=False)
        )
        open_ones = self.filter(state=StudySuggestion.State.OPEN)
        return open_ones.exclude(Exists(known)).order_by("-found_at", "-pk")


class StudySuggestion(models.Model):
    """A study that a saved search found: once, whichever search finds it again and whatever became of it."""

    class State(models.TextChoices):
        OPEN = "open", _("To decide")
        STARTED = "started", _("Started")
        DISMISSED = "dismissed", _("Not for us")

    search = models.ForeignKey(SavedSearch, null=True, on_delete=models.SET_NULL, related_name="suggestions")
    section = models.ForeignKey("research.TopicIndexPage", on_delete=models.CASCADE, related_name="study_suggestions")
    doi = models.CharField(max_length=200, null=True, unique=True)
    pmid = models.CharField(max_length=20, null=True, unique=True)
    # What the source said, as ``sources.stored`` writes it: an article is started from it without asking again.
    record: models.BinaryField = models.BinaryField()
    title = models.TextField()
    journal = models.CharField(max_length=200, blank=True)
    published = models.CharField(max_length=60, blank=True)
    # The rubric's words for the kind of study and how many people took part, as its record suggests them.
    design = models.CharField(max_length=120, blank=True)
    people = models.PositiveIntegerField(null=True)
    found_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    article = models.ForeignKey("research.ArticlePage", null=True, on_delete=models.SET_NULL, related_name="+")

    objects = StudySuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-found_at", "-pk"]
        indexes = [models.Index(fields=["state", "-found_at"], name="suggestions_by_state")]

    def __str__(self) -> str:
        return self.title
