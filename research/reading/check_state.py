"""What is known of a study's last check, in the words of the newsroom and of readers.

"Never checked", "checked, clear at" and "check failed since" are three different things and are never
folded into one another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from research.models.references import Study

NOTHING_KNOWN = _("No correction, concern or retraction is known.")


class CheckKind(StrEnum):
    """How the last check went."""

    NEVER = "never"
    OK = "ok"
    FAILED = "failed"
    UNWATCHED = "unwatched"


@dataclass(frozen=True)
class CheckState:
    """How the last check went, and how to say it in the newsroom."""

    kind: CheckKind
    words: str


def check_of(study: Study) -> CheckState:
    """Return the state of a study's checks, times in the active zone."""
    if study.is_example:
        return CheckState(CheckKind.NEVER, gettext("Never checked: an invented example"))
    if not study.is_watched:
        return CheckState(CheckKind.UNWATCHED, gettext("Nothing watches it: it has neither a DOI nor a PMID"))
    if study.check_failed_since:
        reason = study.check_error.rstrip(".")
        before = (
            gettext("Last good check: %(moment)s.") % {"moment": _time(study.checked_at)}
            if study.checked_at
            else gettext("Never checked before.")
        )
        failed = gettext("Check failed since %(moment)s: %(reason)s.") % {
            "moment": _time(study.check_failed_since),
            "reason": reason,
        }
        return CheckState(CheckKind.FAILED, f"{failed} {before}")
    if study.checked_at is None:
        return CheckState(CheckKind.NEVER, gettext("Never checked"))
    if study.status == Study.Status.NONE_KNOWN:
        return CheckState(CheckKind.OK, gettext("Checked, clear at %(moment)s") % {"moment": _time(study.checked_at)})
    words = {"moment": _time(study.checked_at), "status": gettext(study.get_status_display())}
    return CheckState(CheckKind.OK, gettext("Checked at %(moment)s: %(status)s") % words)


def reader_words(study: Study | None, notices: Iterable[Any]) -> str:
    """Return what readers are told of the last good check; "" when there was none, for nothing is claimed then."""
    if study is None or study.checked_at is None or study.is_example:
        return ""
    day = {"day": date_format(timezone.localtime(study.checked_at))}
    if list(notices):
        return gettext("Checked on %(day)s") % day
    return gettext("No notices known, checked on %(day)s") % day


@dataclass(frozen=True)
class StudyStatus:
    """What readers are told of a study's present status, with the times of the last good check and of a failure."""

    words: str
    checked_at: datetime | None = None
    failing_since: datetime | None = None


def study_status(study: Study | None) -> StudyStatus:
    """Return what is known of a study now; nothing is claimed that was not looked up."""
    if study is None:
        return StudyStatus(gettext("No single study stands behind this summary."))
    if study.is_example:
        return StudyStatus(gettext("This is an invented example, so there is nothing to look up."))
    if not study.is_watched and study.checked_at is None:
        return StudyStatus(gettext("It has neither a DOI nor a PMID, so no source can tell us what became of it."))
    known = study.status != Study.Status.NONE_KNOWN
    words = f"{gettext(study.get_status_display())}." if known else gettext(NOTHING_KNOWN)
    if study.checked_at is None and not known:
        words = gettext("Nobody has looked up yet what became of it.")
    return StudyStatus(words, study.checked_at, study.check_failed_since)


def _time(moment: Any) -> str:
    local = timezone.localtime(moment)
    return f"{date_format(local, 'DATETIME_FORMAT')} {date_format(local, 'e')}"
