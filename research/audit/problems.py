"""What an audit finds."""

from dataclasses import dataclass

BROKEN, DRIFTED = "broken", "drifted"


@dataclass(frozen=True)
class SealProblem:
    """Something that is not as signed.

    ``weight`` is "broken" when a seal is, and "drifted" when a live page row no longer has the words
    that readers see, which are still the signed ones.
    """

    weight: str
    subject: str
    words: str
