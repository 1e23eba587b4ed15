"""Who worked on what: lines that are only added, because revisions can be purged."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from research.models.signoffs import Contribution


def record(subject_uuid: UUID, user) -> None:
    """Note that a user worked on a subject's words now."""
    Contribution.objects.create(
        subject_uuid=subject_uuid, user_id=user.pk, username=user.get_username(), at=timezone.now()
    )


def has_contributed(user, subjects: Iterable[UUID], *, since=None) -> bool:
    """True if the user worked on any of the subjects, ever or since a time."""
    lines = Contribution.objects.filter(user_id=user.pk, subject_uuid__in=list(subjects))
    return (lines.filter(at__gt=since) if since else lines).exists()


def subjects_touched_by(user) -> list[UUID]:
    """Return the subjects a user ever worked on."""
    lines = Contribution.objects.filter(user_id=user.pk)
    return list(lines.values_list("subject_uuid", flat=True).distinct())
