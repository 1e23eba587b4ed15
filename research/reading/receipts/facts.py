"""What the receipt of a signature says, and the record in it that the verifier reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from research.content.richtext import text_of
from research.models.published import PublishedArticle
from research.models.signoffs import SignOff
from research.reading.transparency import proof_of

#: What names signed words, by the name that their seal has for it.
TITLES = ("title", "term", "name", "heading")
#: What words without a name begin with: corrections, explainers, texts of pages.
BEGINNINGS = ("text", "body", "definition")
WORDS_OF_A_BEGINNING = 14


@dataclass(frozen=True)
class ReceiptFacts:
    """What a receipt says of a signature as it stands at a moment; addresses are whole, or "" for none.

    ``position`` counts from 0; ``size`` and ``root`` are those of the checkpoint, None and "" until one covers the
    line. ``record`` is what the verifier reads; "" where the words were removed and there is nothing to verify.
    """

    sequence: int
    title: str
    kind: str
    reviewer: str
    credentials: str
    declared: str
    signed_at: datetime
    valid_until: datetime
    revoked: str
    digest: str
    line_hash: str
    previous_hash: str
    size: int | None
    root: str
    position: int
    path: tuple[str, ...]
    page_url: str
    line_url: str
    checkpoint_url: str
    verifier_url: str
    key_url: str
    record: str
    made_at: datetime

    @property
    def file_name(self) -> str:
        """What the receipt is called where it is kept."""
        return f"countersign-receipt-{self.sequence}"


def facts_of(line: SignOff, *, site: str, now: datetime) -> ReceiptFacts:
    """Return what the receipt of a signature says; ``site`` is the address of the site without a slash at the end."""
    given = proof_of(line)
    proof = getattr(line, "proof", None)
    row = PublishedArticle.objects.public_now(now).filter(sign_off=line).only("address").first()
    known = f"{site}/.well-known/countersign/"
    return ReceiptFacts(
        sequence=line.sequence,
        title=title_of(line.content) or _("Words that were removed from the record"),
        kind=line.get_subject_type_display(),
        reviewer=line.reviewer_name,
        credentials=line.reviewer_credentials,
        declared=line.conflict_statement,
        signed_at=line.signed_at,
        valid_until=line.valid_until,
        revoked=_revoked(line),
        digest=line.digest,
        line_hash=line.line_hash,
        previous_hash=line.previous_hash,
        size=proof.checkpoint_id if proof else None,
        root=proof.checkpoint.root if proof else "",
        position=line.sequence - 1,
        path=tuple(proof.path) if proof else (),
        page_url=f"{site}{row.address}" if row else "",
        line_url=f"{known}lines/{line.sequence}" if proof else "",
        checkpoint_url=f"{known}checkpoints/{proof.checkpoint_id}" if proof else "",
        verifier_url=f"{known}countersign_verify.py",
        key_url=known,
        record=json.dumps(record_of(line, given), ensure_ascii=False, indent=1) if line.content else "",
        made_at=now,
    )


def record_of(line: SignOff, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a signature as the verifier reads it: what ``made.json`` has of it, also where nothing is public."""
    return {
        "title": title_of(line.content),
        "countersigned": {
            "by": line.reviewer_name,
            "credentials": line.reviewer_credentials,
            "at": timezone.localtime(line.signed_at).isoformat(),
            "declared_interests": line.conflict_statement,
            "digest": line.digest,
            "line": line.sequence,
            "line_hash": line.line_hash,
            "openings": line.openings(),
        },
        "seal": {"words": line.content, **given},
    }


def title_of(words: str) -> str:
    """Return what signed words are called, or how they begin; "" where they were removed."""
    try:
        values = json.loads(words.partition(":")[2])
    except ValueError:
        return ""
    named = (str(values[name]) for name in TITLES if values.get(name))
    begun = (text_of(str(values[name])) for name in BEGINNINGS if values.get(name))
    return next(named, "") or Truncator(next(begun, "")).words(WORDS_OF_A_BEGINNING)


def _revoked(line: SignOff) -> str:
    later = SignOff.objects.for_words(line.subject_uuid, line.digest).filter(
        kind=SignOff.Kind.REVOKED, sequence__gt=line.sequence
    )
    ended = later.last()
    if ended is None:
        return ""
    return _("Revoked on %(day)s, by line %(line)d.") % {
        "day": date_format(timezone.localtime(ended.signed_at), "DATE_FORMAT"),
        "line": ended.sequence,
    }
