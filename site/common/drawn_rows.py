"""Rows below a page in its editor (studies, authors, an appraisal), of which each is drawn from one frame.

Wagtail draws every row anew, and once more an empty one for the browser to copy. In that one ``__prefix__`` stands
where the browser puts the number of a row that is added: so it is the frame of the rows that are there, too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.formsets import DELETION_FIELD_NAME, ORDERING_FIELD_NAME
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from wagtail.admin.panels import InlinePanel, Panel

from common.frames import Frame, mark

NUMBER = "__prefix__"
ROW_TEMPLATE = "wagtailadmin/panels/inline_panel_child.html"


@dataclass(frozen=True)
class DrawnRows:
    """What all articles have alike of the rows of a panel."""

    # Around the fields that count the rows, the rows, and the empty row.
    outer: Frame
    row: Frame
    # What each field of a row is described by.
    described_by: Mapping[str, str]
    empty_row: str


class DrawnRowsPanel(InlinePanel):
    """Wagtail's panel of rows: the same HTML, in a fraction of the time."""

    def drawn(self, bound: "BoundPanel") -> DrawnRows:
        """Return what is drawn once for each language; nothing of it depends on who asks, or for which page."""
        known: dict[str | None, DrawnRows] = self.__dict__.setdefault("drawn_by_language", {})
        language = get_language()
        if language not in known:
            known[language] = _draw(bound)
        return known[language]

    class BoundPanel(InlinePanel.BoundPanel):
        """Draws rows as they are stored from the frame, and rows that were sent with faults as Wagtail does."""

        def __init__(self, **kwargs: Any) -> None:
            form = kwargs["form"]
            rows = None if form is None else form.formsets[kwargs["panel"].relation_name]
            self.is_drawn = rows is not None and not rows.is_bound
            if not self.is_drawn:
                super().__init__(**kwargs)
                return
            # Wagtail's own binds a panel to each field of each row.
            Panel.BoundPanel.__init__(self, **kwargs)
            self.label = self.panel.label
            self.formset: Any = rows

        def js_opts(self) -> dict[str, Any]:
            """Return what the browser is told, without an empty row that is made for it."""
            if not self.is_drawn:
                return dict(super().js_opts())
            return {
                "type": type(self.panel).__name__,
                "formsetPrefix": f"id_{self.formset.prefix}",
                "emptyChildFormPrefix": self.formset.add_prefix(NUMBER),
                "canOrder": self.formset.can_order,
                "maxForms": self.formset.max_num,
                "relationName": self.panel.relation_name,
            }

        def render_html(self, parent_context: Any = None) -> SafeString:
            """Return the rows."""
            if not self.is_drawn:
                return super().render_html(parent_context)
            drawn = self.panel.drawn(self)
            rows = "".join(_row(drawn, number, form) for number, form in enumerate(self.formset.forms))
            return drawn.outer.filled(
                {
                    "counts": self.formset.management_form,
                    "rows": mark_safe(rows),
                    "empty": mark_safe(drawn.empty_row),
                }
            )


BoundPanel = DrawnRowsPanel.BoundPanel


def _row(drawn: DrawnRows, number: int, form: forms.BaseForm) -> str:
    _hide_what_scripts_set(form, number + 1)
    index = str(number)
    fields = {name: form[name].as_widget(attrs=_described(drawn.described_by, name, index)) for name in drawn.row.names}
    return drawn.row.changed(lambda part: part.replace(NUMBER, index)).filled(fields)


def _described(by: Mapping[str, str], name: str, index: str) -> dict[str, str | bool]:
    return {"aria-describedby": by[name].replace(NUMBER, index)} if name in by else {}


def _draw(bound: Any) -> DrawnRows:
    """Draw an empty row and what is around the rows, by Wagtail's panel and templates."""
    panel, formset = bound.panel, bound.formset
    empty = formset.empty_form
    _hide_what_scripts_set(empty, None)
    child = panel.child_edit_handler.get_bound_panel(
        instance=empty.instance, request=bound.request, form=empty, prefix=f"{bound.prefix}-{NUMBER}"
    )
    context = {**bound.get_context_data(), "options_json": json.dumps(bound.js_opts()), "can_order": formset.can_order}
    empty_row = render_to_string(ROW_TEMPLATE, {**context, "child": child})
    described_by: dict[str, str] = {}
    for name, field in empty.fields.items():
        field.widget.render = _marking(name, described_by)
    row = render_to_string(ROW_TEMPLATE, {**context, "child": child})
    bound.children, bound.empty_child = [child], child
    whole = render_to_string(bound.template_name, context)
    before, between, after = whole.split(row)
    before = before.replace(str(formset.management_form), mark("counts"))
    outer = Frame(f"{before}{mark('rows')}{between}{mark('empty')}{after}")
    return DrawnRows(outer, Frame(row), described_by, empty_row)


def _marking(name: str, described_by: dict[str, str]) -> Any:
    """Return what a widget draws instead of itself, and notes what describes it."""

    def render(*_: Any, attrs: Mapping[str, Any], **__: Any) -> SafeString:
        if "aria-describedby" in attrs:
            described_by[name] = attrs["aria-describedby"]
        return mark(name)

    return render


def _hide_what_scripts_set(form: forms.BaseForm, place: int | None) -> None:
    """Hide the fields that say whether a row goes and where it stands, as Wagtail's panel does."""
    form.fields[DELETION_FIELD_NAME].widget = forms.HiddenInput()
    if ORDERING_FIELD_NAME in form.fields:
        place_is = None if place is None else {"value": place}
        form.fields[ORDERING_FIELD_NAME].widget = forms.HiddenInput(attrs=place_is)
