"""How each kind of value of a page or block becomes plain JSON in canonical form."""

from typing import Any

from django.utils.translation import gettext_noop as _

from common.masters import UnreadablePicture, master_hash_of
from common.models import Image
from research.content.richtext import normalise_html, normalise_text

# Required sections: their names in the stream and their headings, in the order readers meet them.
#: The section that no reading of an article leaves closed.
LIMITS = "important_considerations"
SECTION_HEADINGS = {
    "what_they_found": _("What they found"),
    "who_should_care": _("Who should care and why"),
    LIMITS: _("Important considerations"),
}


def seal_rich_text(value: Any) -> str:
    """Return a RichText value as canonical HTML."""
    return normalise_html(getattr(value, "source", value))


def seal_text(value: Any) -> str:
    """Return plain text with ignorable white space folded."""
    return normalise_text(value)


def seal_as_is(value: Any) -> Any:
    """Return a number or a choice unchanged."""
    return value


def seal_image(image: Image | None) -> dict[str, Any] | None:
    """Return what identifies the picture itself: the hash of its master, or that its file cannot be read."""
    if image is None:
        return None
    try:
        return {"hash": master_hash_of(image)}
    except UnreadablePicture:
        return {"unreadable": True}


def seal_term(term: Any) -> str:
    """Return a glossary term's identifier; its words are signed on their own."""
    return str(term.subject_uuid) if term is not None else ""


def seal_table(value: Any) -> dict[str, Any]:
    """Return a table's cells and which of its lines are headings."""
    value = value or {}
    rows = [[normalise_text(cell) for cell in row] for row in value.get("data") or []]
    return {
        "rows": rows,
        "header_row": bool(value.get("first_row_is_table_header")),
        "header_column": bool(value.get("first_col_is_header")),
        "caption": normalise_text(value.get("table_caption")),
    }
