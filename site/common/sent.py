"""What a form sent, in words: for a person whose text was not saved.

It is read by the names that fields are sent under, so of a form that arrived in part as well. The class of the form,
where it is known, says what the editor calls them, and what a choice means.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from inspect import unwrap
from typing import Any

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.translation import gettext
from wagtail.admin.panels import get_edit_handler
from wagtail.blocks import BaseStreamBlock, BaseStructBlock, FieldBlock, ListBlock
from wagtail.blocks.base import BlockField
from wagtail.models import Page, PageLogEntry
from wagtail_modeladmin.options import ModelAdmin

from common.editing import lines_of, plain_lines
from common.labels import headings_in, labels_of, readable

#: Names are taken apart so far; no form of ours is nested deeper.
DEEPEST = 40
# What tells rows of a form, or blocks, apart, how many there are, and what a field was opened with.
OF_FORMS = frozenset(
    {"id", "ORDER", "DELETE", "TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS", "loaded"}
)
OF_BLOCKS = frozenset({"id", "type", "order", "deleted", "value"})
# Where a comment stands.
OF_COMMENTS = frozenset({"contentpath", "position", "resolved"})

# Under names of their own beside every table: its caption, and which of its cells are headings.
CAPTION_OF_TABLE, HEADINGS_OF_TABLE = "handsontable-col-caption", "table-header-choice"
HIDDEN = (forms.HiddenInput, forms.MultipleHiddenInput)
UNTICKED = ("", "0", "false", "False")

# Rich text as it is sent, and the words in it. Cut off, it is no JSON.
RICH_TEXT = re.compile(r'\{\s*"(?:blocks|entityMap)"\s*:')
WORDS = re.compile(r'"text"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)
# A table as it is sent, and what stands in quotes in it: a name where a colon follows.
TABLE = re.compile(r'\{\s*"data"\s*:')
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)(?:"(\s*:)?|$)', re.DOTALL)
CUT_OFF_CHARACTER = re.compile(r"\\u[0-9a-fA-F]{0,3}$")
# Digests and keys.
OF_MACHINES = re.compile(r"[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|null")


@dataclass
class Sent:
    """What came under a name, and below it."""

    values: list[str] = field(default_factory=list)
    parts: dict[str, "Sent"] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return what came under a name below this one; "" for nothing."""
        values = self.parts[name].values if name in self.parts else []
        return values[-1] if values else ""

    def rows(self) -> list["Sent"]:
        """Return the rows or blocks below this, in the order that the person gave them, without those taken out."""
        found = [part for name, part in self.parts.items() if _is_number(name)]
        placed = [(_number(row.value("order") or row.value("ORDER"), place), row) for place, row in enumerate(found)]
        kept = [one for one in placed if not (one[1].value("deleted") or one[1].value("DELETE"))]
        return [row for _, row in sorted(kept, key=lambda one: one[0])]


@dataclass(frozen=True)
class Text:
    """A part of what a person wrote, under the editor's name for it."""

    label: str
    lines: tuple[str, ...]


def texts_of(sent: Iterable[tuple[str, list[str]]], panel: Any = None) -> list[Text]:
    """Return what a person wrote or chose, in the order it was sent in, which is that of the editor.

    Args:
        sent: the names of a form with the values that came under each.
        panel: the edit handler that showed the form; None where it is not known.
    """
    form = panel.get_form_class() if panel is not None else None
    labels = dict(headings_in(panel)) | labels_of(form, panel) if panel is not None else {}
    values = dict(sent)
    values.pop(HEADINGS_OF_TABLE, None)
    captions = values.pop(CAPTION_OF_TABLE, [])
    found = [
        text
        for name, part in _tree(values).parts.items()
        for text in _Reader(labels, name).texts(part, _below(form, name))
    ]
    told = {line for text in found for line in text.lines}
    # Only that of a table that was cut off was not told with it.
    lost = [line for caption in captions for line in plain_lines(caption) if line not in told]
    return [text for text in (*found, Text(gettext("Table caption"), tuple(lost))) if text.lines]


def panel_behind(request: HttpRequest) -> Any:
    """Return the edit handler that showed the form which a request of the admin sent; None where it is not known."""
    match = request.resolver_match
    if match is None:
        return None
    view = unwrap(match.func)
    admin = getattr(view, "__self__", None)
    if isinstance(admin, ModelAdmin):
        return admin.get_edit_handler().bind_to_model(admin.model)
    try:
        model = _model_named(match.kwargs) or getattr(view, "view_initkwargs", {}).get("model")
    except (LookupError, DatabaseError):
        return None
    return get_edit_handler(model) if isinstance(model, type) else None


def _model_named(named: dict[str, Any]) -> Any:
    """Return the model that the address of a form names; None where it names none."""
    if "content_type_model_name" in named:
        return apps.get_model(named["content_type_app_name"], named["content_type_model_name"])
    if "model_name" in named:
        return apps.get_model(named["app_name"], named["model_name"])
    if "page_id" not in named:
        return None
    page = Page.objects.filter(pk=named["page_id"]).first()
    if page is not None:
        return page.specific_class
    # What was done to a page is kept when it is deleted, with the kind of page it was.
    entry = PageLogEntry.objects.filter(page=named["page_id"]).select_related("content_type").first()
    return entry.content_type.model_class() if entry is not None and entry.content_type else None


def _tree(sent: dict[str, list[str]]) -> Sent:
    tree = Sent()
    for name, values in sent.items():
        part = tree
        for step in name.split("-", DEEPEST):
            part = part.parts.setdefault(step, Sent())
        part.values += values
    return tree


def _below(known: Any, name: str, kind: str = "") -> Any:
    """Return the field, block or form that is known below another by its name, or the kind of block it is."""
    known = _opened(known)
    if isinstance(known, BaseStreamBlock):
        return known.child_blocks.get(kind)
    if isinstance(known, ListBlock):
        return known.child_block
    if isinstance(known, BaseStructBlock):
        return known.child_blocks.get(name)
    if isinstance(known, type) and issubclass(known, forms.BaseFormSet):
        return known.form
    if isinstance(known, type) and issubclass(known, forms.Form | forms.ModelForm):
        return known.base_fields.get(name) or getattr(known, "formsets", {}).get(name)
    return None


def _opened(known: Any) -> Any:
    return known.block if isinstance(known, BlockField) else known.field if isinstance(known, FieldBlock) else known


@dataclass(frozen=True)
class _Reader:
    """Reads what came under one name of a form."""

    labels: dict[str, str]
    name: str

    def texts(self, part: Sent, known: Any) -> Iterator[Text]:
        """Yield the text of a field or relation; each block that holds others is a text of its own."""
        if self.is_left_out(self.name, known):
            return
        label = self.labels.get(self.name) or readable(self.name)
        lines: list[str] = []
        for row in part.rows():
            inner, below = _inside(row, known)
            if row is not inner and inner.rows():
                yield Text(label, tuple(lines))
                lines = []
                yield Text(self.label_of(row.value("type"), below), tuple(self.lines(inner, below)))
            else:
                lines += self.lines(inner, below)
        yield Text(label, (*lines, *self.own_lines(part, known)))

    def lines(self, part: Sent, known: Any) -> Iterator[str]:
        """Yield what was written under a name, line by line."""
        for row in part.rows():
            yield from self.lines(*_inside(row, known))
        yield from self.own_lines(part, known)

    def own_lines(self, part: Sent, known: Any) -> Iterator[str]:
        """Yield what was written under a name in no row of it."""
        yield from _words(part.values, _opened(known))
        below = {name: _below(known, name) for name in part.parts if not _is_number(name)}
        told = {name: one for name, one in below.items() if not self.is_left_out(name, one)}
        if "count" in told and told["count"] is None and (len(told) == 1 or part.rows()):
            del told["count"]
        is_alone = _size(known, told) == 1
        for name, one in told.items():
            lines = list(self.lines(part.parts[name], one))
            yield from lines if is_alone else _labelled(self.label_of(name, one), lines)

    def label_of(self, name: str, known: Any) -> str:
        """Return what the editor calls a part below this one."""
        return self.labels.get(f"{self.name}.{name}") or str(getattr(known, "label", "") or "") or readable(name)

    def is_left_out(self, name: str, known: Any) -> bool:
        """Tell whether no person wrote what comes under a name, or nobody is shown it."""
        if name in OF_FORMS or "password" in name.lower() or (self.name == "comments" and name in OF_COMMENTS):
            return True
        return isinstance(known, forms.Field) and type(known.widget) in HIDDEN


def _inside(row: Sent, known: Any) -> tuple[Sent, Any]:
    """Return what a row holds, with what is known of it: a block keeps it beside its kind and place."""
    below = _below(known, "", row.value("type"))
    is_block = "type" in row.parts and row.parts.keys() <= OF_BLOCKS and not isinstance(below, type)
    return (row.parts.get("value", Sent()), below) if is_block else (row, below)


def _size(known: Any, told: Collection[str]) -> int:
    """Return how many parts a form or block has, or those that came where that is not known."""
    known = _opened(known)
    if isinstance(known, BaseStructBlock):
        return len(known.child_blocks)
    return len(told)


def _labelled(label: str, lines: list[str]) -> Iterator[str]:
    if len(lines) == 1 and label.endswith(("?", ".", "!")):
        yield f"{label} {lines[0]}"
    elif len(lines) == 1:
        yield gettext("%(label)s: %(text)s") % {"label": label, "text": lines[0]}
    elif lines:
        yield from (label, *lines)


def _words(values: list[str], known: Any) -> Iterator[str]:
    """Yield the lines of what came under the name of one field."""
    if isinstance(known, forms.ModelChoiceField):
        yield from _chosen(values, known)
        return
    choices = dict(_flat(getattr(getattr(known, "widget", None), "choices", ())))
    for value in values:
        if isinstance(known, forms.BooleanField) and not choices:
            yield from [gettext("Yes")] if value not in UNTICKED else []
        elif value in choices:
            yield from lines_of(choices[value]) if value else ()
        else:
            yield from _typed(value)


def _chosen(values: list[str], known: Any) -> Iterator[str]:
    """Yield what is chosen by its name; its number says nothing to a person."""
    try:
        is_many = isinstance(known, forms.ModelMultipleChoiceField)
        yield from lines_of(known.clean(values if is_many else values[-1] if values else ""))
    except (ValidationError, OverflowError, DatabaseError):
        return


def _flat(choices: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), label


def _typed(value: str) -> Iterator[str]:
    if RICH_TEXT.match(value):
        for words in WORDS.findall(value):
            yield from plain_lines(_unquoted(words))
    elif TABLE.match(value):
        yield from _rows_of_table(value)
    elif not OF_MACHINES.fullmatch(value):
        yield from plain_lines(value)


def _rows_of_table(value: str) -> Iterator[str]:
    try:
        table = json.loads(value)
        rows = [[str(cell) for cell in row if cell not in (None, "")] for row in table["data"]]
        yield from plain_lines(str(table.get("table_caption") or ""))
        yield from (" · ".join(row) for row in rows if row)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        for words, colon in QUOTED.findall(value):
            if not colon:
                yield from plain_lines(_unquoted(words))


def _unquoted(words: str) -> str:
    """Return a text as it stands between the quotes of JSON, of which the end may be missing."""
    try:
        return str(json.loads(f'"{CUT_OFF_CHARACTER.sub("", words)}"', strict=False))
    except ValueError:
        return words


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal()


def _number(text: str, default: int) -> int:
    return int(text) if _is_number(text) and len(text) < 9 else default
