"""What every block of an article shares: it says which of its values are claims."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from wagtail import blocks
from wagtail.utils.file import hash_filelike

from research.content.richtext import normalise_html, normalise_text


class ClaimBlock(blocks.StructBlock):
    """A block whose every child declares its side.

    ``Meta.claims`` maps a child's name to the function that turns its value into plain JSON in
    canonical form; ``Meta.not_claims`` names the children that no reader takes as a claim. A child in
    neither is a system check error (research.E002).
    """

    def claims_of(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the block's claims by name."""
        return {name: seal(value.get(name)) for name, seal in self.meta.claims.items()}

    def undeclared_children(self) -> list[str]:
        """Return the names of children that declare no side."""
        declared = set(self.meta.claims) | set(self.meta.not_claims)
        return sorted(set(self.child_blocks) - declared)

    @property
    def is_previewable(self) -> bool:
        """True for blocks that have an example to show in the picker."""
        return hasattr(self.meta, "preview_value")

    def get_preview_template(self, value: Any, context: Any = None) -> str:
        """Return the page that frames the example in the picker."""
        return "research/admin/block_preview.html"

    def get_preview_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """Return the example as readers would see it, printed from its claims."""
        # Both modules need the blocks to be defined.
        content, presenting = import_module("research.content.article"), import_module("research.reading.build")
        section = content.SectionContent("what_they_found", (content.BlockContent(self.name, self.claims_of(value)),))
        article = content.ArticleContent(sections=(section,))
        printed = presenting.sections(article, stored_pictures={}, terms={}, links={})
        return super().get_preview_context(value, parent_context) | {"blocks": printed[0].blocks}

    class Meta:
        claims: Mapping[str, Callable[[Any], Any]] = {}
        not_claims: tuple[str, ...] = ()


def seal_rich_text(value: Any) -> str:
    """Return a RichText value as canonical HTML."""
    return normalise_html(getattr(value, "source", value))


def seal_text(value: Any) -> str:
    """Return plain text with ignorable white space folded."""
    return normalise_text(value)


def seal_as_is(value: Any) -> Any:
    """Return a number or a choice unchanged."""
    return value


def seal_image(image: Any) -> dict[str, Any] | None:
    """Return what identifies the picture itself: its record and the hash of its file. Writes nothing."""
    if image is None:
        return None
    return {"id": image.pk, "hash": image.file_hash or _hash_of_file(image)}


def _hash_of_file(image: Any) -> str:
    """Hash a file whose record has no hash yet; Wagtail's own way would save the record."""
    with image.open_file() as file:
        return hash_filelike(file)


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


def claim_blocks_in(block: blocks.Block) -> Iterator[ClaimBlock]:
    """Yield every ClaimBlock definition below this one."""
    if isinstance(block, ClaimBlock):
        yield block
    for child in getattr(block, "child_blocks", {}).values():
        yield from claim_blocks_in(child)
