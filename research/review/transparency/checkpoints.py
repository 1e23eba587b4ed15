"""Signed checkpoints of the chain of signatures, and the proofs that outsiders check against them.

A checkpoint is made after lines were added, never in a reader's request. The key comes from the environment or
from a file; where there is none, nothing is sealed and the site says so.
"""

import logging
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from common.outbox import enqueue, enqueue_mail
from research.models.signoffs import SealChain, SignOff
from research.models.transparency import Checkpoint, InclusionProof
from research.review.chain import hash_of, lock
from research.review.transparency import merkle
from research.review.transparency.signed_notes import SigningKey, read_key, sign_note
from research.review.transparency.tree import StoredTree, store_full_tiles

audit = logging.getLogger("countersign.audit")

POST, STAMP = "checkpoint-post", "checkpoint-stamp"


class Rewritten(Exception):
    """Lines that a checkpoint covers are not what they were, or new ones do not follow: nothing is signed."""


def signing_keys() -> list[SigningKey]:
    """Return the keys that sign checkpoints, the current one first; empty where none is set.

    Raises:
        BadKey: one is not a key.
        OSError: the file with the keys cannot be read.
    """
    words = settings.CHECKPOINT_KEY
    if not words and settings.CHECKPOINT_KEY_FILE:
        words = Path(settings.CHECKPOINT_KEY_FILE).read_text(encoding="ascii")
    return [read_key(settings.CHECKPOINT_ORIGIN, key) for key in words.replace(",", " ").split()]


def make_due(now: datetime) -> Checkpoint | None:
    """Seal the lines that no checkpoint covers yet; None when there are none, or no key is set.

    Raises:
        Rewritten: the chain is not the one that was sealed before. It is in the audit log too, and mailed.
    """
    length = SealChain.objects.filter(pk=SealChain.Name.SIGNATURES).values_list("length", flat=True).first()
    last = Checkpoint.objects.last()
    keys = signing_keys() if length else []
    if not keys or (last and last.size == length and last.keys == _named(keys)):
        return None
    try:
        return _make(now, keys)
    except Rewritten as found:
        audit.critical("no checkpoint was signed: %s", found)
        enqueue_mail(
            f"checkpoint-refused-{now:%Y-%m-%d}",
            settings.CHECKPOINT_MAIL_TO,
            "The chain of signatures was changed",
            f"No checkpoint was signed. {found}\n\nRun manage.py verify_seals, and keep the database as it is.\n",
        )
        raise


@transaction.atomic
def _make(now: datetime, keys: list[SigningKey]) -> Checkpoint | None:
    sealed = lock(SealChain.Name.TREE)
    heads = {chain.pk: chain for chain in SealChain.objects.all()}
    size, last = heads[SealChain.Name.SIGNATURES].length, Checkpoint.objects.last()
    if last and last.size == size:
        return None  # another process was first; new keys name themselves with the next line
    _refuse_if_rewritten(last, heads[SealChain.Name.SIGNATURES])
    store_full_tiles(size)
    tree = StoredTree()
    root = merkle.root(size, tree)
    extensions = [
        f"time {now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        *(_head_line(heads.get(name), name) for name in (SealChain.Name.CONTRIBUTIONS, SealChain.Name.RECEIPTS)),
        *(f"key {key.verifier}" for key in keys),
    ]
    made = Checkpoint.objects.create(
        size=size,
        root=root.hex(),
        note=sign_note(settings.CHECKPOINT_ORIGIN, size, root, extensions, keys),
        keys=_named(keys),
        made_at=now,
    )
    InclusionProof.objects.bulk_create(
        InclusionProof(
            line_id=index + 1,
            checkpoint=made,
            path=[part.hex() for part in merkle.inclusion_path(index, size, tree)],
        )
        for index in range(last.size if last else 0, size)
    )
    sealed.length, sealed.head = size, made.root
    sealed.save()
    _tell(made)
    return made


def _refuse_if_rewritten(last: Checkpoint | None, chain: SealChain) -> None:
    """Compare what was sealed with what is there now, and follow the new lines to the head.

    Raises:
        Rewritten: they do not fit.
    """
    sealed = last.size if last else 0
    if last and (chain.length < sealed or merkle.root(sealed, StoredTree()).hex() != last.root):
        raise Rewritten(f"The first {sealed} lines are not the ones of the last checkpoint.")
    previous = SignOff.objects.filter(pk=sealed).values_list("line_hash", flat=True).first() or ""
    expected = sealed
    for line in SignOff.objects.filter(sequence__gt=sealed).order_by("sequence").iterator(chunk_size=500):
        expected += 1
        if (line.sequence, line.previous_hash) != (expected, previous) or hash_of(line) != line.line_hash:
            raise Rewritten(f"Line {line.sequence} is not what it was, or does not follow the line before it.")
        previous = line.line_hash
    if (expected, previous) != (chain.length, chain.head):
        raise Rewritten("The head on record is not the last line.")


def _head_line(chain: SealChain | None, name: str) -> str:
    return f"{name} {chain.length if chain else 0} {chain.head if chain and chain.head else '-'}"


def _named(keys: list[SigningKey]) -> str:
    return "\n".join(key.verifier for key in keys)


def _tell(made: Checkpoint) -> None:
    """Hand the checkpoint to whoever keeps it: the log, and what the operator named."""
    transaction.on_commit(lambda: audit.info("checkpoint of %d lines, root %s\n%s", made.size, made.root, made.note))
    enqueue_mail(
        f"checkpoint-{made.size}",
        settings.CHECKPOINT_MAIL_TO,
        f"Checkpoint of the signatures: {made.size} lines",
        f"{made.note}\nKeep this mail: with it anybody can prove later that no signature up to line {made.size} was "
        f"changed.\n",
    )
    for address in settings.CHECKPOINT_POST_TO:
        enqueue(POST, f"checkpoint-{made.size}-{address}"[:255], {"address": address, "size": made.size})
    if settings.TIMESTAMP_AUTHORITY:
        enqueue(STAMP, f"checkpoint-stamp-{made.size}", {"size": made.size})
