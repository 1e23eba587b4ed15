"""A StreamField whose block definitions stay out of migrations, and are put together once for all forms."""

from typing import Any

from django.utils.translation import get_language
from wagtail.blocks import Block
from wagtail.blocks.base import BlockWidget
from wagtail.fields import StreamField

# The context that knows which scripts the definitions need, and the definitions.
Built = tuple[Any, str | None]


class BodyWidget(BlockWidget):
    """Wagtail's widget, whose definitions of blocks are put together once for each language.

    They are code: nothing of them depends on the article, or on who writes it.
    """

    def __init__(self, block_def: Block, built: dict[str | None, Built]) -> None:
        super().__init__(block_def)
        self.built = built

    def _build_block_json(self) -> None:
        language, its = get_language(), self.__dict__
        if language not in self.built:
            super()._build_block_json()
            self.built[language] = its["_js_context"], its["_block_json"]
        its["_js_context"], its["_block_json"] = self.built[language]


class BodyField(StreamField):
    """A StreamField that migrations know by name only: a changed block is no change of the database."""

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Return the field without its blocks."""
        name, path, _, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [[]], kwargs

    def formfield(self, **kwargs: Any) -> Any:
        """Return the field of a form; Wagtail asks for one with each form."""
        built: dict[str | None, Built] = self.__dict__.setdefault("built", {})
        return super().formfield(**{"widget": BodyWidget(self.stream_block, built), **kwargs})
