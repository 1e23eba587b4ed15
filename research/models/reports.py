"""What readers reported or the checks found about an article, what was decided, and when it is read again."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.words import in_the_code_s_words


class ReaderReportQuerySet(models.QuerySet["ReaderReport"]):
    def open(self) -> "ReaderReportQuerySet":
        """Reports that nobody has decided on."""
        return self.filter(state__in=ReaderReport.OPEN)

    def decided(self) -> "ReaderReportQuerySet":
        """Reports with an outcome."""
        return self.exclude(state__in=ReaderReport.OPEN)


class ReaderReport(models.Model):
    """One report, and what became of it. It holds what the reader chose to say, and nothing else about them."""

    class Kind(models.TextChoices):
        WRONG = "wrong", _("Something is wrong")
        UNCLEAR = "unclear", _("Something is hard to understand")
        SOURCE = "source", _("The study was corrected or retracted")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        NEW = "new", _("New")
        LOOKING = "looking", _("Being looked at")
        UPHELD = "upheld", _("Upheld: something was wrong")
        DECLINED = "declined", _("Nothing to change")

    OPEN = (State.NEW, State.LOOKING)

    article = models.ForeignKey(
        "research.ArticlePage", on_delete=models.CASCADE, related_name="reader_reports", editable=False
    )
    digest = models.CharField(max_length=64, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices, editable=False)
    words = models.TextField(editable=False)
    email = models.EmailField(blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(
        max_length=8,
        choices=State.choices,
        default=State.NEW,
        help_text=_("Upheld: the article is due for a new review at once, and its readers are told so."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Who looks after it."),
    )
    decision = models.TextField(blank=True, help_text=_("What was decided, and why. Kept with the report; not public."))
    answer = models.TextField(
        blank=True,
        max_length=2000,
        help_text=_("Mailed to the reader once, if they left an address. No advice on anybody’s own health."),
    )
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ReaderReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "created_at"])]

    @in_the_code_s_words
    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.article}"

    @property
    def is_open(self) -> bool:
        """True until there is an outcome."""
        return self.state in self.OPEN

    def clean(self) -> None:
        """Refuse an outcome without its reason, and an answer that nobody gets or that was sent already."""
        super().clean()
        if not self.is_open and not self.decision.strip():
            raise ValidationError({"decision": gettext("Say what was decided, and why.")})
        kept = ReaderReport.objects.filter(pk=self.pk).first() if self.pk else None
        if kept is None:
            return
        if not kept.is_open and self.state != kept.state:
            raise ValidationError({"state": gettext("This report has its outcome. A new finding is a new report.")})
        if self.answer.strip() and not self.email:
            raise ValidationError({"answer": gettext("The reader left no address, so nobody would get it.")})
        if kept.answered_at and self.answer != kept.answer:
            raise ValidationError({"answer": gettext("This answer was sent. It stays as it is.")})


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


class ReviewClock(models.Model):
    """Who looks after an article's next full review, and what called for it before its time.

    The time itself is that of the signature; a call counts until the words are signed after it.
    """

    article = models.OneToOneField("research.ArticlePage", on_delete=models.CASCADE, related_name="review_clock")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    called_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    wagtail_reference_index_ignore = True

    def __str__(self) -> str:
        return f"{self.article_id}, with {self.owner or 'nobody'}"
