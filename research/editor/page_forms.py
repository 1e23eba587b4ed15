"""The forms of articles and sections.

A half-empty draft of an article always saves; a submission lists what is missing. Names that readers know stand
outside every seal, so an editor changes them, and says so twice.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import get_text_list, slugify
from django.utils.translation import gettext

from common.editing import WholePageForm
from common.stored_rows import read_choices
from research.content.article import content_of
from research.content.completeness import missing_parts
from research.content.working_title import MARK as WORKING_TITLE_MARK
from research.content.working_title import is_working_title
from research.editor.choosers import ChooserOfKnown
from research.editor.clock import FAR_WORDS, ClockFormMixin, is_in_reach
from research.editor.plan_input import PlanInput, planned_date
from research.models.people import Person
from research.models.studies.appraisal import Appraisal
from research.newsroom.permissions import can_lift_embargo, is_editor, lifts_embargo
from research.review.guard import ONLY_EDITORS_LIFT, PUBLIC_ALREADY, sets_embargo_too_late

if TYPE_CHECKING:
    from common.models import User
    from research.models.pages import ArticlePage

# Where a missing part is reported when its field is not a plain one.
SHOWN_AT = {"appraisals": None}


# Any one of these makes an appraisal; a form opened and left alone is none.
ANSWERS = (*(f.name for f in Appraisal._meta.fields if f.editable and f.name not in ("id", "page")),)
# Rows that are nothing but a choice: relation, and the field that holds it.
ROWS_OF_CHOICES = {"authors": "person", "also_cited": "study", "related_picks": "article"}


def without_empty_rows(data: Any) -> Any:
    """Return a form's data in which new rows with nothing chosen are taken out, so that the rest can be saved.

    A person who adds a row and chooses later would otherwise hold up every save until then.
    """
    if data is None:
        return None
    kept = data.copy()
    for rows, field in ROWS_OF_CHOICES.items():
        total = data.get(f"{rows}-TOTAL_FORMS", "")
        for number in range(int(total) if total.isdecimal() and len(total) < 4 else 0):
            row = f"{rows}-{number}"
            if not data.get(f"{row}-{field}") and not data.get(f"{row}-id"):
                kept[f"{row}-DELETE"] = "on"
    if not data.get("appraisals-0-id") and not any(data.get(f"appraisals-0-{name}") for name in ANSWERS):
        kept["appraisals-0-DELETE"] = "on"
    return kept


def name_its_writer(article: "ArticlePage | None", user: "User | None") -> None:
    """Make the person behind an account the author of an article that is new and names nobody."""
    if article is None or user is None or article.pk or article.authors.exists():
        return
    person = Person.objects.filter(user=user).first()
    if person is not None:
        article.authors.add(article.authors.model(person=person))


def confirmation() -> forms.BooleanField:
    """Return the box that is ticked to rename what readers know."""
    return forms.BooleanField(
        required=False,
        label=gettext("Rename it everywhere"),
        help_text=gettext(
            "Tick this to change a name that readers know: on every page that shows it, those of signed articles too."
        ),
    )


class KnownNameFormMixin:
    """A form of something that readers know by a name. It declares ``confirm_rename = confirmation()``."""

    #: The fields that hold what readers know it by.
    known_names: ClassVar[tuple[str, ...]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_known():
            del self.fields["confirm_rename"]  # type: ignore[attr-defined]

    def is_known(self) -> bool:
        """Return whether readers know, or knew, what the form is of."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Refuse another name for what readers know, unless an editor confirms it."""
        data: dict[str, Any] = super().clean() or {}  # type: ignore[misc]
        if not self.is_known():
            return data
        form: Any = self
        renamed = [name for name in self.known_names if name in data and data[name] != form.initial.get(name)]
        if not renamed:
            return data
        if not is_editor(form.for_user):
            for name in renamed:
                form.add_error(name, gettext("Readers know it by this name. An editor can change it."))
        elif not data.get("confirm_rename"):
            before = get_text_list([f"“{form.initial.get(name, '')}”" for name in renamed], "and")
            form.add_error(
                "confirm_rename",
                gettext("Readers know it as %(before)s. Tick this to rename it everywhere.") % {"before": before},
            )
        return data


class SectionForm(KnownNameFormMixin, WholePageForm):
    """One section; what readers know it by is an editor's to change."""

    known_names = ("title", "condition_name", "condition_short_name")
    confirm_rename = confirmation()

    def is_known(self) -> bool:
        """Return whether the section is, or was, public."""
        section = self.instance
        return section.pk is not None and (section.live or section.first_published_at is not None)


class ArticlePageForm(ClockFormMixin, WholePageForm):
    """Checks the whole article when it is submitted, never when a draft is saved."""

    clock_fields = ("go_live_at", "expire_at", "embargo_until")

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        if data is None:
            name_its_writer(kwargs.get("instance"), kwargs.get("for_user"))
        super().__init__(without_empty_rows(data), *args, **kwargs)
        if "slug" in self.fields:
            # The browser fills it in a moment after the title; who saves faster gets it from the page.
            self.fields["slug"].required = False
        if not self.is_bound and not self.instance.pk and not self.instance.body:
            self.initial["body"] = self.instance.empty_body()
        if "planned_for" in self.fields:
            self.fields["planned_for"].widget = PlanInput()
        forms = (self, *(row for rows in getattr(self, "formsets", {}).values() for row in rows.forms))
        for form in forms:
            ChooserOfKnown.tell(form)
        if self.is_bound:
            read_choices(forms)

    def is_valid(self) -> bool:
        """Return whether the form may be saved; a submission must be complete too."""
        valid = super().is_valid()
        if not valid or self.is_deferred_validation:
            return valid
        for part in missing_parts(content_of(self._article())):
            field = SHOWN_AT.get(part.field, part.field)
            self.add_error(field if field in self.fields else None, part.words)
        return not self.errors

    def clean_slug(self) -> str:
        """Return the address that was typed, or "" for one that the page makes of its title.

        The latter where it still is that of a working title, or is the title's own and another article has it.
        """
        slug: str = self.cleaned_data["slug"]
        title = str(self.data.get(self.add_prefix("title"), ""))
        was_working = slug.endswith(slugify(WORKING_TITLE_MARK)) and not is_working_title(title)
        is_made = slug == slugify(title, allow_unicode=True)
        return "" if was_working or (is_made and self._is_taken(slug)) else slug

    def _is_taken(self, slug: str) -> bool:
        siblings = self.parent_page.get_children().exclude(pk=self.instance.pk)
        return bool(siblings.filter(slug=slug).exists())

    def clean_planned_for(self) -> date | None:
        """Keep a move on the board that was made while this form was open; refuse a year of a mistyped digit."""
        day = self.cleaned_data["planned_for"]
        if day is not None and not is_in_reach(day):
            raise ValidationError(FAR_WORDS)
        loaded = self.data.get(f"{self.add_prefix('planned_for')}-loaded", "").strip()
        current = self.initial.get("planned_for")
        return planned_date(day, loaded, self.instance, current)

    def clean_embargo_until(self) -> datetime | None:
        """Return the embargo; refuse to lift one that holds for who is no editor, or to set one that is too late."""
        after, before = self.cleaned_data["embargo_until"], self.initial.get("embargo_until")
        if lifts_embargo(before, after, timezone.now()) and not can_lift_embargo(self.for_user):
            raise ValidationError(ONLY_EDITORS_LIFT)
        if sets_embargo_too_late(self.instance, before, after, timezone.now()):
            raise ValidationError(PUBLIC_ALREADY)
        return after

    def _article(self) -> Any:
        """Return the article as the form would save it, children included."""
        return self.save(commit=False)
