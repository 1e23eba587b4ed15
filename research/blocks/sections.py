"""The sections of an article, and its body."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from research.blocks.evidence import FigureBlock, NumbersBlock
from research.blocks.one_at_a_time import CheckedOneAtATimeMixin
from research.blocks.text import (
    FactBlock,
    FiguresTableBlock,
    GlossaryTermBlock,
    MoreDetailBlock,
    QuestionBlock,
    QuoteBlock,
    TextBlock,
)
from research.content.sealing import SECTION_HEADINGS


class SectionBlock(blocks.StreamBlock):
    """One section: any of the blocks below, in the writer's order."""

    text = TextBlock()
    numbers = NumbersBlock()
    figure = FigureBlock()
    fact = FactBlock()
    question = QuestionBlock()
    quote = QuoteBlock()
    table = FiguresTableBlock()
    glossary_term = GlossaryTermBlock()
    more = MoreDetailBlock()

    class Meta:
        icon = "doc-full"
        group = _("Sections")


class ArticleBody(CheckedOneAtATimeMixin, blocks.StreamBlock):
    """The three required sections. Their order is applied when the article is read, never an error."""

    what_they_found = SectionBlock(
        label=SECTION_HEADINGS["what_they_found"],
        description=_("The result, with numbers of people and what they were compared with."),
    )
    who_should_care = SectionBlock(
        label=SECTION_HEADINGS["who_should_care"],
        description=_("Who it touches, and what it may mean for them, carers and families."),
    )
    important_considerations = SectionBlock(
        label=SECTION_HEADINGS["important_considerations"],
        description=_("The limits: what the study cannot show, and what nobody should change."),
    )

    class Meta:
        required = False
