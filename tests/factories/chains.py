"""Long chains, made at once."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from research.content.canonical import digest_of
from research.models import SealChain, SealedContent, SignOff, SignOffPersonal
from research.newsroom.commitments import commitments, new_salt
from research.review.chain import extend


def add_lines(count: int, *, reviewer_id: int = 1, name: str = "Dr Ines Halvard") -> list[SignOff]:
    """Add signatures of short words, each with its personal part, to the chain."""
    start, now = SignOff.objects.count(), timezone.now()
    contents, lines, parts = [], [], []
    for number in range(start, start + count):
        words = f'v1:{{"title":"Words {number}"}}'
        personal = SignOffPersonal(name=name, credentials="MD", comment=f"Read by {name}.", salt=new_salt())
        line = SignOff(
            kind=SignOff.Kind.SIGNED,
            subject_type=SignOff.Subject.ARTICLE,
            subject_uuid=uuid.UUID(int=number + 1),
            digest=digest_of(words),
            reviewer_id=reviewer_id,
            signed_at=now,
            valid_until=now + timedelta(days=365),
            commitments=commitments(personal.salt, personal.values()),
        )
        contents.append(SealedContent(digest=line.digest, canonical=words))
        lines.append(line)
        parts.append(personal)
    with transaction.atomic():
        SealedContent.objects.bulk_create(contents)
        extend(SealChain.Name.SIGNATURES, lines)
        for line, personal in zip(lines, parts, strict=True):
            personal.line = line
        SignOffPersonal.objects.bulk_create(parts)
    return lines
