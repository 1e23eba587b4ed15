"""The sentinel: re-checks every source that an article rests on, and reacts in the same run.

It writes notices and check times only; a difference in the citation becomes a proposal. No answer, or an
answer that does not know the study, never clears anything.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import F, Q, QuerySet

from research.models.references import Study, StudyNotice
from research.record.consequences import drafted_sources
from research.record.importing import CITATION_FIELDS, NEVER_PROPOSED, plan_import, propose
from research.record.reporting import report_notices
from research.sources.errors import SourceError, SourceNotFound
from research.sources.records import SourceRecord

logger = logging.getLogger(__name__)

CHECK_EVERY = timedelta(days=1)
BATCH = 200


class Checker(Protocol):
    """Asks one source about studies; studies it cannot be asked about are left out of the answers."""

    name: str

    def ask(self, studies: Sequence[Study]) -> Mapping[int, SourceRecord | SourceError]:
        """Return a record, or what went wrong, by study id."""
        ...


@dataclass
class Round:
    """What one run of the sentinel did, in numbers and notices."""

    checked: int = 0
    failed: int = 0
    notices: list[StudyNotice] = field(default_factory=list)


def studies_to_check(now: datetime) -> QuerySet[Study]:
    """Return the studies that live, scheduled or drafted articles rest on and that are due, oldest first."""
    drafted = set().union(*drafted_sources().values())
    used = Q(articles__isnull=False) | Q(cited_by__isnull=False) | Q(pk__in=drafted)
    due = Q(check_asked_at__isnull=True) | Q(check_asked_at__lte=now - CHECK_EVERY)
    askable = Q(doi__isnull=False) | Q(pmid__isnull=False)
    found = Study.objects.filter(used, due, askable, is_example=False).distinct()
    return found.order_by(F("check_asked_at").asc(nulls_first=True), "pk")


def run(checkers: Sequence[Checker], now: datetime, *, limit: int | None = None) -> Round:
    """Check every study that is due, in batches, and react to what is found.

    Args:
        checkers: the sources to ask; one saying "retracted" is enough.
        now: the time of this run.
        limit: at most so many studies; None for all that are due, so that one run after a long pause
            catches up.
    """
    result = Round()
    if not checkers:
        return result
    due = list(studies_to_check(now).values_list("pk", flat=True)[:limit])
    for start in range(0, len(due), BATCH):
        _check_batch(due[start : start + BATCH], checkers, now, result)
    return result


def check_now(study: Study, checkers: Sequence[Checker], now: datetime) -> Round:
    """Check one study at once, for instance before its article is published."""
    result = Round()
    _check_batch([study.pk], checkers, now, result)
    study.refresh_from_db()
    return result


def _check_batch(pks: Sequence[int], checkers: Sequence[Checker], now: datetime, result: Round) -> None:
    studies = list(Study.objects.filter(pk__in=pks).order_by("pk"))
    answers = [(checker.name, _asked(checker, studies)) for checker in checkers]
    for study in studies:
        found = [(name, given[study.pk]) for name, given in answers if study.pk in given]
        try:
            with transaction.atomic():
                result.notices += _take_in(study.pk, found, now, result)
        except Exception:
            # One study that cannot be recorded must not keep the others unchecked.
            logger.exception("The check of study %s could not be recorded", study.pk)
            result.failed += 1


def _asked(checker: Checker, studies: Sequence[Study]) -> Mapping[int, SourceRecord | SourceError]:
    try:
        return checker.ask(studies)
    except SourceError as error:
        return dict.fromkeys((study.pk for study in studies), error)


def _take_in(
    pk: int, answers: Iterable[tuple[str, SourceRecord | SourceError]], now: datetime, result: Round
) -> list[StudyNotice]:
    """Record what the sources said of one study; return the notices that are new."""
    study = Study.objects.select_for_update().get(pk=pk)
    new: list[StudyNotice] = []
    errors: list[str] = []
    answered = False
    for _, answer in answers:
        if isinstance(answer, SourceError):
            # Not to know a study is no outage, but it clears nothing either.
            errors.append(str(answer))
            continue
        answered = True
        new += report_notices(study, answer)
        _propose_differences(study, answer)
    failures = errors if not answered or _is_outage(answers) else []
    _note_check(study, now, failures, answered=answered)
    result.checked += answered and not failures
    result.failed += bool(failures)
    return new


def _is_outage(answers: Iterable[tuple[str, SourceRecord | SourceError]]) -> bool:
    return any(isinstance(answer, SourceError) and not isinstance(answer, SourceNotFound) for _, answer in answers)


def _note_check(study: Study, now: datetime, errors: Sequence[str], *, answered: bool) -> None:
    """Write the check's time; a failure keeps the time of the last good check and its own beginning."""
    study.check_asked_at = now
    if errors:
        study.check_failed_since = study.check_failed_since or now
        study.check_error = "; ".join(errors)[:300]
    elif answered:
        study.checked_at, study.check_failed_since, study.check_error = now, None, ""
    Study.objects.filter(pk=study.pk).update(
        check_asked_at=study.check_asked_at,
        checked_at=study.checked_at,
        check_failed_since=study.check_failed_since,
        check_error=study.check_error,
    )


def _propose_differences(study: Study, record: SourceRecord) -> None:
    """Leave what the source says otherwise, or what we lack, for a person: the sentinel edits nothing."""
    plan = plan_import(record)
    if plan.study is None or plan.study.pk != study.pk:
        return
    lacking = {
        name: theirs for name, theirs in plan.fills.items() if name in CITATION_FIELDS and name not in NEVER_PROPOSED
    }
    propose(study, lacking | plan.proposals, record)
