"""Forms of the record, used by the lists and by the choosers alike."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS as MONTH_NAMES
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from research.editor.clock import ClockFormMixin
from research.models.people import Person
from research.models.references import Study, StudyNotice
from research.newsroom.permissions import can_edit_credentials, can_lift_embargo, lifts_embargo
from research.record.printed import WATCHED_BY, named, public_about, reason_not_to_change, studies_printed_under
from research.review.guard import ONLY_EDITORS_LIFT
from research.sources.dates import from_any
from research.sources.identifiers import normalise_doi, normalise_pmid


class StudyForm(ClockFormMixin, WagtailAdminModelForm):
    """One study; a DOI or PMID that another record has is refused with a link to that record."""

    clock_fields = ("embargo_until",)
    together = (Study.DATE_FIELDS, ("embargo_until", "embargo_source"), Study.IDENTIFIERS)

    class Meta:
        model = Study
        fields = [
            "title",
            "journal",
            "kind",
            "doi",
            "pmid",
            "url",
            "year",
            "month",
            "day",
            "date_as_given",
            "authors",
            "authors_complete",
            "funding",
            "interests",
            "licence",
            "is_example",
            "embargo_until",
            "embargo_source",
        ]
        widgets = {
            "title": forms.TextInput(),
            "authors": forms.Textarea(attrs={"rows": 3}),
            "funding": forms.Textarea(attrs={"rows": 2}),
            "interests": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        public = public_about(self.instance) if self.instance.pk else []
        for name in Study.IDENTIFIERS if public else ():
            self.fields[name].help_text = gettext(
                "Readers of %(named)s see it, and retractions are found by it. An editor changes it; the sources are "
                "asked under the printed one, too, until the article is signed with the new one."
            ) % {"named": named(public)}

    def clean(self) -> dict[str, Any]:
        """Leave what public articles are watched by to editors."""
        cleaned = super().clean() or self.cleaned_data
        for name in WATCHED_BY:
            is_changed = (cleaned.get(name) or None) != (self.initial.get(name) or None)
            reason = reason_not_to_change(self.instance, [name], self.for_user) if is_changed else ""
            if reason and name not in self.errors:
                self.add_error(name, reason)
        return cleaned

    def clean_doi(self) -> str | None:
        """Return the DOI in its stored form, or refuse one that is taken."""
        return self._free("doi", normalise_doi(self.cleaned_data.get("doi") or ""))

    def clean_pmid(self) -> str | None:
        """Return the PMID in its stored form, or refuse one that is taken."""
        return self._free("pmid", normalise_pmid(self.cleaned_data.get("pmid") or ""))

    def clean_embargo_until(self) -> datetime | None:
        """Return the embargo, or refuse to lift one that holds for who is no editor."""
        after, before = self.cleaned_data["embargo_until"], self.initial.get("embargo_until")
        if lifts_embargo(before, after, timezone.now()) and not can_lift_embargo(self.for_user):
            raise ValidationError(ONLY_EDITORS_LIFT)
        return after

    def _free(self, field: str, value: str) -> str | None:
        if not value:
            return None
        taken = Study.objects.filter(**{field: value}).exclude(pk=self.instance.pk).first()
        if taken is None:
            dois, pmid = ([value], "") if field == "doi" else ([], value)
            printed = [study for study in studies_printed_under(dois, pmid) if study.pk != self.instance.pk]
            taken = printed[0] if printed else None
        if taken is None:
            return value
        raise ValidationError(
            format_html(
                gettext(
                    'This {} belongs to a study that is here: <a href="{}" target="_blank">{}</a>. Choose that one.'
                ),
                field.upper(),
                reverse("research_study_modeladmin_inspect", args=[taken.pk]),
                taken.title,
            ),
            code="duplicate",
        )


# Who may be named by hand as the one who says so: the words stand before readers at once.
WHO_SAYS_SO = (
    "The journal",
    "The publisher",
    "The authors’ institution",
    "A regulator",
    "The preprint server",
    "PubMed",
    "Europe PMC",
    "Crossref",
    "Retraction Watch",
)


class StudyNoticeForm(WagtailAdminModelForm):
    """What happened to a study: of which study, and what, stays as it was recorded. No word of it is typed freely."""

    together = (("date", "date_as_given"),)

    source = forms.ChoiceField(label=_("Who says so"), choices=[(words, words) for words in WHO_SAYS_SO])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.instance.source
        if kept and kept not in WHO_SAYS_SO:
            # What a source reported stays what it was.
            self.fields["source"].choices = [(kept, kept), *self.fields["source"].choices]
        self.fields["date_as_given"].help_text = gettext("If the day is not known: a year, or a month and a year.")
        for name in StudyNotice.FIXED_FIELDS if self.instance.pk else ():
            self.fields[name].disabled = True
            self.fields[name].help_text = gettext(
                "It stays as recorded. A later notice, such as a reinstatement, lifts it."
            )

    def clean_date_as_given(self) -> str:
        """Return the year, or the month and the year, that was typed; what a source reported stays as it was."""
        typed: str = self.cleaned_data["date_as_given"]
        if not typed or "date_as_given" not in self.changed_data:
            return typed
        read = from_any(typed)
        if read.year is None or read.day is not None:
            raise ValidationError(
                gettext("Write a year, or a month and a year, such as “March 2025”. A day belongs in “Date”.")
            )
        return f"{MONTH_NAMES[read.month]} {read.year}" if read.month else str(read.year)

    def clean(self) -> dict[str, Any]:
        """Refuse a reinstatement without a medical reviewer who says so, or without where it is said."""
        cleaned = super().clean() or self.cleaned_data
        self.instance.changed_by = self.for_user
        if self.instance.pk is None:
            self.instance.recorded_by = self.for_user
        if cleaned.get("kind") == StudyNotice.Kind.REINSTATEMENT and not cleaned.get("link"):
            self.add_error("link", gettext("Give the address where the journal says that the study counts again."))
        return cleaned


class PersonForm(WagtailAdminModelForm):
    """One contributor; what a reviewer signs with is that reviewer's, or an administrator's, to change."""

    KEPT = ("name", "credentials", "interests", "user")

    def clean(self) -> dict[str, Any]:
        """Refuse to change what a reviewer signs with, before and after the change."""
        cleaned = super().clean() or self.cleaned_data
        kept = Person.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        changed = [name for name in self.KEPT if name in self.changed_data]
        after = Person(user=cleaned.get("user"))
        for name in changed:
            if (kept and not can_edit_credentials(self.for_user, kept)) or not can_edit_credentials(
                self.for_user, after
            ):
                self.add_error(
                    name, gettext("A reviewer changes this under their own account, or an administrator does.")
                )
        return cleaned
