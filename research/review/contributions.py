"""Who worked on what: lines that are only added, because revisions can be purged."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from research.models.signoffs import Contribution


def record(subject_uuid: UUID, user) -> None:
    """Note that a user worked on a subject's words now."""
    record_all([subject_uuid], user)


def record_all(subjects: Iterable[UUID], user) -> None:
    """Note that a user worked on the words of several subjects now."""
    now, name = timezone.now(), user.get_username()
    Contribution.objects.bulk_create(
        Contribution(subject_uuid=subject, user_id=user.pk, username=name, at=now) for subject in subjects
    )


def has_contributed(user, subjects: Iterable[UUID], *, since=None) -> bool:
    """True if the user worked on any of the subjects, ever or since a time."""
    lines = Contribution.objects.filter(user_id=user.pk, subject_uuid__in=list(subjects))
    return (lines.filter(at__gt=since) if since else lines).exists()


def subjects_touched_by(user) -> list[UUID]:
    """Return the subjects a user ever worked on."""
    lines = Contribution.objects.filter(user_id=user.pk)
    return list(lines.values_list("subject_uuid", flat=True).distinct())
