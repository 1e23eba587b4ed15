"""Moments as the attributes of HTML take them."""

from datetime import datetime

from django import template

register = template.Library()


@register.filter(expects_localtime=True)
def to_the_second(moment: datetime | None) -> str:
    """Return a moment for ``datetime=``, whose seconds take fewer digits than ``date:"c"`` prints; "" for none."""
    return moment.isoformat(timespec="seconds") if moment else ""
