"""What the head of a page, and words in another language than the page's, say of their language."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from common.languages import attributes, attributes_of

register = template.Library()


@register.simple_tag
def page_language() -> SafeString:
    """Return the attributes of ``html``: its language, and the direction of its writing."""
    return attributes(get_language() or "en")


@register.simple_tag
def language_of(language: str) -> SafeString:
    """Return the attributes of an element whose words are in a language; nothing where that is the page's own."""
    return attributes_of(language)
