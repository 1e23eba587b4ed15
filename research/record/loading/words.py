"""The words and blocks of a line, as the editor would have stored them."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from common.models import Image
from research.blocks import ArticleBody
from research.content.richtext import BODY_FEATURES, TAKEAWAY_FEATURES, normalise_html
from research.record.loading.lines import LineRefused

# Tags of the editor's features, and what goes without a loss: they set no word apart.
PLAIN_TAGS = {"p", "br"}
FEATURE_TAGS = {
    "bold": {"b", "strong"},
    "italic": {"i", "em"},
    "h3": {"h2", "h3", "h4"},
    "ul": {"ul", "li"},
    "ol": {"ol", "li"},
    "link": {"a"},
    "superscript": {"sup"},
    "subscript": {"sub"},
}
WITHOUT_LOSS = {"div", "span", "section", "article", "font", "small", "u"}
TAG = re.compile(r"<\s*([a-z][a-z0-9]*)", re.IGNORECASE)
OTHER_HEADINGS = re.compile(r"(</?)h[24]>")
BLOCK_TAG = re.compile(r"<(?:p|h3|ul|ol)>")
BLANK_LINE = re.compile(r"\n\s*\n")
SECTIONS = tuple(ArticleBody().child_blocks)
CHILDREN = {
    name: block.child_blocks for name, block in next(iter(ArticleBody().child_blocks.values())).child_blocks.items()
}
# What a block takes in a line, where it is not what the block itself holds.
TABLE_KEYS = frozenset({"rows", "header", "caption"})


def takeaway_html(html: str) -> str:
    """Return the key takeaway as the editor stores it; see ``rich_text``."""
    return rich_text(html, TAKEAWAY_FEATURES)


def body_html(html: str) -> str:
    """Return rich text of a block as the editor stores it; see ``rich_text``."""
    return rich_text(html, BODY_FEATURES)


def rich_text(html: str, features: Iterable[str]) -> str:
    """Return rich text with the tags that these features of the editor write. Headings become small ones.

    Raises:
        LineRefused: it holds something that would be lost, as a picture, a table or a link to a page by number.
    """
    allowed = PLAIN_TAGS | WITHOUT_LOSS | set[str]().union(*(FEATURE_TAGS[name] for name in features))
    lost = sorted({tag.lower() for tag in TAG.findall(html)} - allowed)
    if lost:
        tags = ", ".join(f"<{tag}>" for tag in lost)
        raise LineRefused(f"The editor has no {tags} here, so it would be lost. Use a block for it, or take it out.")
    if "linktype=" in html:
        raise LineRefused("A link to a page or file by its number leads elsewhere here. Give its address in “href”.")
    if not TAG.search(html):
        html = "".join(f"<p>{part}</p>" for part in BLANK_LINE.split(html))
    written = OTHER_HEADINGS.sub(r"\1h3>", normalise_html(html))
    return written if not written or BLOCK_TAG.search(written) else f"<p>{written}</p>"


def block_of(row: Any, terms: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a block as the stream takes it: its type and its values.

    Args:
        row: an object with ``type`` and the values of such a block; a text alone is a block of text.
        terms: the glossary, by its terms in lower case.

    Raises:
        LineRefused: there is no such block, or it takes no such values.
    """
    if isinstance(row, str):
        row = {"type": "text", "html": row}
    kind = row.get("type") if isinstance(row, dict) else None
    if not isinstance(kind, str) or kind not in CHILDREN:
        raise LineRefused(f"A block is an object whose “type” is one of {_named(CHILDREN)}.")
    values = {name: value for name, value in row.items() if name != "type"}
    known = TABLE_KEYS if kind == "table" else frozenset(CHILDREN[kind])
    unknown = sorted(set(values) - known)
    if unknown:
        raise LineRefused(f"A block of type “{kind}” has no {_named(unknown)}; it takes {_named(sorted(known))}.")
    special = SPECIAL.get(kind)
    return kind, special(values, terms) if special else _words_of(values)


def _words_of(values: dict[str, Any]) -> dict[str, Any]:
    odd = [name for name, value in values.items() if isinstance(value, bool | dict | list)]
    if odd:
        raise LineRefused(f"{_named(odd)}: give text or a number.")
    return {name: body_html(str(value or "")) if name == "html" else value for name, value in values.items()}


def table_of(values: Mapping[str, Any], terms: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a block of a table from its ``rows``, whether the first is a ``header``, and its ``caption``.

    Raises:
        LineRefused: there are no rows, or they differ in length.
    """
    rows = values.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows) or len(set(map(len, rows))) != 1:
        raise LineRefused("“rows”: give a list of rows of equal length, each a list of texts.")
    return {
        "table": {
            "data": [["" if cell is None else str(cell) for cell in row] for row in rows],
            "first_row_is_table_header": bool(values.get("header", False)),
            "first_col_is_header": False,
            "table_header_choice": "row",
            "table_caption": str(values.get("caption", "")),
        }
    }


def _term_of(values: Mapping[str, Any], terms: Mapping[str, Any]) -> dict[str, Any]:
    term = terms.get(str(values.get("term", "")).strip().casefold())
    if term is None:
        raise LineRefused(f"The glossary has no term “{values.get('term', '')}”. Add it there first.")
    return {"term": term}


def _figure_of(values: dict[str, Any], terms: Mapping[str, Any]) -> dict[str, Any]:
    number = values.get("image")
    image = Image.objects.filter(pk=number).first() if isinstance(number, int) else None
    if image is None:
        raise LineRefused(f"“image”: the library has no picture {number}. Upload it, and give its number there.")
    return {**_words_of(values), "image": image}


SPECIAL: dict[str, Callable[[dict[str, Any], Mapping[str, Any]], dict[str, Any]]] = {
    "table": table_of,
    "glossary_term": _term_of,
    "figure": _figure_of,
}


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
