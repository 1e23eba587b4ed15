"""What every block of an article shares: it says which of its values are claims."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wagtail import blocks

from research.content.article import ArticleContent, BlockContent, SectionContent
from research.reading import build


class ClaimBlock(blocks.StructBlock):
    """A block whose every child declares its side.

    ``Meta.claims`` maps a child's name to the function that turns its value into plain JSON in
    canonical form; ``Meta.not_claims`` names the children that no reader takes as a claim. A child in
    neither is a system check error (research.E002).
    """

    def claims_of(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the block's claims by name."""
        return {name: seal(value.get(name)) for name, seal in self.meta.claims.items()}

    def depth_of(self, value: Mapping[str, Any]) -> str:
        """Return DETAILS for what stays closed until a reader asks for it, "" for what every reader meets."""
        return self.meta.depth

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
        section = SectionContent("what_they_found", (BlockContent(self.name, self.claims_of(value)),))
        article = ArticleContent(sections=(section,))
        printed = build.sections(article, stored_pictures={}, terms={}, links={})
        return super().get_preview_context(value, parent_context) | {"blocks": printed[0].blocks}

    class Meta:
        claims: Mapping[str, Callable[[Any], Any]] = {}
        not_claims: tuple[str, ...] = ()
        depth = ""


def claim_blocks_in(block: blocks.Block) -> Iterator[ClaimBlock]:
    """Yield every ClaimBlock definition below this one."""
    if isinstance(block, ClaimBlock):
        yield block
    for child in getattr(block, "child_blocks", {}).values():
        yield from claim_blocks_in(child)
