"""Under which names a study is known."""

from collections.abc import Iterable
from uuid import UUID

from research.models.references import Study


def studies_known_as(uuids: Iterable[UUID]) -> dict[UUID, Study]:
    """Return the studies behind these UUIDs, by UUID as asked; unknown ones are left out."""
    return {study.subject_uuid: study for study in Study.objects.filter(subject_uuid__in=set(uuids))}
