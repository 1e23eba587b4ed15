"""The publication in templates that no request reaches, such as those of Wagtail's mails."""

from django import template

from common.letterhead import Letterhead, current

register = template.Library()


@register.simple_tag
def letterhead() -> Letterhead:
    """Return who the publication is."""
    return current()
