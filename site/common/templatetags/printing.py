"""Including a part of a page that is printed once."""

from django import template

from common.printing.memory import printed

register = template.Library()
#: ``{% printed "includes/part.html" name=value %}``: as ``include … with name=value only``, from memory if it was
#: printed with the same values before.
register.simple_tag(printed, name="printed")
