"""Glossary terms of an article, set on the words that they explain."""

from collections.abc import Mapping
from dataclasses import replace

from research.content.article import ArticleContent, BlockContent, SectionContent
from research.content.terms import Explained, terms_in, with_term_at_its_word


def with_terms_at_their_words(
    content: ArticleContent, notes: Mapping[str, Explained]
) -> list[tuple[SectionContent, dict[int, BlockContent]]]:
    """Return the blocks of each section by number, those of glossary terms set on the first mention of their word.

    That is looked for in the block's own section, then in the others; one without a mention stays a block.
    """
    parts = [(section, dict(enumerate(section.blocks))) for section in content.sections]
    linked_already = {uuid for section in content.sections for block in section.blocks for uuid in _linked_terms(block)}
    for _, blocks in parts:
        for number in [number for number, block in blocks.items() if block.kind == "glossary_term"]:
            uuid = blocks[number].values.get("term", "")
            note = notes.get(uuid)
            places = [blocks, *(others for _, others in parts if others is not blocks)]
            if note and (uuid in linked_already or any(_set_on_word(place, uuid, note.term) for place in places)):
                linked_already.add(uuid)
                del blocks[number]
    return parts


def _linked_terms(block: BlockContent) -> list[str]:
    return terms_in(str(block.values.get("html", "")))


def _set_on_word(blocks: dict[int, BlockContent], uuid: str, term: str) -> bool:
    """Set a term on its first mention in these blocks' texts; return whether there was one."""
    for number, block in blocks.items():
        html = with_term_at_its_word(block.values["html"], uuid, term) if block.values.get("html") else None
        if html is not None:
            blocks[number] = replace(block, values={**block.values, "html": html})
            return True
    return False
