"""Which sentences a reviewer must tick: fifty obligatory clicks would breed blind ones."""

from research.checking.claims import Claim, Part
from research.checking.lexicon import pattern
from research.checking.numbers import numbers_in
from research.checking.rules.wording import ADVICE


def needs_tick(claim: Claim) -> bool:
    """True for the title, the takeaway, and each sentence with a number, a cause or a recommendation."""
    if claim.part in (Part.TITLE, Part.TAKEAWAY):
        return True
    return bool(numbers_in(claim.text) or pattern("causal.txt").search(claim.text) or ADVICE.search(claim.text))
