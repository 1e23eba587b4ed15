"""The sentinel: re-checks every source that an article rests on, and reacts in the same run.

It writes notices and check times only; a difference in the citation becomes a proposal. No answer, or an
answer that does not know the study, never clears anything. A study is asked about as its record has it, and as public
articles print it, where that is another number by now. Each source is asked on its own, and what it says is
recorded at once: none waits for another, and one that is down is left alone for the rest of the run.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from common.faults import for_each, twice
from common.page_store import changes
from research.models.published import PublishedArticle
from research.models.references import FormerIdentifier, Study, StudyNotice
from research.models.watch import SourceCheck, UnconfirmedNotice
from research.publishing.showing import study_tag
from research.record.checkers import Answer, Checker
from research.record.consequences import drafted_sources
from research.record.importing import CITATION_FIELDS, NEVER_PROPOSED, plan_import, propose
from research.record.printed import all_printed_otherwise
from research.record.reporting import report_notices
from research.sources.errors import Problem, SourceError, SourceMalformed, SourceNotFound
from research.sources.records import SourceRecord

logger = logging.getLogger(__name__)

CHECK_EVERY = timedelta(days=1)
#: After so many questions in a row without an answer, a source is not asked again in this run.
FAILURES_TO_SKIP = 3
NOT_RECORDED = "What it says could not be recorded. The log says why."


@dataclass
class Round:
    """What one run of the sentinel did, in numbers and notices.

    Attributes:
        states: by study, whether its check was complete and good; a study whose check goes on is not in it.
        skipped: the sources that were left alone after they failed again and again.
    """

    notices: list[StudyNotice] = field(default_factory=list)
    states: dict[int, bool] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    @property
    def checked(self) -> int:
        """How many studies were checked by every source that knows them."""
        return sum(self.states.values())

    @property
    def failed(self) -> int:
        """How many studies at least one source could not be asked about."""
        return len(self.states) - self.checked


@dataclass(frozen=True)
class _Asked:
    """One question to one source: what it answered of each study, by whichever number, and how each is known."""

    checker: Checker
    checkers: Sequence[Checker]
    answers: Mapping[int, list[Answer]]
    printed: Mapping[int, list[Study]]
    now: datetime
    result: Round

    def can_ask(self, checker: Checker, study: Study) -> bool:
        """Whether a source can be asked about a study by any number of it."""
        return bool(_askable(checker, study, self.printed))


def _askable(checker: Checker, study: Study, printed: Mapping[int, list[Study]]) -> list[Study]:
    """Return a study as a source can be asked about it: as its record has it, and as articles print it."""
    return [one for one in (study, *printed.get(study.pk, ())) if checker.can_ask(one)]


def studies_to_check() -> QuerySet[Study]:
    """Return the studies that live, scheduled or drafted articles rest on: of live ones first, then the oldest check.

    With them those of which a file says that something happened to them. Which of their sources are due is asked of
    each source.
    """
    drafted = set().union(*drafted_sources().values())
    told = UnconfirmedNotice.objects.open().values("study")
    used = Q(articles__isnull=False) | Q(cited_by__isnull=False) | Q(pk__in=drafted) | Q(pk__in=told)
    printed = all_printed_otherwise(Study.objects.filter(doi=None, pmid=None))
    askable = Q(doi__isnull=False) | Q(pmid__isnull=False) | Q(pk__in=list(printed))
    live = Exists(PublishedArticle.objects.filter(study=OuterRef("pk"), withdrawn_at__isnull=True))
    found = Study.objects.filter(used, askable, is_example=False).annotate(is_live=live).distinct()
    return found.order_by("-is_live", F("check_asked_at").asc(nulls_first=True), "pk").select_related("journal")


def run(checkers: Sequence[Checker], now: datetime, *, limit: int | None = None) -> Round:
    """Check every study that is due, one source after the other, and react to what is found.

    Args:
        checkers: the sources to ask; one saying "retracted" is enough.
        now: the time of this run.
        limit: at most so many studies; None for all that are due, so that one run after a long pause
            catches up.
    """
    result = Round()
    due = _due(checkers, now)
    wanted = list(dict.fromkeys(pk for pks in due.values() for pk in pks))
    if limit is not None:
        in_order = [pk for pk in studies_to_check().values_list("pk", flat=True) if pk in set(wanted)]
        wanted = in_order[:limit]
    chosen = set(wanted)
    for checker in checkers:
        _ask_source(checker, checkers, [pk for pk in due[checker.name] if pk in chosen], now, result)
    return result


def check_now(study: Study, checkers: Sequence[Checker], now: datetime) -> Round:
    """Check one study at once, for instance before its article is published."""
    result, printed = Round(), all_printed_otherwise(Study.objects.filter(pk=study.pk))
    for checker in checkers:
        if _askable(checker, study, printed):
            _ask_source(checker, checkers, [study.pk], now, result)
    study.refresh_from_db()
    return result


def _due(checkers: Sequence[Checker], now: datetime) -> dict[str, list[int]]:
    """Return, by source, the studies it can be asked about and was not within a day, in the order of asking.

    One of which a file says that something happened to it, or that got another number, is due at once.
    """
    asked = {
        (study, source): at
        for study, source, at in SourceCheck.objects.filter(
            source__in=[checker.name for checker in checkers]
        ).values_list("study_id", "source", "asked_at")
    }
    day_ago = now - CHECK_EVERY
    told = UnconfirmedNotice.objects.open().filter(created_at__gt=day_ago).values_list("created_at", "study_id")
    renumbered = FormerIdentifier.objects.filter(changed_at__gt=day_ago).values_list("changed_at", "study_id")
    changed_at = {study: at for at, study in sorted([*told, *renumbered])}
    due: dict[str, list[int]] = {checker.name: [] for checker in checkers}
    printed = all_printed_otherwise(Study.objects.all())
    known = ("doi", "pmid", "kind", "journal__kind", "check_asked_at")
    for study in studies_to_check().only(*known).iterator(chunk_size=2000):
        for checker in checkers:
            at = asked.get((study.pk, checker.name))
            # What was asked at a time still to come was asked by a clock that was wrong.
            since = changed_at.get(study.pk, day_ago)
            if _askable(checker, study, printed) and (at is None or not since < at <= now):
                due[checker.name].append(study.pk)
    return due


def _ask_source(
    checker: Checker, checkers: Sequence[Checker], pks: Sequence[int], now: datetime, result: Round
) -> None:
    """Ask one source about studies, question after question, and record each answer before the next is asked."""
    failures = 0
    for start in range(0, len(pks), checker.batch_size):
        if failures >= FAILURES_TO_SKIP:
            result.skipped.append(checker.name)
            logger.warning("%s was left alone for the rest of this run: it failed %d times", checker.name, failures)
            return
        batch = pks[start : start + checker.batch_size]
        studies = sorted(Study.objects.filter(pk__in=batch).select_related("journal"), key=lambda study: study.pk)
        printed = all_printed_otherwise(Study.objects.filter(pk__in=batch))
        answers, is_down = _all_answers(checker, studies, printed)
        failures = failures + 1 if is_down else 0
        asked = _Asked(checker, checkers, answers, printed, now, result)
        told = [pk for pk in batch if pk in answers]
        for_each(told, partial(_record, asked), "The check of study %s could not be recorded")


def _all_answers(
    checker: Checker, studies: Sequence[Study], printed: Mapping[int, list[Study]]
) -> tuple[Mapping[int, list[Answer]], bool]:
    """Return what a source says of each study, by every number of it, and whether every question failed."""
    known = [_askable(checker, study, printed) for study in studies]
    found: dict[int, list[Answer]] = {}
    down = []
    # In one question a study stands once: its answer is told by its key.
    for place in range(max(map(len, known), default=0)):
        answers, is_down = _answers(checker, [ways[place] for ways in known if len(ways) > place])
        down.append(is_down)
        for pk, answer in answers.items():
            found.setdefault(pk, []).append(answer)
    return found, bool(down) and all(down)


def _answers(checker: Checker, studies: Sequence[Study]) -> tuple[Mapping[int, Answer], bool]:
    """Return the answers by study, and whether the whole question failed."""
    try:
        answers = checker.ask(studies)
        return answers, bool(answers) and all(_is_failure(answer) for answer in answers.values())
    except SourceError as error:
        return dict.fromkeys((study.pk for study in studies), error), True
    except Exception:
        logger.exception("%s could not be asked about studies %s", checker.name, [study.pk for study in studies])
        unread = SourceMalformed(Problem(checker.name, "The answer cannot be read."))
        return dict.fromkeys((study.pk for study in studies), unread), True


def _is_failure(answer: Answer) -> bool:
    return isinstance(answer, SourceError) and not isinstance(answer, SourceNotFound)


def _record(asked: _Asked, pk: int) -> None:
    """Take in what a source said of one study; what cannot be recorded is a failed check of this study, and no more."""
    try:
        new = twice(lambda: _take_in(pk, asked, asked.answers[pk]), "The check of study %s; once more: %s", pk)
    except Study.DoesNotExist:
        return  # deleted, or joined to another study, since the question
    except Exception:
        logger.exception("What %s says of study %s could not be recorded", asked.checker.name, pk)
        _take_in(pk, asked, [SourceMalformed(Problem(asked.checker.name, NOT_RECORDED))])
    else:
        asked.result.notices += new


@transaction.atomic
def _take_in(pk: int, asked: _Asked, answers: Sequence[Answer]) -> list[StudyNotice]:
    """Record what one source said of one study; return the notices that are new."""
    study = Study.objects.select_for_update(no_key=True, of=("self",)).select_related("journal").get(pk=pk)
    records = [answer for answer in answers if isinstance(answer, SourceRecord)]
    new = [notice for record in records for notice in report_notices(study, record)]
    for record in records:
        _propose_differences(study, record)
    _note_answer(study, asked.checker.name, _weightiest(answers), asked.now)
    _sum_up(study, asked)
    return new


def _weightiest(answers: Sequence[Answer]) -> Answer:
    """Return what counts of the answers by several numbers: a failure before a record, and that before silence."""
    failed = next((answer for answer in answers if _is_failure(answer)), None)
    return failed or next((answer for answer in answers if isinstance(answer, SourceRecord)), answers[0])


def _note_answer(study: Study, source: str, answer: Answer, now: datetime) -> None:
    """Keep how a source answered; a failure keeps the time of the last good answer and its own beginning."""
    outcomes = SourceCheck.Outcome
    check = SourceCheck.objects.filter(study=study, source=source).first() or SourceCheck(study=study, source=source)
    check.asked_at = now
    if isinstance(answer, SourceRecord):
        check.outcome, check.answered_at, check.failed_since, check.error = outcomes.ANSWERED, now, None, ""
    elif isinstance(answer, SourceNotFound):
        # Not to know a study is no outage, but it clears nothing either.
        check.outcome, check.failed_since, check.error = outcomes.UNKNOWN, None, str(answer)[:300]
    else:
        check.outcome, check.failed_since = outcomes.FAILED, check.failed_since or now
        check.error = str(answer)[:300]
    check.save()


def _sum_up(study: Study, asked: _Asked) -> None:
    """Write what the answers of all sources add up to: checked as of the oldest of them, or failed, or neither yet."""
    now, askable = asked.now, [checker for checker in asked.checkers if asked.can_ask(checker, study)]
    names = {checker.name for checker in askable if checker.clears}
    checks = [check for check in study.checks.all() if check.source in {checker.name for checker in askable}]
    clearing = [check for check in checks if check.source in names]
    failed = [check for check in checks if check.outcome == SourceCheck.Outcome.FAILED]
    answered = [check for check in clearing if check.outcome == SourceCheck.Outcome.ANSWERED]
    if not failed and len(clearing) == len(names) and not answered:
        failed = clearing  # no source knows it: nobody watches it, and that must be seen
    values: dict[str, object] = {"check_asked_at": now}
    if failed:
        since = study.check_failed_since or min((check.failed_since or now) for check in failed)
        errors = "; ".join(check.error for check in failed)
        values |= {"check_failed_since": since, "check_error": errors[:300]}
    elif answered and len(clearing) == len(names):
        oldest = min(check.answered_at for check in answered if check.answered_at)
        values |= {"checked_at": oldest, "check_failed_since": None, "check_error": ""}
    if failed or "checked_at" in values:
        asked.result.states[study.pk] = not failed
    with transaction.atomic():
        Study.objects.filter(pk=study.pk).update(**values)
        changes.changed(Study, study_tag(study.pk))


def _propose_differences(study: Study, record: SourceRecord) -> None:
    """Leave what the source says otherwise, or what we lack, for a person: the sentinel edits nothing."""
    plan = plan_import(record)
    if plan.study is None or plan.study.pk != study.pk:
        return
    lacking = {
        name: theirs for name, theirs in plan.fills.items() if name in CITATION_FIELDS and name not in NEVER_PROPOSED
    }
    propose(study, lacking | plan.proposals, record)
