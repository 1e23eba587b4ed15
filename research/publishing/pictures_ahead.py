"""Pictures made ahead of a release: the slowest part of it, done when it is planned."""

from contextlib import suppress
from typing import Any

from wagtail.models import Revision

from common.models import OutboxMessage
from common.outbox import enqueue, register
from research.artwork import family_for
from research.content.article import content_of
from research.models.published import PublishedArticle
from research.publishing import pictures


def ask_for_pictures(revision: Any) -> None:
    """Have the runner make the pictures of a version that is planned."""
    enqueue("pictures", _key(revision), {"revision": revision.pk})


@register("pictures")
def deliver_pictures(message: OutboxMessage) -> None:
    """Make the pictures that a planned release will need; a version that is gone needs none."""
    revision = Revision.objects.filter(pk=message.payload["revision"]).first()
    if revision is not None:
        _make_pictures(revision)


def make_ready(revision: Any) -> None:
    """Make the pictures of a version unless that was done when it was planned."""
    if not OutboxMessage.objects.filter(key=_key(revision), state=OutboxMessage.State.SENT).exists():
        _make_pictures(revision)


def _make_pictures(revision: Any) -> None:
    page = revision.as_object()
    seed = str(page.subject_uuid)
    family = page.artwork or family_for([topic.slug for topic in page.topics.all()], seed)
    existing = PublishedArticle.objects.filter(page_id=page.pk).first()
    before = existing.pictures if existing else {}
    # A picture that changed is for the release to refuse, at its time.
    with suppress(pictures.PictureChanged):
        pictures.make_ahead(content_of(page), seed=seed, family=family, made_before=before)


def _key(revision: Any) -> str:
    return f"pictures-{revision.pk}"
