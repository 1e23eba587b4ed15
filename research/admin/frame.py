"""What the newsroom's own screens have around them."""

from django.urls import reverse
from django.utils.translation import gettext


def crumbs(*items: tuple[str, str]) -> list[dict[str, str]]:
    """Return the way to a screen from the front of the admin: the address and the label of each step."""
    home = (reverse("wagtailadmin_home"), gettext("Home"))
    return [{"url": url, "label": label} for url, label in (home, *items)]
