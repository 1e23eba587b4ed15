"""Which notices about a study still hold, in which order, and what they add up to. Pure functions of notices."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from research.sources.dates import from_any
from research.sources.records import NoticeKind

if TYPE_CHECKING:
    from research.models.references import StudyNotice

K = NoticeKind

#: Nothing of such a study can be relied on: no rating, out of lists.
TAKEN_BACK = frozenset({K.RETRACTION, K.WITHDRAWAL, K.REMOVAL})
#: What was signed before such a notice may no longer hold: the rating waits for a signature made after it.
JUDGED_AGAIN = frozenset(
    {K.PARTIAL_RETRACTION, K.MARKED_RETRACTED, K.MARKED_WITHDRAWN, K.REPLACEMENT, K.CORRECTED_REPUBLISHED}
)
LIFTED_BY_REINSTATEMENT = TAKEN_BACK | {K.PARTIAL_RETRACTION, K.MARKED_RETRACTED, K.MARKED_WITHDRAWN, K.CONCERN}
#: What only the title says adds nothing once the source says it itself.
TOLD_BY_TITLE = frozenset({K.MARKED_RETRACTED, K.MARKED_WITHDRAWN})

#: The weightiest notice that stands gives the status; the values are those of `Study.Status`.
STATUS_OF = {
    K.RETRACTION: "retracted",
    K.WITHDRAWAL: "withdrawn",
    K.REMOVAL: "withdrawn",
    K.MARKED_RETRACTED: "marked",
    K.MARKED_WITHDRAWN: "marked",
    K.PARTIAL_RETRACTION: "partly_retracted",
    K.CONCERN: "expression_of_concern",
    K.REPLACEMENT: "replaced",
    K.CORRECTED_REPUBLISHED: "republished",
    K.NEEDS_A_LOOK: "needs_a_look",
    K.CORRECTION: "corrected",
    K.REINSTATEMENT: "reinstated",
    K.NEWER_VERSION: "newer_version",
}
NONE_KNOWN = "none_known"


def status_from(notices: "Iterable[StudyNotice]") -> str:
    """Return the value of ``Study.Status`` that these notices add up to."""
    kinds = {notice.kind for notice in standing(notices)}
    return next((status for kind, status in STATUS_OF.items() if kind in kinds), NONE_KNOWN)


def standing(notices: "Iterable[StudyNotice]") -> "list[StudyNotice]":
    """Return the notices that still hold, oldest first, in the same order on every database.

    A reinstatement lifts what came before it; see ``lifts`` for one whose day is not known. What only the title
    of a study says is left out where a source says it itself.
    """
    kept = _not_lifted(notices)
    is_told = any(notice.kind in TAKEN_BACK for notice in kept)
    return [notice for notice in kept if not (is_told and notice.kind in TOLD_BY_TITLE)]


def _not_lifted(notices: "Iterable[StudyNotice]") -> "list[StudyNotice]":
    in_order = sorted(notices, key=_place)
    lifting = [notice for notice in in_order if notice.kind == K.REINSTATEMENT]
    return [notice for notice in in_order if not any(lifts(later, notice) for later in lifting)]


def is_lifted_by(before: "Iterable[StudyNotice]", after: "Iterable[StudyNotice]") -> bool:
    """Whether a change of these notices lifts one that stands; they are told apart by their keys."""
    # What the title says does not count as lifted where a source comes to say it itself.
    kept = {notice.pk for notice in _not_lifted(after)}
    return any(notice.kind in LIFTED_BY_REINSTATEMENT and notice.pk not in kept for notice in standing(before))


def unconsidered(notices: "Iterable[StudyNotice]", considered: Collection[str]) -> "list[StudyNotice]":
    """Return the standing notices that ask for a new signature and were not before whoever signed, oldest first.

    Args:
        considered: the UUIDs, as text, of the notices that the signature was made in knowledge of.
    """
    weighty = TAKEN_BACK | JUDGED_AGAIN
    return [notice for notice in standing(notices) if notice.kind in weighty and str(notice.uuid) not in considered]


def lifts(reinstatement: "StudyNotice", notice: "StudyNotice") -> bool:
    """Whether a reinstatement takes a notice back, for it came after it.

    Where only the month or the year of a reinstatement is known, it counts at its end; where nothing is known,
    it lifts what was recorded before it. Of another notice whose day is not known, the earliest possible counts.
    """
    if notice.kind not in LIFTED_BY_REINSTATEMENT:
        return False
    if _is_dated(reinstatement):
        return _place(notice) < _place(reinstatement)
    return _recorded(notice) < _recorded(reinstatement)


def day_of(notice: "StudyNotice") -> date:
    """Return the day on which a notice counts.

    Of a month or a year that is the first day, of a reinstatement the last. Where nothing is known, a
    reinstatement counts when it was recorded, any other notice as earlier than all.
    """
    if notice.date:
        return notice.date
    told = from_any(notice.date_as_given)
    if notice.kind == K.REINSTATEMENT:
        return told.last_day() or _recorded(notice)[0].date()
    return told.first_day() or date.min


def _is_dated(notice: "StudyNotice") -> bool:
    return bool(notice.date or from_any(notice.date_as_given).year)


def _place(notice: "StudyNotice") -> tuple[date, int]:
    return day_of(notice), notice.pk or 0


def _recorded(notice: "StudyNotice") -> tuple[datetime, int]:
    """Return what orders notices by when they were recorded; one that is not saved yet is the last."""
    return notice.created_at or datetime.max.replace(tzinfo=UTC), notice.pk or 0
