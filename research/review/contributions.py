"""Who worked on what: lines that are only added, because revisions can be purged."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from common.models import User
from research.models.signoffs import Contribution, ContributionPersonal, SealChain
from research.newsroom.commitments import commitments, new_salt
from research.review.chain import extend

# Any UUID that is not used for another purpose.
PICTURES = UUID("6f1d3c52-0f0b-4f5e-9d2a-5a3f1f0c8e77")


def record(subject_uuid: UUID, user: User) -> None:
    """Note that a user worked on a subject's words now."""
    record_all([subject_uuid], user)


def record_all(subjects: Iterable[UUID], user: User) -> None:
    """Note that a user worked on the words of several subjects now."""
    now, name = timezone.now(), user.get_username()
    _add((subject, user.pk, name, now) for subject in subjects)


def record_picture(hashed: str, user: User) -> None:
    """Note that a user brought a picture, known by the hash of its master."""
    record(subject_of_picture(hashed), user)


def subject_of_picture(hashed: str) -> UUID:
    """Return the subject under which the lines of a picture stand."""
    return uuid5(PICTURES, hashed)


def carry_over(origin: UUID, copy: UUID) -> None:
    """Note of a copy who worked on what it was made from, each with the time of their first and last work."""
    lines = Contribution.objects.filter(subject_uuid=origin).select_related("personal").order_by("at", "pk")
    ends = {line.user_id: line for line in lines}.values()
    first = {line.user_id: line for line in reversed(lines)}.values()
    kept = sorted({line.pk: line for line in (*first, *ends)}.values(), key=lambda line: line.at)
    _add((copy, line.user_id, line.username, line.at) for line in kept)


@transaction.atomic
def _add(entries: Iterable[tuple[UUID, int, str, datetime]]) -> None:
    """Add a line to the chain for each subject, account, name and time."""
    lines, names = [], []
    for subject, account, name, at in entries:
        personal = ContributionPersonal(username=name, salt=new_salt())
        committed = commitments(personal.salt, personal.values())
        lines.append(Contribution(subject_uuid=subject, user_id=account, at=at, commitments=committed))
        names.append(personal)
    if not lines:
        return
    extend(SealChain.Name.CONTRIBUTIONS, lines)
    for line, personal in zip(lines, names, strict=True):
        personal.line = line
    ContributionPersonal.objects.bulk_create(names)


def has_contributed(user: User, subjects: Iterable[UUID]) -> bool:
    """True if the user ever worked on any of the subjects."""
    return Contribution.objects.filter(user_id=user.pk, subject_uuid__in=list(subjects)).exists()


def latest_times(user: User, subjects: Iterable[UUID]) -> dict[UUID, datetime]:
    """Return when the user last worked on each of the subjects; without those that they never did."""
    lines = Contribution.objects.filter(user_id=user.pk, subject_uuid__in=set(subjects)).order_by()
    return dict(lines.values("subject_uuid").annotate(latest=Max("at")).values_list("subject_uuid", "latest"))


def subjects_touched_by(user: User) -> list[UUID]:
    """Return the subjects a user ever worked on."""
    lines = Contribution.objects.filter(user_id=user.pk).order_by()
    return list(lines.values_list("subject_uuid", flat=True).distinct())
