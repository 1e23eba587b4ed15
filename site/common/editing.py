"""What a form of the page editor was based on, and whether all of it arrived.

Wagtail compares versions when the browser saves by itself, and nothing when a person presses Save: the second
of two editors, or of two tabs, overwrote the first without a word (Wagtail 8.0.1). A form whose end was lost on
the way stored empty fields.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from html import unescape
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.blocks import StreamValue
from wagtail.models import Page, Revision

from common.labels import labels_of

#: What the editor's form sends about versions; the third by browsers that saved by themselves before.
VERSION_FIELDS = ("loaded_revision_id", "loaded_revision_created_at", "overwrite_revision_id")

#: Where a page keeps, until it is checked, the slug that its form found free.
FREE_SLUG = "_free_slug"


@dataclass
class Saving:
    """A request of a person, or of their browser, to save a page."""

    data: QueryDict
    # None where the page is made by this request.
    page_id: int | None = None
    form: "WholePageForm | None" = field(default=None)
    # Whether a version was stored by this request already: what follows is based on that one.
    has_stored: bool = False
    # The same, once it cannot be taken back any more: a commit may fail, too.
    is_committed: bool = False
    # The transaction in which the page's row is held: until its end nobody else stores a version.
    held_in: Any = None

    def is_based_on(self, latest: Revision | None) -> bool:
        """Return True when nothing newer was stored since the form was loaded."""
        if latest is None:
            return True
        loaded, loaded_at, own = (self.data.get(name, "") for name in VERSION_FIELDS)
        if own:
            # Only this tab saves over this one.
            return own == str(latest.pk)
        return (loaded, loaded_at) == (str(latest.pk), latest.created_at.isoformat())


class NotSaved(Exception):
    """A form was not saved, and nothing that it holds may be lost."""


class NewerVersion(NotSaved):
    """Somebody, or another tab, stored a newer version since the form was loaded."""


class IncompleteForm(NotSaved):
    """Part of the form did not arrive; the words name the fields."""


_saving: ContextVar[Saving | None] = ContextVar("saving", default=None)


@contextmanager
def saving(data: QueryDict, page_id: int | None = None) -> Iterator[Saving]:
    """Say for a block that a page is being saved from a form of the editor."""
    current = Saving(data, page_id)
    token = _saving.set(current)
    try:
        yield current
    finally:
        _saving.reset(token)


def note_stored() -> None:
    """Note that the request that saves a page stored a version of it."""
    current = _saving.get()
    if current is not None:
        current.has_stored = True
        transaction.on_commit(partial(setattr, current, "is_committed", True))


def current_saving() -> Saving | None:
    """Return the request that saves a page, while one does."""
    return _saving.get()


def refuse_to_overwrite(page: Page, *, lock: bool = False, is_held: bool = False) -> None:
    """Refuse to store a version over one that whoever made it has not seen.

    Args:
        page: what is being saved.
        lock: whether to hold the page's row until the transaction ends, as whoever stores has to.
        is_held: whoever asks holds it already; instead of ``lock``.

    Raises:
        NewerVersion: there is one.
        DoesNotExist: the page was deleted meanwhile.
    """
    current = current_saving()
    if current is None or current.has_stored or page.pk is None or page.pk != current.page_id:
        return
    outermost = connection.atomic_blocks[0] if connection.atomic_blocks else None
    if outermost is not None and current.held_in is outermost:
        return
    if lock and not list(Page.objects.select_for_update().filter(pk=page.pk).values_list("pk")):
        raise type(page).DoesNotExist(f"There is no {page._meta.verbose_name} {page.pk}.")
    newest = _versions(page).only("pk", "created_at").first()  # not its words: asked at each step of a save
    if not current.is_based_on(newest):
        raise NewerVersion
    current.held_in = outermost if lock or is_held else None


def latest_revision(page: Page) -> Revision | None:
    """Return the newest version of a page as it is stored now."""
    return _versions(page).first()


def _versions(page: Page) -> QuerySet[Revision]:
    return Revision.objects.filter(pk__in=Page.objects.filter(pk=page.pk).values("latest_revision"))


def _write_only_changes(row: Any) -> None:
    """Let a stored row be written where it changed: Wagtail writes who is told of comments twice a save (8.0.1)."""

    def values() -> tuple[Any, ...]:
        return tuple(getattr(row, field.attname) for field in row._meta.concrete_fields)

    stored, write = None if row._state.adding else values(), row.save

    def save(*args: Any, **kwargs: Any) -> None:
        nonlocal stored
        if stored != values():
            write(*args, **kwargs)
            stored = values()

    row.save = save


class WholePageForm(WagtailAdminPageForm):
    """A page's form that is saved whole, over what its writer saw, or not at all."""

    # Drawn after everything else, so it does not arrive when the end of the form was lost.
    form_end = forms.CharField(
        widget=forms.HiddenInput, required=False, initial="end", label=gettext_lazy("the end of the form")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subscription is not None:
            _write_only_changes(self.subscription)

    def is_valid(self) -> bool:
        """Return whether the form may be saved.

        Raises:
            IncompleteForm: fields did not arrive.
            NewerVersion: a newer version was stored meanwhile.
        """
        current = current_saving()
        if current is not None:
            current.form = self
            missing = self.missing_fields()
            if missing:
                raise IncompleteForm(", ".join(missing))
            refuse_to_overwrite(self.instance)
        return super().is_valid()

    def clean(self) -> Any:
        """Check the form; that no page beside it has the slug need not be asked again when the page is checked next."""
        data = super().clean()
        if self.instance.pk is not None and self.cleaned_data.get("slug"):
            setattr(self.instance, FREE_SLUG, self.cleaned_data["slug"])
        return data

    def missing_fields(self) -> list[str]:
        """Return the labels of fields that the browser did not send; an unticked box cannot be told from them."""
        lost = [
            name
            for name, declared in self.fields.items()
            if declared.widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name))
        ]
        formsets = getattr(self, "formsets", {})
        # Wagtail's script draws the rows of comments; without it there are none, and the stored ones stay.
        told = {name: rows for name, rows in formsets.items() if name != "comments"}
        lost += [name for name, rows in told.items() if f"{rows.prefix}-TOTAL_FORMS" not in self.data]
        if not lost:  # as nearly always, and labels are looked for in the whole editor
            return []
        labels = labels_of(self, self.instance.get_edit_handler())
        return [labels[name] for name in lost]

    def texts(self) -> dict[str, str]:
        """Return what the form holds, field by field and row by row, as plain text under its label."""
        labels = labels_of(self, self.instance.get_edit_handler())
        found = {labels[name]: _text(self, name) for name in self.fields if name != "form_end"}
        for name, rows in getattr(self, "formsets", {}).items():
            lines = (" · ".join(filter(None, (_text(row, part) for part in _told(row)))) for row in rows.forms)
            found[labels[name]] = "\n".join(filter(None, lines))
        return found


def _told(row: forms.BaseForm) -> list[str]:
    return [name for name in row.fields if name not in ("id", "ORDER", "DELETE")]


def _text(form: forms.BaseForm, name: str) -> str:
    bound = form[name]
    try:
        value = bound.field.clean(bound.value()) if isinstance(bound.field, forms.ModelChoiceField) else bound.value()
    except (ValidationError, LookupError):
        return ""
    return "\n".join(lines_of(value))


def lines_of(value: Any) -> Iterator[str]:
    """Yield every word a person typed, in order, without what only machines read."""
    if isinstance(value, StreamValue):
        value = value.get_prep_value()
    if isinstance(value, QuerySet):
        value = list(value)
    if isinstance(value, datetime):
        value = f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, dict):
        value = [part for key, part in value.items() if key not in ("id", "type")]
    if isinstance(value, list | tuple):
        for part in value:
            yield from lines_of(part)
    elif value not in (None, "", False):
        spaced = str(value).replace("</p>", "</p>\n").replace("</li>", "</li>\n").replace("<br/>", "\n")
        yield from plain_lines(unescape(strip_tags(spaced)))


def plain_lines(text: str) -> Iterator[str]:
    """Yield the lines of a plain text that say something."""
    yield from filter(None, (line.strip() for line in text.splitlines()))
