"""The record behind an article: journals, studies, and what later happened to them."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from research.newsroom.permissions import can_record_reinstatement
from research.sources.dates import from_any
from research.sources.identifiers import normalise_doi, normalise_pmid, validate_doi, validate_pmid

# The first medical journals; what is older is a mistake of the keyboard.
EARLIEST_YEAR = 1665
MONTHS = (
    "", "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


class Journal(models.Model):
    """Where studies appear; its kind decides the wording of the explainer."""

    class Kind(models.TextChoices):
        JOURNAL = "journal", "Journal"
        PREPRINT_SERVER = "preprint_server", "Preprint server"
        BOOK_SERIES = "book_series", "Book series"

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
        JOURNAL_ARTICLE = "journal_article", "Journal article"
        PREPRINT = "preprint", "Preprint"
        BOOK_CHAPTER = "book_chapter", "Book chapter"

    class Status(models.TextChoices):
        NONE_KNOWN = "none_known", "No notices known"
        CORRECTED = "corrected", "Corrected"
        CONCERN = "expression_of_concern", "Expression of concern"
        RETRACTED = "retracted", "Retracted"
        WITHDRAWN = "withdrawn", "Withdrawn or removed"
        REINSTATED = "reinstated", "Reinstated"
        REPLACED = "replaced", "Replaced"
        NEWER_VERSION = "newer_version", "Newer version exists"

    subject_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=500)
    journal = models.ForeignKey(Journal, null=True, blank=True, on_delete=models.PROTECT, related_name="studies")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.JOURNAL_ARTICLE)
    doi = models.CharField("DOI", max_length=200, null=True, blank=True, unique=True, validators=[validate_doi])
    pmid = models.CharField("PMID", max_length=20, null=True, blank=True, unique=True, validators=[validate_pmid])
    url = models.URLField("Link", blank=True, help_text="Only where there is no DOI or PMID.")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    month = models.PositiveSmallIntegerField(null=True, blank=True)
    day = models.PositiveSmallIntegerField(null=True, blank=True)
    date_as_given = models.CharField(max_length=60, blank=True, help_text="The date in the source's own words.")
    authors = models.TextField(blank=True, help_text="One a line, for example “Park JH”.")
    authors_complete = models.BooleanField(default=True, help_text="Untick when the source names only some of them.")
    funding = models.TextField(blank=True, help_text="Who paid. Leave empty if not stated.")
    interests = models.TextField(blank=True, help_text="What the authors declared. Leave empty if not stated.")
    is_example = models.BooleanField(
        default=False, help_text="An invented study, for demonstration. Readers are told so."
    )
    embargo_until = models.DateTimeField(
        null=True, blank=True, help_text="Nothing about it may be public before this time."
    )
    embargo_source = models.CharField(
        max_length=120, blank=True, help_text="Who set the embargo: the journal, a press office."
    )
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.NONE_KNOWN, editable=False)
    # What the source's record says beyond the citation: help for writers, never printed for readers.
    abstract: models.JSONField = models.JSONField(default=list, blank=True, editable=False)
    lay_summary = models.TextField(blank=True, editable=False)
    publication_types: models.JSONField = models.JSONField(default=list, blank=True, editable=False)
    mesh_terms: models.JSONField = models.JSONField(default=list, blank=True, editable=False)
    language = models.CharField(max_length=40, blank=True, editable=False)
    original_title = models.CharField(max_length=500, blank=True, editable=False)
    # "Never checked", "checked, clear at" and "check failed since" are three different things.
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    check_asked_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    check_failed_since = models.DateTimeField(null=True, blank=True, editable=False)
    check_error = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    DATE_FIELDS = ("year", "month", "day", "date_as_given")
    # What an article cites of a study, and so seals.
    SEALED_FIELDS = frozenset(
        {"title", "journal", "kind", "doi", "pmid", "url", "authors", "authors_complete", "funding", "interests",
         "is_example", *DATE_FIELDS}
    )  # fmt: skip

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "title"]
        verbose_name_plural = "studies"
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
            raise ValidationError({"month": "A month is a number from 1 to 12."})
        if self.day and not self.month:
            raise ValidationError({"day": "Give the month that this day belongs to."})
        if self.month and not self.year:
            raise ValidationError({"month": "Give the year that this month belongs to."})
        self._refuse_impossible_dates()
        if self.embargo_until and not self.embargo_source:
            raise ValidationError({"embargo_source": "Say who set the embargo."})

    def _refuse_impossible_dates(self) -> None:
        next_year = timezone.localdate().year + 1
        if self.year is not None and not EARLIEST_YEAR <= self.year <= next_year:
            raise ValidationError({"year": f"A year from {EARLIEST_YEAR} to {next_year}."})
        try:
            if self.year and self.month and self.day:
                date(self.year, self.month, self.day)
        except ValueError as error:
            raise ValidationError({"day": "There is no such day in that month."}) from error

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._normalise()
        super().save(*args, **kwargs)

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

    def author_names(self) -> list[str]:
        """Return the authors as given, in order."""
        return [line.strip() for line in self.authors.splitlines() if line.strip()]

    def refresh_status(self) -> None:
        """Set the status from the notices, the weightiest that stands; the notices are the truth."""
        self.status = status_from(list(self.notices.order_by("date", "pk")))
        self.save(update_fields=["status"])


class StudyNotice(models.Model):
    """Something that later happened to a study, with its date, source and link."""

    class Kind(models.TextChoices):
        CORRECTION = "correction", "Correction"
        CONCERN = "expression_of_concern", "Expression of concern"
        RETRACTION = "retraction", "Retraction"
        WITHDRAWAL = "withdrawal", "Withdrawal"
        REMOVAL = "removal", "Removal"
        REINSTATEMENT = "reinstatement", "Reinstatement"
        REPLACEMENT = "replacement", "Retracted and republished"
        NEWER_VERSION = "newer_version", "Newer version"
        NEEDS_A_LOOK = "needs_a_look", "Needs a look"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=24, choices=Kind.choices)
    date = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=120, help_text="Who says so: the journal, PubMed …")
    reason = models.CharField(max_length=300, blank=True, help_text="The reason, when one is given.")
    link = models.URLField(blank=True)
    date_as_given = models.CharField(
        max_length=60, blank=True, help_text="The date in the source's own words, if the day is not known."
    )
    doi = models.CharField("DOI of the notice", max_length=200, blank=True, editable=False)
    pmid = models.CharField("PMID of the notice", max_length=20, blank=True, editable=False)
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

    class Meta:
        ordering = ["-date", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["study", "kind", "date", "doi"], name="one_notice_for_one_event"),
            models.UniqueConstraint(
                fields=["study", "kind", "doi", "date_as_given"],
                condition=Q(date__isnull=True),
                name="one_undated_notice_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.study}"

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and bring the study's status in line.

        Raises:
            ValidationError: another study or another kind than was recorded. Only a later notice lifts one.
        """
        recorded = StudyNotice.objects.filter(pk=self.pk).values_list("study_id", "kind").first() if self.pk else None
        if recorded not in (None, (self.study_id, self.kind)):
            raise ValidationError("A notice stays what it was recorded as. Record a new one; a reinstatement lifts it.")
        if recorded is None and self.kind == self.Kind.REINSTATEMENT and self.recorded_by is not None:
            self._refuse_hearsay()
        super().save(*args, **kwargs)
        self.study.refresh_status()

    def clean(self) -> None:
        """Refuse a reinstatement by hand that no reviewer stands for, where a form can say so."""
        super().clean()
        if self.pk is None and self.kind == self.Kind.REINSTATEMENT and self.recorded_by is not None:
            self._refuse_hearsay()

    def _refuse_hearsay(self) -> None:
        if not can_record_reinstatement(self.recorded_by):
            raise ValidationError({"kind": "Only a medical reviewer records by hand that a study counts again."})
        if not self.link:
            raise ValidationError({"link": "Give the address where the journal says that the study counts again."})

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        study = self.study
        deleted = super().delete(*args, **kwargs)
        study.refresh_status()
        return deleted


def status_from(notices: list[StudyNotice]) -> Study.Status:
    """Return the status that these notices, oldest first, add up to."""
    kinds = [notice.kind for notice in standing(notices)]
    for kind, status in (
        (StudyNotice.Kind.RETRACTION, Study.Status.RETRACTED),
        (StudyNotice.Kind.WITHDRAWAL, Study.Status.WITHDRAWN),
        (StudyNotice.Kind.REMOVAL, Study.Status.WITHDRAWN),
        (StudyNotice.Kind.CONCERN, Study.Status.CONCERN),
        (StudyNotice.Kind.REPLACEMENT, Study.Status.REPLACED),
        (StudyNotice.Kind.CORRECTION, Study.Status.CORRECTED),
        (StudyNotice.Kind.REINSTATEMENT, Study.Status.REINSTATED),
        (StudyNotice.Kind.NEWER_VERSION, Study.Status.NEWER_VERSION),
    ):
        if kind in kinds:
            return status
    return Study.Status.NONE_KNOWN


LIFTED_BY_REINSTATEMENT = frozenset(
    {
        StudyNotice.Kind.RETRACTION,
        StudyNotice.Kind.WITHDRAWAL,
        StudyNotice.Kind.REMOVAL,
        StudyNotice.Kind.CONCERN,
    }
)


def standing(notices: list[StudyNotice]) -> list[StudyNotice]:
    """Return the notices that still hold, oldest first, in the same order on every database.

    A reinstatement lifts what came before it; see `lifts` for one whose day is not known.
    """
    in_order = sorted(notices, key=_place)
    lifting = [notice for notice in in_order if notice.kind == StudyNotice.Kind.REINSTATEMENT]
    return [notice for notice in in_order if not any(lifts(later, notice) for later in lifting)]


def lifts(reinstatement: StudyNotice, notice: StudyNotice) -> bool:
    """Whether a reinstatement takes a notice back, for it came after it.

    Where only the month or the year of a reinstatement is known, it counts at its end; where nothing is known,
    it lifts what was recorded before it. Of another notice whose day is not known, the earliest possible counts.
    """
    if notice.kind not in LIFTED_BY_REINSTATEMENT:
        return False
    if _is_dated(reinstatement):
        return _place(notice) < _place(reinstatement)
    return _recorded(notice) < _recorded(reinstatement)


def day_of(notice: StudyNotice) -> date:
    """Return the day on which a notice counts.

    Of a month or a year that is the first day, of a reinstatement the last. Where nothing is known, a
    reinstatement counts when it was recorded, any other notice as earlier than all.
    """
    if notice.date:
        return notice.date
    told = from_any(notice.date_as_given)
    if notice.kind == StudyNotice.Kind.REINSTATEMENT:
        return told.last_day() or _recorded(notice)[0].date()
    return told.first_day() or date.min


def _is_dated(notice: StudyNotice) -> bool:
    return bool(notice.date or from_any(notice.date_as_given).year)


def _place(notice: StudyNotice) -> tuple[date, int]:
    return day_of(notice), notice.pk or 0


def _recorded(notice: StudyNotice) -> tuple[datetime, int]:
    """Return what orders notices by when they were recorded; one that is not saved yet is the last."""
    return notice.created_at or datetime.max.replace(tzinfo=UTC), notice.pk or 0
