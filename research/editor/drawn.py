"""What several parts of the editor say of the same draft, worked out once while a screen is drawn.

Each of them is drawn by itself, and none knows of the others. A form that is shown again with errors is no request
that only reads: then each works it out anew.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects
from django.utils import timezone

from common.once import once
from research.checking.facts import Draft
from research.content.article import ArticleContent, content_of
from research.models.workflow import MedicalReviewState
from research.review.findings import draft_for
from research.review.guard import Refusal, refusals_for

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


@once(id)
def drawn_content(page: "ArticlePage") -> ArticleContent:
    """Return the claims of a draft; with them, what is stored of the studies that it cites was read."""
    also = [row.study for row in page.also_cited.all() if row.study_id]
    prefetch_related_objects([study for study in (page.study, *also) if study], "full_text", "journal", "notices")
    return content_of(page)


@once(id)
def drawn_draft(page: "ArticlePage") -> Draft:
    """Return a draft made ready for the checks."""
    return draft_for(page, drawn_content(page), now=timezone.now())


@once(lambda page, at=None: (id(page), at))
def drawn_refusals(page: "ArticlePage", at: datetime | None = None) -> list[Refusal]:
    """Return why a draft may not be public at a moment, now when none is given."""
    return refusals_for(page, now=at, content=drawn_content(page))


@once(lambda page: page.pk)
def open_review_of(page: "ArticlePage") -> MedicalReviewState | None:
    """Return the review that an article is in now."""
    return MedicalReviewState.objects.open().for_instance(page).first()
