"""What can go wrong between a source and a record: unavailable, refused, malformed."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint about a file or an answer, in words for the person who sent it.

    Attributes:
        file: the name of the file, or of the source that answered.
        reason: what is wrong, and what to do about it where that is known.
        line: counted from 1; None where the place is not a line.
        record: which record of the file, counted from 1; None for the file as a whole.
        kept: the record was read all the same; a person should look at it.
    """

    file: str
    reason: str
    line: int | None = None
    record: int | None = None
    kept: bool = False

    def __str__(self) -> str:
        place = [self.file]
        if self.line is not None:
            place.append(f"line {self.line}")
        if self.record is not None:
            place.append(f"record {self.record}")
        return f"{', '.join(place)}: {self.reason}"


class SourceError(Exception):
    """No record could be had; the subclass says whose fault it is."""


class SourceUnavailable(SourceError):
    """No usable answer after the last attempt: network, time-out, 429 or 5xx. Ask again later.

    Attributes:
        retry_after_seconds: how long the source asked us to wait; None when it did not say.
    """

    def __init__(self, source: str, reason: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds


class SourceRefused(SourceError):
    """The source understood and said no, or its answer led where we do not go. Asking again changes nothing."""

    def __init__(self, source: str, reason: str, *, status: int | None = None) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason
        self.status = status


class SourceNotFound(SourceRefused):
    """The source does not know this identifier; that says nothing about the study's status."""


class SourceMalformed(SourceError):
    """What arrived cannot be read as what it should be.

    Attributes:
        problem: the complaint that ended the reading.
        problems: every complaint about the same file, this one among them.
    """

    def __init__(self, problem: Problem, problems: Sequence[Problem] = ()) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.problems = tuple(problems) or (problem,)
