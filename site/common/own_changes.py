"""Two people at one record: each stores what they changed, and nothing over what they were not shown.

A form stores all of its fields, also those that whoever sent it left alone: the second of two people took back
without a word what the first had saved (wagtail-modeladmin 2.4). Here a form says what it was filled with. What its
sender left alone stays as it is stored by then; what both changed is refused once, with both, and is stored when it
is sent again. Pages have versions for that: see ``common.saving``.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms.models import model_to_dict
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime
from django.utils.formats import localize
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from wagtail.admin.rich_text import DraftailRichTextArea
from wagtail_modeladmin.views import EditView

from common.labels import readable
from common.parts import PARAGRAPH_KEY

NAME = "filled_with"
MOST_SHOWN = 600
MOVED = _(
    "Changed since you opened this form. Stored is now “%(theirs)s”, you wrote “%(mine)s”. Nothing was saved. "
    "If you save again, yours takes its place."
)
ROWS_MOVED = _(
    "Somebody changed the rows of “%(name)s” since you opened this form. Nothing was saved. Open the record again in "
    "another tab, and make your change there: what you wrote stays here."
)
NOT_ARRIVED = _(
    "The form arrived here without: %(names)s. Nothing was saved. There now stands what is stored: look through it, "
    "and save again."
)

#: A value of a form as JSON has it: of several, a list.
Plain = str | list[str]


class FilledWithField(forms.CharField):
    """What a form was filled with, by field; it is no part of the record."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return False: nobody writes it."""
        return False


class OwnChangesMixin:
    """Lets the form of an edit view store what its sender changed, on the row as it is stored by then.

    A form's ``together`` names fields that make one value.
    """

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hold the row until the answer is made, and judge by what stands in it."""
        rows = self.model._default_manager.select_for_update(no_key=True, of=("self",))  # type: ignore[attr-defined]
        self.instance = get_object_or_404(rows, pk=self.instance.pk)  # type: ignore[has-type]
        if not self.check_action_permitted(request.user):  # type: ignore[attr-defined]
            raise PermissionDenied
        response: HttpResponseBase = super().post(request, *args, **kwargs)  # type: ignore[misc]
        return response

    def get_form(self) -> Any:
        """Return the form, which says what it was filled with; one that was sent is judged by what it says."""
        form = super().get_form()  # type: ignore[misc]
        stored = _values_of(form)
        form.fields[NAME] = FilledWithField(required=False, initial=json.dumps(stored))
        if form.is_bound:
            known, is_cut_off = _said(form.data.get(NAME, "")), NAME not in form.data
            form.data = form.data.copy()
            lost = _fill_in(form, stored) if is_cut_off else []
            form.data[NAME] = json.dumps(known | _judge(form, stored, known))
            if lost:
                form.add_error(None, gettext(NOT_ARRIVED) % {"names": ", ".join(lost)})
        return form


def with_own_changes(view: type[EditView]) -> type[EditView]:
    """Return an edit view whose forms store only what their sender changed."""
    return type(view.__name__, (OwnChangesMixin, view), {"__doc__": view.__doc__, "__module__": view.__module__})


def _fill_in(form: Any, stored: Mapping[str, Plain]) -> list[str]:
    """Put what is stored where a form that was cut off has nothing; return the labels of these fields.

    What says what the form was filled with is its last field. A box that is not ticked cannot be told from a lost one.
    """
    lost = []
    for name, value in stored.items():
        field = form.fields.get(name)
        if field is None or field.widget.needs_multipart_form:
            continue
        sent_as = form.add_prefix(name)
        if field.widget.value_omitted_from_data(form.data, form.files, sent_as):
            form.data.setlist(sent_as, value if isinstance(value, list) else [value])
            lost.append(str(form[name].label))
    return lost


def _judge(form: Any, stored: Mapping[str, Plain], known: Mapping[str, Plain]) -> dict[str, Plain]:
    """Validate a form that was sent; return what its sender is shown now, and so knows when it is sent again."""
    moved = [name for name, value in stored.items() if _words(known.get(name, value)) != _words(value)]
    rows = [name for name in moved if name not in form.fields]
    left_alone, in_conflict = _apart(form, stored, known, [name for name in moved if name in form.fields])
    for name in left_alone:
        # Django takes the stored value for such a field. It asks here, and not when the field is shown again.
        form.fields[name].disabled = True
    form.is_valid()
    list(form.changed_data)  # kept by the form, as its errors are
    for name in left_alone:
        form.fields[name].disabled = False
    for name in in_conflict:
        form.add_error(name, _both(form.fields[name], stored[name], form[name].data))
    for name in rows:
        form.add_error(None, gettext(ROWS_MOVED) % {"name": readable(name)})
    # Of rows they are told each time: those that are gone could not be saved again, and those that came are not here.
    return {name: stored[name] for name in in_conflict}


def _apart(
    form: Any, stored: Mapping[str, Plain], known: Mapping[str, Plain], moved: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Return the fields among those stored otherwise meanwhile that were left alone, and those where two disagree.

    Of fields that make one value, none is left alone where another was written: nobody gave the mixture.
    """
    mine = {name for name in form.fields if name in stored and _is_other(form, name, known.get(name, stored[name]))}
    mine |= {name for group in getattr(form, "together", ()) if mine.intersection(group) for name in group}
    left_alone = [name for name in moved if name not in mine]
    return left_alone, [name for name in moved if name in mine and _is_other(form, name, stored[name])]


def _values_of(form: Any) -> dict[str, Plain]:
    """Return what stands in a form before anybody writes, by field; rows of a relation as one."""
    fields = {name: field for name, field in form.fields.items() if not field.disabled}
    found = {name: _plain(field, form.get_initial_for_field(field, name)) for name, field in fields.items()}
    for name, rows in getattr(form, "formsets", {}).items():
        found[name] = [str(model_to_dict(row)) for row in rows.get_queryset()]
    return found


def _plain(field: forms.Field, value: Any) -> Plain:
    if isinstance(value, datetime):
        return value.isoformat()
    value = field.prepare_value(value)
    if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
        return sorted(str(one) for one in value)
    return "" if value is None else str(value)


def _said(text: str) -> dict[str, Plain]:
    """Return what a form says that it was filled with; nothing where it does not, or says nothing that we wrote."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    items = told.items() if isinstance(told, dict) else ()
    return {name: value for name, value in items if isinstance(value, str | list)}


def _is_other(form: Any, name: str, before: Plain) -> bool:
    """Tell whether what was sent of a field is another value than one that the form was filled with."""
    field, sent = form.fields[name], form[name].data
    if isinstance(before, str) and isinstance(sent, str) and _words(sent) in (_words(before), _left(field, before)):
        return False
    try:
        return bool(field.has_changed(_python(field, before), sent))
    except (ValidationError, ValueError, TypeError):
        return True


def _python(field: forms.Field, value: Plain) -> Any:
    if isinstance(value, list):
        return value
    if isinstance(field, forms.DateTimeField):
        return parse_datetime(value) if value else None
    return field.to_python(value)


def _words(value: Plain) -> Plain:
    """Return a text without what browsers and the editor of rich text make of it, left alone."""
    return value if isinstance(value, list) else PARAGRAPH_KEY.sub("", value.replace("\r\n", "\n")).strip()


def _left(field: forms.Field, before: str) -> Plain:
    """Return what arrives of a text that nobody touched: the editor of rich text writes it in its own way."""
    if not isinstance(field.widget, DraftailRichTextArea):
        return _words(before)
    drawn = {"text": field.widget.format_value(before)}
    return _words(field.widget.value_from_datadict(drawn, {}, "text"))


def _both(field: forms.Field, stored: Plain, sent: Any) -> str:
    return gettext(MOVED) % {"theirs": _shown(field, stored), "mine": _shown(field, sent)}


def _shown(field: forms.Field, value: Any) -> str:
    """Return a value of a form in words."""
    try:
        value = field.clean(value)
    except (ValidationError, ValueError, TypeError):
        value = str(value)
    labels = {str(key): str(label) for key, label in getattr(field, "choices", ())} if isinstance(value, str) else {}
    if isinstance(value, bool):
        value = gettext("Yes") if value else gettext("No")
    elif isinstance(value, datetime):
        value = localize(localtime(value))
    elif isinstance(value, Iterable) and not isinstance(value, str):
        value = ", ".join(str(one) for one in value)
    text = strip_tags(labels.get(value, value) if isinstance(value, str) else str(value if value is not None else ""))
    return Truncator(text).chars(MOST_SHOWN) or gettext("(nothing)")
