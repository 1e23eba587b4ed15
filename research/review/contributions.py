"""Who worked on what: lines that are only added, because revisions can be purged."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from research.models.signoffs import Contribution, ContributionPersonal, SealChain
from research.newsroom.commitments import commitments, new_salt
from research.review.chain import extend


def record(subject_uuid: UUID, user: Any) -> None:
    """Note that a user worked on a subject's words now."""
    record_all([subject_uuid], user)


@transaction.atomic
def record_all(subjects: Iterable[UUID], user: Any) -> None:
    """Note that a user worked on the words of several subjects now."""
    now, name = timezone.now(), user.get_username()
    lines, names = [], []
    for subject in subjects:
        personal = ContributionPersonal(username=name, salt=new_salt())
        committed = commitments(personal.salt, personal.values())
        lines.append(Contribution(subject_uuid=subject, user_id=user.pk, at=now, commitments=committed))
        names.append(personal)
    if not lines:
        return
    extend(SealChain.Name.CONTRIBUTIONS, lines)
    for line, personal in zip(lines, names, strict=True):
        personal.line = line
    ContributionPersonal.objects.bulk_create(names)


def has_contributed(user: Any, subjects: Iterable[UUID], *, since: datetime | None = None) -> bool:
    """True if the user worked on any of the subjects, ever or since a time."""
    lines = Contribution.objects.filter(user_id=user.pk, subject_uuid__in=list(subjects))
    return (lines.filter(at__gt=since) if since else lines).exists()


def subjects_touched_by(user: Any) -> list[UUID]:
    """Return the subjects a user ever worked on."""
    lines = Contribution.objects.filter(user_id=user.pk).order_by()
    return list(lines.values_list("subject_uuid", flat=True).distinct())
