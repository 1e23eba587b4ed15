"""What an editor calls the fields of its form, and the relations whose rows it edits."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext
from wagtail.admin.panels import FieldPanel, InlinePanel


def labels_of(form: Any, panel: Any) -> dict[str, str]:
    """Return the labels of a form, or of its class, by name: its fields, then its relations.

    Args:
        panel: the edit handler that shows the form.
    """
    headings = dict(headings_in(panel))
    fields = getattr(form, "fields", None) or form.base_fields
    found = {name: str(headings.get(name) or field.label or readable(name)) for name, field in fields.items()}
    return found | {name: headings.get(name) or readable(name) for name in getattr(form, "formsets", {})}


def headings_in(panel: Any, within: str = "") -> Iterator[tuple[str, str]]:
    """Yield what panels are headed by the name of their field or relation; ``relation.field`` in its rows."""
    for child in getattr(panel, "children", ()):
        yield from headings_in(child, within)
    if isinstance(panel, FieldPanel) and panel.heading:
        yield f"{within}{panel.field_name}", str(panel.heading)
    elif isinstance(panel, InlinePanel):
        yield f"{within}{panel.relation_name}", str(panel.heading)
        yield from headings_in(panel.child_edit_handler, f"{within}{panel.relation_name}.")


def readable(name: str) -> str:
    """Return the name of a field as words: "Key takeaway" of ``key_takeaway``, where nothing better is known."""
    words = " ".join(name.replace("_", " ").split()).capitalize()
    return gettext(words) if words else name
