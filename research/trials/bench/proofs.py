"""What proofs cost on a long chain of signatures: to make a checkpoint, and to serve a proof."""

import base64
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from research.models import Checkpoint, SealChain, SignOff
from research.review.chain import extend
from research.review.transparency import merkle
from research.review.transparency.checkpoints import make_due
from research.review.transparency.tree import StoredTree
from research.trials.bench import Figure, timed

MEASURED = "medians of {runs} runs, on a chain of {size:,} signatures"
SIZE, SHORT_SIZE = 100_000, 5_000
A_BATCH = 5_000
TARGET_CPU_MILLISECONDS = 20


def run(runs: int, size: int = SIZE) -> Iterator[Figure]:
    """Yield the processor time of proofs, which depends on no other load, and of the next checkpoint."""
    with _a_key():
        for _ in range(0, size, A_BATCH):
            _add(A_BATCH)
        first = timed_once()
        yield Figure("first checkpoint of all lines, with every proof", first)
        places = count(1, 977)
        inclusion = timed(lambda: merkle.inclusion_path(next(places) % size, size, StoredTree()), runs)
        yield _cpu("an inclusion proof worked out anew", inclusion.cpu_milliseconds)
        sizes = count(1, 991)
        consistency = timed(lambda: merkle.consistency_path(next(sizes) % size + 1, size, StoredTree()), runs)
        yield _cpu("a consistency proof", consistency.cpu_milliseconds)
        _add(1)
        yield Figure("the next checkpoint, of one line more", timed_once())
        stored = timed(lambda: SignOff.objects.select_related("proof__checkpoint").get(pk=size // 2).proof.path, runs)
        yield _cpu("a proof as made.json reads it", stored.cpu_milliseconds)


def timed_once() -> float:
    """Return the milliseconds of making a checkpoint."""
    started = timezone.now()
    if make_due(started) is None or not Checkpoint.objects.exists():
        raise RuntimeError("No checkpoint was made")
    return (timezone.now() - started).total_seconds() * 1000


def _cpu(name: str, milliseconds: float) -> Figure:
    return Figure(name, milliseconds, TARGET_CPU_MILLISECONDS, unit="ms of CPU")


@transaction.atomic
def _add(lines: int) -> None:
    now = timezone.now()
    extend(
        SealChain.Name.SIGNATURES,
        [
            SignOff(
                kind="signed",
                subject_type="article",
                subject_uuid=uuid.uuid4(),
                digest="0" * 64,
                reviewer_id=1,
                signed_at=now,
                valid_until=now,
            )
            for _ in range(lines)
        ],
    )


@contextmanager
def _a_key() -> Iterator[None]:
    usual, settings.CHECKPOINT_KEY = settings.CHECKPOINT_KEY, base64.b64encode(os.urandom(32)).decode()
    try:
        yield
    finally:
        settings.CHECKPOINT_KEY = usual
