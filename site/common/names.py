"""Names that nobody wrote down: Django and Wagtail make them of the names in the code.

A field ``key_takeaway`` is called "Key takeaway" and a model ``GlossaryTerm`` "glossary term". Here each of them
becomes a sentence like any other, said in the language of whoever reads it. Migrations do not see it: they write what
was given.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.db.models import Field, Model
from django.utils.translation import gettext_lazy
from wagtail.blocks import BaseStreamBlock, BaseStructBlock, Block, ListBlock
from wagtail.fields import StreamField


def translate_names(app: AppConfig) -> None:
    """Let the models of an app, their fields and their blocks have names in every language; for when it is ready."""
    for model in app.get_models():
        for thing, attribute in named_things(model):
            name = getattr(thing, attribute)
            if type(name) is str and name:
                setattr(thing, attribute, gettext_lazy(name))


def named_things(model: type[Model]) -> Iterator[tuple[Any, str]]:
    """Yield what has a name, with the attribute that holds it."""
    options = model._meta
    yield options, "verbose_name"
    yield options, "verbose_name_plural"
    for field in (*options.local_fields, *options.local_many_to_many):
        if isinstance(field, Field):
            yield field, "verbose_name"
        if isinstance(field, StreamField):
            yield from _of_block(field.stream_block)


def _of_block(block: Block) -> Iterator[tuple[Block, str]]:
    yield block, "label"
    if isinstance(block, BaseStreamBlock | BaseStructBlock):
        for child in block.child_blocks.values():
            yield from _of_block(child)
    elif isinstance(block, ListBlock):
        yield from _of_block(block.child_block)
