"""The record behind an article: journals, studies, and what later happened to them."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.words import in_the_code_s_words
from research.newsroom.permissions import can_record_reinstatement
from research.newsroom.refusals import tell
from research.sources.identifiers import normalise_doi, normalise_pmid, validate_doi, validate_pmid
from research.sources.standing import is_lifted_by, status_from

if TYPE_CHECKING:
    from common.models import AnyUser

NOTICE_IS_KEPT = _(
    "A notice about a study is kept: it is what readers were told. A later notice, such as a reinstatement, lifts it."
)
# The first medical journals; what is older is a mistake of the keyboard.
EARLIEST_YEAR = 1665
MONTHS = (
    "", "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


class Journal(models.Model):
    """Where studies appear; its kind decides the wording of the explainer."""

    class Kind(models.TextChoices):
        JOURNAL = "journal", _("Journal")
        PREPRINT_SERVER = "preprint_server", _("Preprint server")
        BOOK_SERIES = "book_series", _("Book series")

    subject_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    SEALED_FIELDS = frozenset({"name", "kind"})

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.JOURNAL)
    issn = models.CharField("ISSN", max_length=9, null=True, blank=True, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.issn = self.issn or None
        super().save(*args, **kwargs)


class StudyQuerySet(models.QuerySet["Study"]):
    def matching(self, text: str) -> "StudyQuerySet":
        """Studies whose title holds these words, or whose DOI or PMID this is."""
        by_id = Q(doi=normalise_doi(text)) | Q(pmid=normalise_pmid(text))
        by_title = Q()
        for word in text.split():
            by_title &= Q(title__icontains=word)
        return self.filter(by_id | by_title)


class Study(models.Model):
    """One source study. Dates hold only the parts that are known; none is ever invented."""

    class Kind(models.TextChoices):
        JOURNAL_ARTICLE = "journal_article", _("Journal article")
        PREPRINT = "preprint", _("Preprint")
        CONFERENCE_PAPER = "conference_paper", _("Conference paper")
        BOOK_CHAPTER = "book_chapter", _("Book chapter")
        BOOK = "book", _("Book")
        REFERENCE_ENTRY = "reference_entry", _("Entry of a reference work")
        DISSERTATION = "dissertation", _("Dissertation")
        REPORT = "report", _("Report")
        OTHER = "other", _("Other publication")

    class Status(models.TextChoices):
        NONE_KNOWN = "none_known", _("No notices known")
        CORRECTED = "corrected", _("Corrected")
        CONCERN = "expression_of_concern", _("Expression of concern")
        RETRACTED = "retracted", _("Retracted")
        WITHDRAWN = "withdrawn", _("Withdrawn or removed")
        MARKED = "marked", _("Its title says retracted or withdrawn")
        PARTLY_RETRACTED = "partly_retracted", _("Retracted in part")
        REINSTATED = "reinstated", _("Reinstated")
        REPLACED = "replaced", _("Retracted and republished")
        REPUBLISHED = "republished", _("Corrected and republished")
        NEWER_VERSION = "newer_version", _("Newer version exists")
        NEEDS_A_LOOK = "needs_a_look", _("A source reports something to look at")

    #: Lists do not offer what was written about such a study, and feeds tell of it.
    WITHHELD_STATUSES = (Status.RETRACTED, Status.WITHDRAWN)

    subject_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=500)
    journal = models.ForeignKey(Journal, null=True, blank=True, on_delete=models.PROTECT, related_name="studies")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.JOURNAL_ARTICLE)
    doi = models.CharField("DOI", max_length=200, null=True, blank=True, unique=True, validators=[validate_doi])
    pmid = models.CharField("PMID", max_length=20, null=True, blank=True, unique=True, validators=[validate_pmid])
    url = models.URLField(_("Link"), blank=True, help_text=_("Only where there is no DOI or PMID."))
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    month = models.PositiveSmallIntegerField(null=True, blank=True)
    day = models.PositiveSmallIntegerField(null=True, blank=True)
    date_as_given = models.CharField(max_length=60, blank=True, help_text=_("The date in the source's own words."))
    volume = models.CharField(max_length=40, blank=True)
    issue = models.CharField(max_length=40, blank=True)
    pages = models.CharField(max_length=60, blank=True, help_text=_("As printed, or the number of the article."))
    authors = models.TextField(blank=True, help_text=_("One a line, for example “Park JH”."))
    authors_complete = models.BooleanField(default=True, help_text=_("Untick when the source names only some of them."))
    funding = models.TextField(blank=True, help_text=_("Who paid. Leave empty if not stated."))
    interests = models.TextField(blank=True, help_text=_("What the authors declared. Leave empty if not stated."))
    licence = models.CharField(
        _("licence of its texts"),
        max_length=40,
        blank=True,
        help_text=_(
            "As the journal names it, for example “CC BY 4.0”. Leave empty if not known: then readers see short "
            "quotes only."
        ),
    )
    is_example = models.BooleanField(
        default=False, help_text=_("An invented study, for demonstration. Readers are told so.")
    )
    embargo_until = models.DateTimeField(
        null=True, blank=True, help_text=_("Nothing about it may be public before this time.")
    )
    embargo_source = models.CharField(
        max_length=120, blank=True, help_text=_("Who set the embargo: the journal, a press office.")
    )
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.NONE_KNOWN, editable=False)
    # The database makes it of the status, so that the two never differ.
    is_withheld = models.GeneratedField(
        expression=Q(status__in=WITHHELD_STATUSES),  # type: ignore[arg-type] # Django takes a condition, too
        output_field=models.BooleanField(),
        db_persist=True,
        serialize=False,  # whatever a fixture said of it would not count
    )
    # What the source's record says beyond the citation: help for writers, never printed for readers.
    abstract: models.JSONField = models.JSONField(default=list, blank=True, editable=False)
    lay_summary = models.TextField(blank=True, editable=False)
    publication_types: models.JSONField = models.JSONField(default=list, blank=True, editable=False)
    mesh_terms: models.JSONField = models.JSONField(default=list, blank=True, editable=False)
    language = models.CharField(max_length=40, blank=True, editable=False)
    original_title = models.CharField(max_length=500, blank=True, editable=False)
    title_is_translated = models.BooleanField(default=False, editable=False)
    pmcid = models.CharField(_("PMC number"), max_length=20, blank=True, editable=False)
    registrations: models.JSONField = models.JSONField(default=list, blank=True, editable=False)
    keywords: models.JSONField = models.JSONField(default=list, blank=True, editable=False)
    author_orcids: models.JSONField = models.JSONField(default=dict, blank=True, editable=False)
    # "Never checked", "checked, clear at" and "check failed since" are three different things.
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    check_asked_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    check_failed_since = models.DateTimeField(null=True, blank=True, editable=False)
    check_error = models.CharField(max_length=300, blank=True, editable=False)
    # Who decided to keep a record that nothing watches, since it has neither a DOI nor a PMID.
    kept_unwatched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    kept_unwatched_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    DATE_FIELDS = ("year", "month", "day", "date_as_given")
    IDENTIFIERS = ("doi", "pmid")
    # What an article cites of a study, and so seals.
    SEALED_FIELDS = frozenset(
        {"title", "journal", "kind", "doi", "pmid", "url", "authors", "authors_complete", "funding", "interests",
         "volume", "issue", "pages", "is_example", *DATE_FIELDS}
    )  # fmt: skip

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "title"]
        verbose_name_plural = "studies"
        indexes = [
            models.Index(fields=["status"]),
            # Feeds start from these few. Of a status, SQLite cannot know that it is a rare one.
            models.Index(fields=["id"], condition=Q(is_withheld=True), name="studies_that_are_withheld"),
            models.Index(
                fields=["embargo_until"], condition=models.Q(embargo_until__isnull=False), name="studies_under_embargo"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(doi__isnull=True) | Q(doi=Lower("doi")), name="study_doi_is_lower_case"),
            models.CheckConstraint(
                condition=Q(month__isnull=True) | Q(month__range=(1, 12), year__isnull=False),
                name="study_month_belongs_to_a_year",
            ),
            models.CheckConstraint(
                condition=Q(day__isnull=True) | Q(day__range=(1, 31), month__isnull=False),
                name="study_day_belongs_to_a_month",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        self._normalise()
        if self.month and not 1 <= self.month <= 12:
            raise ValidationError({"month": gettext("A month is a number from 1 to 12.")})
        if self.day and not self.month:
            raise ValidationError({"day": gettext("Give the month that this day belongs to.")})
        if self.month and not self.year:
            raise ValidationError({"month": gettext("Give the year that this month belongs to.")})
        self._refuse_impossible_dates()
        if self.embargo_until and not self.embargo_source:
            raise ValidationError({"embargo_source": gettext("Say who set the embargo.")})

    def _refuse_impossible_dates(self) -> None:
        next_year = timezone.localdate().year + 1
        if self.year is not None and not EARLIEST_YEAR <= self.year <= next_year:
            raise ValidationError(
                {
                    "year": gettext("A year from %(earliest_year)s to %(next_year)s.")
                    % {"earliest_year": EARLIEST_YEAR, "next_year": next_year}
                }
            )
        try:
            if self.year and self.month and self.day:
                date(self.year, self.month, self.day)
        except ValueError as error:
            raise ValidationError({"day": gettext("There is no such day in that month.")}) from error

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the study, what follows it in public, and the identifiers that it had: all, or none."""
        self._normalise()
        names = kwargs.get("update_fields")
        if not self._state.adding and (names is None or not set(self.IDENTIFIERS).isdisjoint(names)):
            self._keep_former_identifiers()
        super().save(*args, **kwargs)

    def _keep_former_identifiers(self) -> None:
        """Keep what is about to be changed: articles that are public may print it."""
        kept = Study.objects.filter(pk=self.pk).values(*self.IDENTIFIERS).first() or {}
        for kind, value in kept.items():
            if value and value != getattr(self, kind):
                FormerIdentifier.objects.get_or_create(study=self, kind=kind, value=value)

    def _normalise(self) -> None:
        self.doi = normalise_doi(self.doi or "") or None
        self.pmid = normalise_pmid(self.pmid or "") or None

    @property
    def date(self) -> dict[str, int | str | None]:
        """The parts of the date as one value: parts of two sources would make a date that neither gave."""
        return {name: getattr(self, name) for name in self.DATE_FIELDS}

    @date.setter
    def date(self, parts: Mapping[str, int | str | None]) -> None:
        for name in self.DATE_FIELDS:
            setattr(self, name, parts[name])

    @property
    def date_words(self) -> str:
        """The date to the precision that is known, such as "May 2018"; "" when nothing is."""
        if not self.year:
            return self.date_as_given
        parts = [str(self.day) if self.day else "", MONTHS[self.month or 0], str(self.year)]
        return " ".join(part for part in parts if part)

    @property
    def is_watched(self) -> bool:
        """Whether a source can be asked about it: an invented example and a record without DOI and PMID cannot."""
        return bool((self.doi or self.pmid) and not self.is_example)

    def author_names(self) -> list[str]:
        """Return the authors as given, in order."""
        return [line.strip() for line in self.authors.splitlines() if line.strip()]

    def refresh_status(self) -> None:
        """Set the status from the notices, the weightiest that stands; the notices are the truth."""
        self.status = Study.Status(status_from(list(self.notices.order_by("date", "pk"))))
        self.save(update_fields=["status"])


class FormerIdentifier(models.Model):
    """A DOI or PMID that a study's record had: while a public article prints it, its sources are asked under it."""

    class Kind(models.TextChoices):
        DOI = "doi", "DOI"
        PMID = "pmid", "PMID"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="former_identifiers")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    value = models.CharField(max_length=200)
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["value", "kind"], name="studies_by_former_identifier")]
        constraints = [
            models.UniqueConstraint(fields=["study", "kind", "value"], name="one_former_identifier_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}, once of {self.study}"


class StudyNoticeQuerySet(models.QuerySet["StudyNotice"]):
    """Notices; what decides which of them stands is changed one by one, where it is asked who does so."""

    def update(self, **values: Any) -> int:
        """Write the same to several notices.

        Raises:
            ValidationError: it would decide which notices stand.
        """
        if values.keys() & StudyNotice.DECIDING_FIELDS:
            raise ValidationError(gettext("A notice stays what it was recorded as, and when."))
        return super().update(**values)


class StudyNotice(models.Model):
    """Something that later happened to a study, with its date, source and link.

    Nothing deletes one but the end of its study. ``changed_by`` is who changes it by hand, if a person does.
    """

    class Kind(models.TextChoices):
        CORRECTION = "correction", _("Correction")
        CONCERN = "expression_of_concern", _("Expression of concern")
        RETRACTION = "retraction", _("Retraction")
        PARTIAL_RETRACTION = "partial_retraction", _("Retraction in part")
        WITHDRAWAL = "withdrawal", _("Withdrawal")
        REMOVAL = "removal", _("Removal")
        MARKED_RETRACTED = "marked_retracted", _("Title marked as retracted")
        MARKED_WITHDRAWN = "marked_withdrawn", _("Title marked as withdrawn")
        REINSTATEMENT = "reinstatement", _("Reinstatement")
        REPLACEMENT = "replacement", _("Retracted and republished")
        CORRECTED_REPUBLISHED = "corrected_republished", _("Corrected and republished")
        NEWER_VERSION = "newer_version", _("Newer version")
        NEEDS_A_LOOK = "needs_a_look", _("Needs a look")

    class Part(models.TextChoices):
        FIGURES = "figures", _("One or more figures or tables")
        DATA = "data", _("Part of the data")
        RESULTS = "results", _("Part of the results")
        METHODS = "methods", _("Part of the methods")
        TEXT = "text", _("Part of the text")
        AUTHORS = "authors", _("The authors or what they declared")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=24, choices=Kind.choices)
    date = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=120, help_text=_("Who says so: the journal, PubMed …"))
    reason = models.CharField(max_length=300, blank=True, help_text=_("The reason, when one is given."))
    part = models.CharField(
        max_length=10,
        blank=True,
        choices=Part.choices,
        help_text=_("Which part of the study it is about, when it is not about the whole."),
    )
    part_as_given = models.CharField(max_length=200, blank=True, editable=False)
    link = models.URLField(blank=True)
    date_as_given = models.CharField(
        max_length=60, blank=True, help_text=_("The date in the source's own words, if the day is not known.")
    )
    doi = models.CharField(_("DOI of the notice"), max_length=200, blank=True, editable=False)
    pmid = models.CharField(_("PMID of the notice"), max_length=20, blank=True, editable=False)
    cited_as = models.CharField(max_length=300, blank=True, editable=False)
    raw_words = models.CharField(max_length=200, blank=True, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    FIXED_FIELDS = ("study", "kind")
    # What says which of the notices about a study stands.
    DECIDING_FIELDS = frozenset({"kind", "date", "date_as_given", "created_at"})

    changed_by: "AnyUser | None" = None

    objects = StudyNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-date", "-pk"]
        constraints = [
            # Whatever tells two events apart is part of the key: a journal may print two corrections in one month.
            models.UniqueConstraint(
                fields=["study", "kind", "date", "date_as_given", "doi", "pmid", "cited_as"],
                name="one_notice_for_one_event",
            ),
            models.UniqueConstraint(
                fields=["study", "kind", "date_as_given", "doi", "pmid", "cited_as"],
                condition=Q(date__isnull=True),
                name="one_undated_notice_for_one_event",
            ),
        ]

    @in_the_code_s_words
    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.study}"

    @transaction.atomic
    def save(self, *args: Any, told_by_source: bool = False, **kwargs: Any) -> None:
        """Save, and bring the study's status in line.

        Args:
            told_by_source: a source itself says what is new of it, or an editor joined two notices of one event.

        Raises:
            ValidationError: another study or another kind than was recorded, or a change that lifts a notice and that
                no medical reviewer stands for. Only a later notice lifts one.
        """
        # The study first, as whoever asks a source holds it: then neither waits for the other. And two changes, each
        # harmless, must not lift a notice together.
        Study.objects.select_for_update(no_key=True).filter(pk=self.study_id).first()
        recorded = StudyNotice.objects.filter(pk=self.pk).values_list("study_id", "kind").first() if self.pk else None
        if recorded not in (None, (self.study_id, self.kind)):
            raise ValidationError(
                gettext("A notice stays what it was recorded as. Record a new one; a reinstatement lifts it.")
            )
        if recorded is None and self.kind == self.Kind.REINSTATEMENT and self.recorded_by is not None:
            self._refuse_hearsay()
        if recorded is not None and not told_by_source:
            self._refuse_to_lift()
        super().save(*args, **kwargs)
        self.study.refresh_status()

    def clean(self) -> None:
        """Refuse, where a form can say so, what no reviewer stands for: a reinstatement, or a date that lifts."""
        super().clean()
        if self.pk is not None:
            self._refuse_to_lift()
        elif self.kind == self.Kind.REINSTATEMENT and self.recorded_by is not None:
            self._refuse_hearsay()

    def _refuse_hearsay(self) -> None:
        if self.recorded_by is None or not can_record_reinstatement(self.recorded_by):
            raise ValidationError(
                {"kind": gettext("Only a medical reviewer records by hand that a study counts again.")}
            )
        if not self.link:
            raise ValidationError(
                {"link": gettext("Give the address where the journal says that the study counts again.")}
            )

    def _refuse_to_lift(self) -> None:
        """Refuse a change of this notice after which one that stands would count as lifted."""
        if self.changed_by is not None and can_record_reinstatement(self.changed_by):
            return
        before = list(StudyNotice.objects.filter(study=self.study_id))
        if not is_lifted_by(before, [self if notice.pk == self.pk else notice for notice in before]):
            return
        raise ValidationError(
            gettext(
                "With this date a notice that stands would count as lifted. Only a medical reviewer says that a study "
                "counts again."
            )
        )

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete nothing: only a later notice lifts one.

        Raises:
            PermissionDenied: always; a person in the admin is told as well.
        """
        # Asked by the receiver too, but there within the statement's own transaction, which a refusal breaks.
        self.refuse_to_delete()

    def refuse_to_delete(self) -> NoReturn:
        """Keep what happened to a study on record.

        Raises:
            PermissionDenied: always; a person in the admin is told as well.
        """
        tell(str(NOTICE_IS_KEPT))
        raise PermissionDenied(str(NOTICE_IS_KEPT))
