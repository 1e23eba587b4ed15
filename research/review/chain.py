"""The chain of signatures: lines that are only ever added, each with the hash of the one before."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from research.content.canonical import canonical_json, digest_of
from research.models.signoffs import SealChain, SignOff

audit = logging.getLogger("countersign.audit")


@transaction.atomic
def add_line(
    kind: str,
    subject_type: str,
    subject_uuid: UUID,
    canonical: str,
    user: Any,
    *,
    answers: list[dict[str, str]] | None = None,
    conflict_statement: str = "",
    comment: str = "",
    notices_considered: list[str] | None = None,
    pictures: dict[str, list[str]] | None = None,
    now: datetime | None = None,
) -> SignOff:
    """Add one line to the chain of signatures, under its lock, and report the new head.

    The rules of who may sign are the callers'; this only writes.
    """
    now = now or timezone.now()
    SealChain.objects.get_or_create(pk=1)
    chain = SealChain.objects.select_for_update().get(pk=1)
    person = getattr(user, "person", None)
    line = SignOff(
        sequence=chain.length + 1,
        kind=kind,
        subject_type=subject_type,
        subject_uuid=subject_uuid,
        digest=digest_of(canonical),
        content=canonical,
        reviewer_id=user.pk,
        reviewer_name=person.name if person else user.get_full_name() or user.get_username(),
        reviewer_credentials=person.credentials if person else "",
        answers=answers or [],
        conflict_statement=conflict_statement.strip(),
        notices_considered=notices_considered or [],
        pictures=pictures or {},
        comment=comment.strip(),
        signed_at=now,
        valid_until=now + timedelta(days=settings.REVIEW_VALID_DAYS),
        previous_hash=chain.head,
    )
    line.line_hash = hash_of(line)
    line.save(force_insert=True)
    chain.length, chain.head = line.sequence, line.line_hash
    chain.save()
    transaction.on_commit(lambda: audit.info("seal chain head %s at line %d (%s)", line.line_hash, line.sequence, kind))
    return line


def hash_of(line: SignOff) -> str:
    """Return the hash that a line of the chain must carry: all its fields and the line before."""
    hashed = {
        field.attname: _as_text(getattr(line, field.attname))
        for field in SignOff._meta.concrete_fields
        if field.attname != "line_hash"
    }
    return digest_of(canonical_json(hashed))


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    return value
