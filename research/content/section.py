"""The section that an article stands in, as its claims and the guard ask for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from wagtail.models import Page

from common.once import once

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

# Asked each time content is built, and by each ask of the guard; the ORM takes ten times as long to write it.
ABOVE = """
    SELECT place.translation_key, place.title, place.live, section.language, section.two_reviewers
    FROM wagtailcore_page place LEFT JOIN research_topicindexpage section ON section.page_ptr_id = place.id
    WHERE place.path = %s
"""


@dataclass(frozen=True)
class Section:
    """The page above an article: its UUID, which is the same in all languages, and what the article takes from it."""

    identity: str
    title: str
    is_live: bool
    language: str
    asks_two_reviewers: bool


@once(lambda page: page.path)
def section_of(page: "ArticlePage") -> Section | None:
    """Return the section that an article stands in, as it is stored; None for an article that stands nowhere."""
    if not page.path:
        return None
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, [page.path[: -Page.steplen]])
        found = cursor.fetchone()
    if found is None:
        return None
    key, title, is_live, language, asks_two = found
    return Section(str(UUID(str(key))), title, bool(is_live), language or "", bool(asks_two))
