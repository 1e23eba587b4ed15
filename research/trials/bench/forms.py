"""What a browser posts when a draft is saved, made of the form that Wagtail draws for it."""

from typing import Any

from django import forms
from wagtail.blocks import ListBlock, StreamBlock, StructBlock
from wagtail.models import Page

from common.models import User


def posted(page: Page, user: User) -> dict[str, Any]:
    """Return the fields of the editor's form of the newest draft of a page, filled as they are shown."""
    stored = type(page).objects.get(pk=page.pk)
    draft, latest = stored.get_latest_revision_as_object(), stored.latest_revision
    form = draft.get_edit_handler().get_form_class()(instance=draft, for_user=user, parent_page=stored.get_parent())
    data = {"loaded_revision_id": str(latest.pk), "loaded_revision_created_at": latest.created_at.isoformat()}
    for part in (form, *_parts(form)):
        data |= _fields(part)
    return data


def _parts(form: Any) -> list[Any]:
    rows = list(form.formsets.values())
    return [part for each in rows for part in (each.management_form, *each.initial_forms)]


def _fields(form: forms.BaseForm) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in form.fields.items():
        bound = form[name]
        block = getattr(field, "block", None)
        if block is not None:
            found |= dict(_of_block(block, bound.value(), bound.html_name))
        else:
            found |= _value(field, bound.value(), bound.html_name)
    return found


def _value(field: forms.Field, value: Any, name: str) -> dict[str, Any]:
    if isinstance(field.widget, forms.CheckboxInput):
        return {name: "on"} if value else {}
    if isinstance(field, forms.ModelMultipleChoiceField):
        return {name: [getattr(one, "pk", one) for one in value or ()]}
    shown = field.widget.format_value(field.prepare_value(value))
    return {name: _first(shown)}


def _first(shown: Any) -> Any:
    """Return the value of a choice; a widget of one choice gives it in a list."""
    if isinstance(shown, list | tuple):
        return shown[0] if shown else ""
    return "" if shown is None else shown


def _of_block(block: Any, value: Any, name: str) -> dict[str, Any]:
    if isinstance(block, StreamBlock):
        rows = [(child.block, child.value, child.id, child.block_type) for child in value]
    elif isinstance(block, ListBlock):
        rows = [(block.child_block, child.value, child.id, "") for child in value.bound_blocks]
    elif isinstance(block, StructBlock):
        found: dict[str, Any] = {}
        for key, child in block.child_blocks.items():
            found |= _of_block(child, value[key], f"{name}-{key}")
        return found
    else:
        return _value(block.field, block.value_for_form(value), name)
    data: dict[str, Any] = {f"{name}-count": len(rows)}
    for number, (child, given, identifier, kind) in enumerate(rows):
        row = f"{name}-{number}"
        data |= {f"{row}-order": number, f"{row}-deleted": "", f"{row}-id": identifier or "", f"{row}-type": kind}
        data |= _of_block(child, given, f"{row}-value")
    return data
