"""Freezing a version: its words, its pictures and what was known of its sources, as one record.

The reviewers read it, a signature is of it, and readers get its pictures.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from wagtail.models import Revision

from common.models import AnyUser, User
from research.artwork import family_for
from research.content.article import ArticleContent
from research.models.published import PublishedArticle
from research.models.reviews.submissions import Submission
from research.publishing import pictures
from research.review.frozen import notices_of, terms_of
from research.review.signing import content_to_sign

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


def freeze(revision: Revision, user: AnyUser | None) -> Submission:
    """Return the frozen version of a revision.

    Raises:
        IncompleteArticle: parts are missing.
        PictureChanged: the stored file of a picture is gone, or is another one.
    """
    page = revision.as_object()
    content = content_to_sign(page)
    return Submission.objects.create(
        subject_uuid=page.subject_uuid,
        revision=revision,
        digest=content.digest,
        content=content.canonical,
        pictures=pictures_for(page, content),
        notices=notices_of(content),
        terms=terms_of(content),
        frozen_at=timezone.now(),
        frozen_by=user if isinstance(user, User) else None,
    )


def pictures_for(page: "ArticlePage", content: ArticleContent) -> dict[str, dict[str, Any]]:
    """Return the pictures that readers get with these words; an artwork is drawn once an article.

    Raises:
        PictureChanged: the stored file of a picture is gone, or is another one.
    """
    seed = str(page.subject_uuid)
    return pictures.with_artwork(
        pictures.pictures_of(content),
        seed=seed,
        family=page.artwork or family_for([topic.slug for topic in page.topics.all()], seed),
        made_before=_drawn_before(page),
    )


def _drawn_before(page: "ArticlePage") -> Mapping[str, Any]:
    """Return the pictures in which an artwork of this article may be: what readers see, or what was frozen last."""
    published = PublishedArticle.objects.filter(page_id=page.pk).values_list("pictures", flat=True).first()
    frozen = Submission.objects.filter(subject_uuid=page.subject_uuid).values_list("pictures", flat=True)
    return next((found for found in (published, *frozen[:1]) if found and found.get(pictures.LEAD)), {})
