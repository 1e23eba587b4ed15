"""Chains of lines that are only ever added, each with the hash of the one before; the signatures are the first."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from django.utils import timezone

from common.models import User
from common.prepared import TEXT, Prepared
from common.prepared_saves import insert_all
from research.content.canonical import canonical_json, digest_of
from research.models.signoffs import Contribution, Receipt, SealChain, SealedContent, SignOff, SignOffPersonal
from research.newsroom.commitments import commitments, new_salt

audit = logging.getLogger("countersign.audit")

LINE_VERSION = "line-v1"
CHAINS: dict[str, type[models.Model]] = {
    SealChain.Name.SIGNATURES: SignOff,
    SealChain.Name.CONTRIBUTIONS: Contribution,
    SealChain.Name.RECEIPTS: Receipt,
}

BESIDE = f"""
    SELECT chain.length, chain.head, earlier.line_hash, later.previous_hash, words.canonical
    FROM (SELECT 1 AS one) AS always
    LEFT JOIN {SealChain._meta.db_table} chain ON chain.name = %s
    LEFT JOIN {SignOff._meta.db_table} earlier ON earlier.sequence = %s
    LEFT JOIN {SignOff._meta.db_table} later ON later.sequence = %s
    LEFT JOIN {SealedContent._meta.db_table} words ON words.digest = %s
"""  # noqa: S608 - only names of tables

HEAD = Prepared(lambda name: SealChain.objects.order_by().select_for_update().filter(pk=name), TEXT)

Line = TypeVar("Line", SignOff, Contribution, Receipt)


class WordsRemoved(PermissionDenied):
    """These very words were removed from the record, so they cannot be put into it again."""


@transaction.atomic
def add_line(
    kind: str,
    subject_type: str,
    subject_uuid: UUID,
    canonical: str,
    user: User,
    *,
    answers: Sequence[Any] | None = None,
    conflict_statement: str = "",
    comment: str = "",
    notices_considered: Sequence[str] | None = None,
    pictures: Mapping[str, Sequence[str]] | None = None,
    valid_for: timedelta | None = None,
    now: datetime | None = None,
) -> SignOff:
    """Add one line to the chain of signatures, under its lock, and report the new head.

    The rules of who may sign are the callers'; this only writes. Without ``valid_for`` a signature is good for
    REVIEW_VALID_DAYS.

    Raises:
        WordsRemoved: the words were removed from the record.
    """
    now = now or timezone.now()
    person = getattr(user, "person", None)
    personal = SignOffPersonal(
        name=person.name if person else user.get_full_name() or user.get_username(),
        credentials=person.credentials if person else "",
        answers=list(answers or []),
        conflict_statement=conflict_statement.strip(),
        comment=comment.strip(),
        salt=new_salt(),
    )
    line = SignOff(
        kind=kind,
        subject_type=subject_type,
        subject_uuid=subject_uuid,
        digest=_keep(canonical),
        reviewer_id=user.pk,
        person_id=person.pk if person else None,
        notices_considered=list(notices_considered or []),
        pictures=dict(pictures or {}),
        signed_at=now,
        valid_until=now + (valid_for or timedelta(days=settings.REVIEW_VALID_DAYS)),
        commitments=commitments(personal.salt, personal.values()),
    )
    extend(SealChain.Name.SIGNATURES, [line])
    personal.line = line
    personal.save(force_insert=True)
    transaction.on_commit(lambda: audit.info("seal chain head %s at line %d (%s)", line.line_hash, line.sequence, kind))
    return line


def extend(name: str, lines: Sequence[Line]) -> None:
    """Add lines to a chain, in their order: each gets its place and its hash. Call it inside a transaction.

    The chain is locked until that transaction ends.
    """
    chain = lock(name)
    for line in lines:
        line.sequence, line.previous_hash = chain.length + 1, chain.head
        line.line_hash = hash_of(line)
        chain.length, chain.head = line.sequence, line.line_hash
    if lines:
        columns = [field.attname for field in lines[0]._meta.concrete_fields]
        insert_all(type(lines[0]), columns, ([getattr(line, name) for name in columns] for line in lines))
        for line in lines:
            line._state.adding, line._state.db = False, DEFAULT_DB_ALIAS
        chain.save(update_fields=["length", "head"])


def body_of(line: Line) -> str:
    """Return what a line's hash is of: its version, and all its other fields as canonical JSON."""
    fields = {
        field.attname: plain(getattr(line, field.attname))
        for field in line._meta.concrete_fields
        if field.attname != "line_hash"
    }
    return f"{LINE_VERSION}:{canonical_json(fields)}"


def hash_of(line: Line) -> str:
    """Return the hash that a line of a chain must carry: all its fields and the line before."""
    return digest_of(body_of(line))


def standing_line(subject_uuid: UUID, digest: str) -> SignOff | None:
    """Return the signature that stands for exactly these words, if its line holds; None otherwise."""
    return _accepted(SignOff.objects.standing(subject_uuid, digest))


def releasing_line(subject_uuid: UUID, digest: str, *, known: SignOff | None = None) -> SignOff | None:
    """Return the signature by which exactly these words may go live, if its line holds; None otherwise.

    Args:
        subject_uuid: the subject of the words.
        digest: the words.
        known: a line that was read before: where it is still the one, it is not read again, only held against
            those around it.
    """
    return _accepted(SignOff.objects.releasing(subject_uuid, digest, known=known))


def _accepted(line: SignOff | None) -> SignOff | None:
    if line is None:
        return None
    wrong = flaws(line)
    if wrong:
        audit.error("sign-off %s is not accepted: %s", line.sequence, " ".join(wrong))
        return None
    return line


def holds(line: SignOff) -> bool:
    """True when a line's hash and its place in the chain are right, and its words are there and unchanged."""
    return not flaws(line)


def flaws(line: SignOff) -> list[str]:
    """Return why a line of the chain of signatures does not count, each in a sentence; empty when it does.

    Its neighbours are asked, not the whole chain: that is the auditors' business.
    """
    wrong = []
    if hash_of(line) != line.line_hash:
        wrong.append("It was changed after it was written.")
    length, head, hash_before, previous_of_next, words = _beside(line)
    line.keep_content(words)
    if line.sequence > (length or 0) or line.sequence < 1:
        wrong.append("It is not in the chain.")
    if line.previous_hash != (hash_before or "") or (hash_before is None) != (line.sequence == 1):
        wrong.append("It does not follow the line before it.")
    if line.line_hash != (head if previous_of_next is None else previous_of_next):
        wrong.append("What follows it does not follow from it.")
    if not words or digest_of(words) != line.digest:
        wrong.append("Its words were removed, or are not what its digest says.")
    return wrong


def _beside(line: SignOff) -> Sequence[Any]:
    """Return what a line is held against: the chain's length and head, the lines around it, and its words.

    Each is None where it is not there. Every ask of the guard reads this.
    """
    with connection.cursor() as cursor:
        cursor.execute(BESIDE, [SealChain.Name.SIGNATURES, line.sequence - 1, line.sequence + 1, line.digest])
        found: Sequence[Any] = cursor.fetchone()
    return found


def broken_links(name: str) -> Iterator[tuple[str, str]]:
    """Yield every flaw of a chain from its first line to its head: what is wrong, with which line or the chain."""
    previous, length = "", 0
    for line in _all_lines(name):
        length += 1
        subject = f"{_noun(name)} {line.sequence}"
        if line.sequence != length:
            yield subject, f"Line {length} of the chain is missing."
            length = line.sequence
        if line.previous_hash != previous:
            yield subject, "It does not follow the line before it."
        if hash_of(line) != line.line_hash:
            yield subject, "It was changed after it was written."
        previous = line.line_hash
    chain = SealChain.objects.filter(pk=name).first() or SealChain()
    if (chain.length, chain.head) != (length, previous):
        yield f"chain of {name}", "The head on record is not the last line: lines are missing."


def contains(name: str, line_hash: str) -> bool:
    """True when a line of this hash is in a chain."""
    return CHAINS[name]._default_manager.filter(line_hash=line_hash).exists()


def _all_lines(name: str) -> Any:
    return CHAINS[name]._default_manager.order_by("sequence").iterator(chunk_size=500)


def _noun(name: str) -> str:
    return str(CHAINS[name]._meta.verbose_name)


def _keep(canonical: str) -> str:
    """Store the words of a signature once; return their digest."""
    digest = digest_of(canonical)
    kept, _ = SealedContent.objects.get_or_create(digest=digest, defaults={"canonical": canonical})
    if kept.removed_at:
        raise WordsRemoved(
            "These very words were removed from the record of signatures and cannot be signed again. Change them first."
        )
    return digest


def lock(name: str) -> SealChain:
    """Return the head of a chain, locked until the transaction ends."""
    chain = HEAD.first(name)
    if chain is None:
        SealChain.objects.get_or_create(pk=name)
        chain = HEAD.first(name)
    if chain is None:
        raise SealChain.DoesNotExist(name)
    return chain


def plain(value: Any) -> Any:
    """Return a field's value as JSON has it, in one spelling: times in UTC, to the millisecond.

    A dump keeps no more of a time, and a line that was loaded from one must still hold.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, UUID):
        return str(value)
    return value
