"""The studies report: every source with its status, its last check, and the articles that rest on it."""

from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.reports import ReportView

from common.rights import PermittedMixin, with_right
from research import rubric
from research.models.pages import AlsoCited, ArticlePage
from research.models.references import Study
from research.models.studies.appraisal import Appraisal
from research.reading.check_state import check_of

CHECK_IS_OLD_AFTER = timedelta(days=7)
DESIGN_WORDS = {choice.key: choice.words for choice in rubric.DESIGN.choices}
LAST_CHECKS = (
    ("never", _("Never checked")),
    ("ok", _("Checked")),
    ("failed", _("Check failed")),
    ("old", _("Last good check over 7 days ago")),
)


class StudiesFilterSet(WagtailFilterSet):
    """What the report is narrowed down by."""

    status = django_filters.ChoiceFilter(choices=Study.Status.choices, label=_("Status"))
    last_check = django_filters.ChoiceFilter(choices=LAST_CHECKS, label=_("Last check"), method="by_last_check")
    design = django_filters.ChoiceFilter(
        choices=list(DESIGN_WORDS.items()), label=_("Kind of study, as rated"), method="by_design"
    )
    year = django_filters.NumberFilter(label=_("Year"), widget=forms.NumberInput(attrs={"min": 1800, "max": 2100}))
    used = django_filters.ChoiceFilter(
        choices=(("yes", _("An article uses it")), ("no", _("No article uses it"))), label=_("Use"), method="by_use"
    )

    class Meta:
        model = Study
        fields: list[str] = []

    def by_last_check(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Narrow to studies whose last check went so; invented examples were never checked."""
        failed = Q(check_failed_since__isnull=False)
        return queryset.filter(
            {
                "never": Q(checked_at__isnull=True) & ~failed,
                "ok": Q(checked_at__isnull=False) & ~failed,
                "failed": failed,
                "old": Q(checked_at__lt=timezone.now() - CHECK_IS_OLD_AFTER),
            }[value]
        )

    def by_design(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Narrow to studies that an article's answers call so."""
        return queryset.filter(Exists(Appraisal.objects.filter(page__study=OuterRef("pk"), design=value)))

    def by_use(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Narrow to studies that articles rest on, or to those that none does."""
        return queryset.filter(articles_count__gt=0) if value == "yes" else queryset.filter(articles_count=0)


class StudyTitleColumn(TitleColumn):
    """The title, leading to the study's record."""

    def get_link_url(self, instance: Study, parent_context: Any) -> str:
        """Return the record's address."""
        return reverse("research_study_record", args=[instance.pk])


class StudiesReportView(PermittedMixin, ReportView):
    """Studies with filters; exported as CSV and XLSX."""

    rule = staticmethod(with_right("research.view_study"))
    page_title = _("Studies")
    header_icon = "doc-full-inverse"
    model = Study
    index_url_name = "research_studies_report"
    index_results_url_name = "research_studies_report_results"
    filterset_class = StudiesFilterSet
    default_ordering = "-year"
    is_searchable = False
    list_export = [
        "title", "journal_name", "year", "doi", "pmid", "get_status_display", "check_words", "checked_at",
        "design_words", "articles_count",
    ]  # fmt: skip
    export_headings = {
        "journal_name": "Journal",
        "get_status_display": "Status",
        "check_words": "Last check",
        "checked_at": "Last good check",
        "design_words": "Kind of study, as rated",
        "articles_count": "Articles",
    }

    @property
    def columns(self) -> list[Column]:
        """The columns on the screen."""
        return [
            StudyTitleColumn("title", label=gettext("Title"), sort_key="title", classname="title cs-report-title"),
            Column("journal_name", label=gettext("Journal")),
            Column("year", label=gettext("Year"), sort_key="year"),
            Column("get_status_display", label=gettext("Status"), sort_key="status"),
            Column("check_words", label=gettext("Last check"), sort_key="checked_at"),
            Column("design_words", label=gettext("Kind of study")),
            Column("articles_count", label=gettext("Articles"), sort_key="articles_count"),
        ]

    def get_queryset(self) -> QuerySet:
        """Return every study with what the report prints, in one statement."""
        designs = Appraisal.objects.filter(page__study=OuterRef("pk")).exclude(design="").values("design")[:1]
        mentions = AlsoCited.objects.filter(study=OuterRef("pk")).order_by().values("study")
        summaries = ArticlePage.objects.filter(study=OuterRef("pk")).order_by().values("study")
        queryset = Study.objects.annotate(
            journal_name=F("journal__name"),
            rated_design=Subquery(designs),
            articles_count=_counted(summaries) + _counted(mentions),
        ).defer("abstract", "lay_summary", "mesh_terms", "publication_types")
        self.queryset = queryset
        return self.order_queryset(queryset)

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        """Add the words that are worked out from a row."""
        for study in object_list:
            study.check_words = check_of(study).words
            study.design_words = DESIGN_WORDS.get(study.rated_design or "", "")
        return object_list

    def get_filename(self) -> str:
        """Name the export by its day."""
        return f"studies-{timezone.localdate():%Y-%m-%d}"


def _counted(rows: QuerySet) -> Any:
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)
