"""Studies that turned out to be one: what was joined to what, and under which names the survivor is known."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import models

from research.models.references import Study


class StudyMerge(models.Model):
    """One study that was joined to another and is no more; its UUID stands for the survivor for ever.

    ``record`` keeps what the study said, and what of it was moved, as it was before.
    """

    merged_uuid = models.UUIDField(unique=True, editable=False)
    survivor = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="merged", editable=False)
    record: models.JSONField = models.JSONField(default=dict, editable=False)
    reason = models.TextField()
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-merged_at"]

    def __str__(self) -> str:
        return f"{self.record.get('title', self.merged_uuid)} joined to {self.survivor}"


def studies_known_as(uuids: Iterable[UUID]) -> dict[UUID, Study]:
    """Return the studies behind these UUIDs, by UUID as asked; that of a joined study gives the one it was joined to.

    Unknown ones are left out. Two statements at most, however many are asked for.
    """
    wanted = set(uuids)
    found = {study.subject_uuid: study for study in Study.objects.filter(subject_uuid__in=wanted)}
    joined = StudyMerge.objects.filter(merged_uuid__in=wanted - found.keys()).select_related("survivor")
    return found | {merge.merged_uuid: merge.survivor for merge in joined}


def uuids_of(studies: Iterable[Study]) -> set[UUID]:
    """Return every UUID under which these studies were ever known: their own and those joined to them."""
    own = {study.subject_uuid for study in studies}
    joined = StudyMerge.objects.filter(survivor__subject_uuid__in=own)
    return own | set(joined.values_list("merged_uuid", flat=True))
