"""Blocks of words."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock

from research.blocks.base import ClaimBlock
from research.content.article import DETAILS
from research.content.richtext import ARTICLE_FEATURES
from research.content.sealing import seal_rich_text, seal_table, seal_term, seal_text
from research.editor.choosers import TermChooserBlock

TABLE_OPTIONS = {
    "contextMenu": ["row_above", "row_below", "col_left", "col_right", "remove_row", "remove_col", "undo", "redo"],
}


class TextBlock(ClaimBlock):
    """Paragraphs, lists and small headings. One that stays empty is left out; a section without words is missed."""

    html = blocks.RichTextBlock(features=ARTICLE_FEATURES, label=_("Text"), required=False)

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        group = _("Words")
        description = _("Paragraphs and lists. Aim for sentences of 15 words or fewer.")
        preview_value = {"html": "<p>Microglia are immune cells that live in the brain.</p>"}
        claims = {"html": seal_rich_text}


class FactBlock(ClaimBlock):
    """One fact, pulled out."""

    text = blocks.CharBlock(max_length=220)

    class Meta:
        icon = "openquote"
        label = _("Pull-out fact")
        group = _("Words")
        description = _("One sentence worth remembering, set apart from the text.")
        preview_value = {"text": "The trial followed 53 people for just under a year."}
        claims = {"text": seal_text}


class QuestionBlock(ClaimBlock):
    """A question a reader may take to an appointment."""

    text = blocks.CharBlock(max_length=240, label=_("Question"))

    class Meta:
        icon = "help"
        label = _("Question to ask your care team")
        group = _("For the reader")
        description = _("Words a reader can use at an appointment, in the first person.")
        preview_value = {"text": "Would this change anything about my treatment?"}
        claims = {"text": seal_text}


class QuoteBlock(ClaimBlock):
    """Someone's words, with who said them."""

    text = blocks.TextBlock(max_length=500, label=_("Quote"))
    speaker = blocks.CharBlock(max_length=120)
    role = blocks.CharBlock(max_length=160, required=False, help_text=_("Who they are, and where the words come from."))

    class Meta:
        icon = "openquote"
        label = _("Quote")
        group = _("Words")
        description = _("Exact words of a person, with name and source.")
        preview_value = {"text": "We were surprised.", "speaker": "A researcher", "role": "Author"}
        claims = {"text": seal_text, "speaker": seal_text, "role": seal_text}


class MoreDetailBlock(ClaimBlock):
    """More for those who want it, closed until opened."""

    summary = blocks.CharBlock(max_length=120, label=_("What it is about"))
    html = blocks.RichTextBlock(features=ARTICLE_FEATURES, label=_("Text"))

    class Meta:
        icon = "collapse-down"
        label = _("More detail")
        group = _("For the reader")
        description = _("Detail that stays closed until a reader opens it.")
        preview_value = {"summary": "How they measured it", "html": "<p>With two scans.</p>"}
        claims = {"summary": seal_text, "html": seal_rich_text}
        depth = DETAILS


class GlossaryTermBlock(ClaimBlock):
    """A glossary term, explained where it is needed."""

    term = TermChooserBlock()

    class Meta:
        icon = "openquote"
        label = _("Glossary term")
        group = _("For the reader")
        description = _("Explains a hard word in the glossary's signed words.")
        claims = {"term": seal_term}


class FiguresTableBlock(ClaimBlock):
    """A small table."""

    table = TableBlock(table_options=TABLE_OPTIONS)

    class Meta:
        icon = "table"
        label = _("Table")
        group = _("Evidence")
        description = _("A small table with a caption. Keep it under five columns for phones.")
        claims = {"table": seal_table}
