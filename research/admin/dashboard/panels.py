"""What a list on the dashboard is: what it asks for, its lines, and how it is drawn.

The lists of one dashboard are read together, in one statement (``arranging``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.template.loader import get_template
from django.utils.translation import gettext
from wagtail.admin.ui.components import Component

from common.models import User
from common.words import Words

MOST_ROWS = 6
# What a list says of an article.
TITLES = ("article", "article__draft_title", "article__title")

Asked = dict[Any, QuerySet[Any, Any]]
Read = Mapping[Any, list[Any]]


@dataclass(frozen=True)
class Row:
    """One line: what it is about, where it leads, and what to know of it."""

    title: str
    url: str
    words: str = ""
    since: Any = None


class NewsroomPanel(Component):
    """A list on the dashboard. It is not there for whom it cannot concern."""

    template_name = "research/admin/dashboard_panel.html"
    name = ""
    heading: Words = ""
    empty_words: Words = ""
    more: tuple[str, str] | None = None

    def __init__(self, user: User, order: int) -> None:
        self.user, self.order = user, order
        self.read: Read = {}

    def is_for_user(self) -> bool:
        """True for those whom this list concerns."""
        return True

    def asks(self) -> Asked:
        """Return what is read for it, together with what the other lists ask for."""
        return {}

    def rows(self) -> Iterable[Row]:
        """Return the lines, the most pressing first, of what was ``read``."""
        raise NotImplementedError

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        """Add the lines."""
        return {
            "name": self.name,
            "heading": self.heading,
            "rows": list(self.rows()),
            "empty_words": self.empty_words,
            "more": self.more,
        }

    def render_html(self, parent_context: Any = None) -> str:
        """Print the list; a list without lines and without words for that is left out."""
        context = self.get_context_data(parent_context)
        if not context["rows"] and not self.empty_words:
            return ""
        return get_template(self.template_name).render(context)


def title_of(row: Mapping[str, Any]) -> str:
    """Return the title of the article that a row read with ``TITLES`` is about, as its draft has it."""
    return str(row["article__draft_title"] or row["article__title"])


def name_of(user: User | None) -> str:
    """Return what somebody is called in a line."""
    return (user.get_full_name() or user.get_username()) if user else gettext("a removed account")
