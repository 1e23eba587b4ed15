"""Checking the seals: the chains, what readers see, what stands beside the words, the rows behind it, and lists."""

from collections.abc import Iterator

from django.utils import timezone

from research.audit import chains, lists, public, tree
from research.audit.problems import BROKEN, DRIFTED, MORE_CHECKS, SealProblem

__all__ = ["BROKEN", "DRIFTED", "SealProblem", "check_seals"]


def check_seals(*, known_head: str = "", known_checkpoint: str = "") -> Iterator[SealProblem]:
    """Yield every problem of the chains, of what is public, and of the live rows.

    Args:
        known_head: a head that was kept elsewhere, for instance from the audit log; the chain must
            still contain it, so that a chain rewritten or cut short as a whole is found too.
        known_checkpoint: a signed note that was kept elsewhere: all that it covers must be what it was.
    """
    yield from chains.check(known_head)
    yield from tree.check(known_checkpoint)
    yield from public.check()
    now = timezone.now()
    yield from lists.check(now)
    for check in MORE_CHECKS.values():
        yield from check(now)
