"""Studies that were joined, and what finds a study by every UUID that it was ever known under."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import models

from common.prepared import IDENTITIES, Prepared
from research.models.references import Study, StudyNotice


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


class StudyHistory(NamedTuple):
    """A study by its key, and what happened to it since it was published, the oldest first."""

    study_id: int
    notices: list[StudyNotice]


def histories_known_as(uuids: Iterable[UUID]) -> dict[UUID, StudyHistory]:
    """Return what happened to the studies behind these UUIDs, as ``studies_known_as`` finds them.

    One statement, however many are asked for; one more where a study was joined to another, none for none.
    """
    wanted = set(uuids)
    found = _histories(WITH_NOTICES(wanted)) if wanted else {}
    missing = wanted - found.keys()
    return found | _histories(JOINED_WITH_NOTICES(missing)) if missing else found


def _with_notices(rows: models.QuerySet[Any], uuid_field: str, to_study: str) -> models.QuerySet[Any, Any]:
    columns = [field.attname for field in StudyNotice._meta.concrete_fields]
    notice = f"{to_study}notices__"
    rows = rows.order_by(f"{notice}date", f"{notice}pk")
    return rows.values_list(uuid_field, f"{to_study}pk", *(f"{notice}{column}" for column in columns))


WITH_NOTICES = Prepared(
    lambda uuids: _with_notices(Study.objects.filter(subject_uuid__in=uuids), "subject_uuid", ""), IDENTITIES
)
JOINED_WITH_NOTICES = Prepared(
    lambda uuids: _with_notices(StudyMerge.objects.filter(merged_uuid__in=uuids), "merged_uuid", "survivor__"),
    IDENTITIES,
)


def _histories(rows: Iterable[Sequence[Any]]) -> dict[UUID, StudyHistory]:
    columns = [field.attname for field in StudyNotice._meta.concrete_fields]
    found: dict[UUID, StudyHistory] = {}
    for known_as, study_id, *values in rows:
        history = found.setdefault(known_as, StudyHistory(study_id, []))
        if values[0] is not None:
            history.notices.append(StudyNotice(**dict(zip(columns, values, strict=True))))
    return found


def uuids_by_study(studies: Iterable[int]) -> dict[int, set[UUID]]:
    """Return by a study's key the UUIDs of what is printed of it: its own, of those joined to it, of its journal."""
    known: dict[int, set[UUID]] = {study: set() for study in studies}
    own = Study.objects.filter(pk__in=known).order_by().values_list("pk", "subject_uuid", "journal__subject_uuid")
    joined = StudyMerge.objects.filter(survivor__in=known).order_by()
    for study, *uuids in own.union(joined.values_list("survivor", "merged_uuid", "merged_uuid"), all=True):
        known[study].update({*uuids} - {None})
    return known
