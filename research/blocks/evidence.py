"""Blocks that show evidence: figures and numbers in people."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.blocks import ImageChooserBlock

from research.blocks.base import ClaimBlock
from research.content.sealing import seal_as_is, seal_image, seal_text


class FigureBlock(ClaimBlock):
    """An image with a caption and the words for those who cannot see it."""

    image = ImageChooserBlock()
    alternative_text = blocks.CharBlock(
        max_length=300,
        help_text=_("What the picture shows, for readers who cannot see it. Not the caption again."),
    )
    caption = blocks.CharBlock(max_length=300, required=False)
    credit = blocks.CharBlock(max_length=160, required=False, help_text=_("Who made it, and its licence."))

    class Meta:
        icon = "image"
        label = _("Figure")
        group = _("Evidence")
        description = _("A picture or chart with a caption and alternative text.")
        claims = {
            "image": seal_image,
            "alternative_text": seal_text,
            "caption": seal_text,
            "credit": seal_text,
        }


class NumbersBlock(ClaimBlock):
    """Numbers in people: "4 in 100 instead of 7 in 100", with one denominator."""

    COUNTED = [
        ("people", _("People")),
        ("animals", _("Animals")),
        ("lesions", _("Lesions")),
        ("other", _("Something else")),
    ]

    denominator = blocks.IntegerBlock(min_value=2, max_value=100_000, default=100, label=_("Out of"))
    before = blocks.IntegerBlock(
        min_value=0,
        required=False,
        label=_("How many without it"),
        help_text=_("Leave empty when there is only one number."),
    )
    before_label = blocks.CharBlock(
        max_length=80, required=False, label=_("Who they were"), help_text=_("For example: usual care")
    )
    after = blocks.IntegerBlock(min_value=0, label=_("How many with it"))
    after_label = blocks.CharBlock(
        max_length=80, required=False, label=_("Who these were"), help_text=_("For example: with the treatment")
    )
    counted = blocks.ChoiceBlock(choices=COUNTED, default="people", label=_("What is counted"))
    outcome = blocks.CharBlock(
        max_length=200,
        label=_("What happened to them"),
        help_text=_("Ends the sentence “4 in 100 people …”, for example: had a relapse within a year"),
    )

    def clean(self, value: Any) -> Any:
        """Refuse more than there are: a count above its denominator says nothing."""
        cleaned = super().clean(value)
        over = {
            name: ValidationError(gettext("This cannot be more than the number above it, “Out of”."))
            for name in ("before", "after")
            if cleaned.get(name) is not None and cleaned.get("denominator") and cleaned[name] > cleaned["denominator"]
        }
        if over:
            raise StructBlockValidationError(block_errors=over)
        return cleaned

    class Meta:
        icon = "group"
        label = _("Numbers in people")
        group = _("Evidence")
        description = _("The same number of people on both sides, drawn and in words.")
        preview_value = {
            "denominator": 100,
            "before": 7,
            "before_label": "Usual care",
            "after": 4,
            "after_label": "With the treatment",
            "counted": "people",
            "outcome": "had a relapse within a year",
        }
        claims = {
            "denominator": seal_as_is,
            "before": seal_as_is,
            "before_label": seal_text,
            "after": seal_as_is,
            "after_label": seal_text,
            "counted": seal_as_is,
            "outcome": seal_text,
        }
