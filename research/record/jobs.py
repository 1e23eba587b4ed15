"""Imports that people start in the admin: read for a preview, then carried out, both in the background.

A job that was cut short goes on where it stopped: each record and the progress are written in one
transaction, under a lock on the job, so that even two workers do no record twice. What failed for a fault of
what we run on waits, longer each time, and is tried without end; the runner queues it when its time has come.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error as DatabaseProblem
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import task

from common import clock
from common.faults import is_of_environment, twice
from common.leases import BackOff, take_turn
from common.models import User
from research.models.watch import SILENCE, ImportJob
from research.record.checkers import open_transport, pubmed_client
from research.record.importing import Action, Plan, import_record, plan_import
from research.review import contributions
from research.sources.asking import ask
from research.sources.crossref import CrossrefClient
from research.sources.errors import Problem, SourceError, SourceMalformed
from research.sources.files import read_file
from research.sources.pasted import NAME, identifiers_in
from research.sources.records import SourceRecord
from research.sources.stored import dump_records, load_records

logger = logging.getLogger(__name__)

REPORT_EVERY = 50
MOST_PROBLEMS = 200
SOURCES_ARE_OFF = (
    "No source can be asked: set SOURCES_CONTACT to an address that PubMed and Crossref may write to. "
    "Files can be imported without it."
)
UNEXPECTED = "Something went wrong that nobody foresaw. The log of the worker says what."
REFUSED_BY_THE_DATABASE = "the database refused it."
HEAVY = ("file_content", "identifiers", "lines")
BACK_OFF = BackOff(first=timedelta(seconds=10), longest=SILENCE)


@task(backend="imports")
def read_job(pk: int) -> None:
    """Read what a job was given and write its preview; the job is then ready, failed with a reason, or waits."""
    job = ImportJob.objects.filter(pk=pk, state=ImportJob.State.READING).first()
    if job is None:
        return
    try:
        _note_work(job)
        records, problems = _read(job)
        twice(lambda: _write_preview(job, records, problems), "The preview of import %s; once more: %s", pk)
    except SourceMalformed as error:
        _fail(job, "\n".join(str(problem) for problem in error.problems[:MOST_PROBLEMS]))
    except SourceError as error:
        _fail(job, str(error))
    except Exception as error:
        logger.exception("Import %s could not be read", pk)
        if is_of_environment(error):
            _wait(pk, error)
        else:
            _fail(job, UNEXPECTED)


def _read(job: ImportJob) -> tuple[Iterable[SourceRecord], list[Problem]]:
    if job.file_name:
        result = read_file(job.file_name, bytes(job.file_content))
        return result.records, list(result.problems)
    if not settings.SOURCES_CONTACT:
        raise SourceMalformed(Problem(NAME, SOURCES_ARE_OFF))
    identifiers, problems = identifiers_in(job.identifiers)
    if not identifiers:
        raise SourceMalformed(Problem(NAME, "There is no DOI and no PubMed number in it."), problems)
    _note_reading(job.pk, total=len(identifiers))
    with open_transport() as transport:
        found = ask(
            identifiers,
            pubmed_client(transport),
            CrossrefClient(transport),
            report=lambda done: _note_reading(job.pk, done=done),
        )
    problems += found.problems
    if not found.records:
        raise SourceMalformed(problems[0], problems)
    return found.records, problems


def _note_reading(pk: int, **progress: int) -> None:
    """Note how far the reading is; another worker may be done with it by now, and the import may be on its way."""
    job = ImportJob.objects.filter(pk=pk, state=ImportJob.State.READING)
    job.update(**progress, resume_at=clock.steady() + SILENCE)


def _write_preview(job: ImportJob, records: Iterable[SourceRecord], problems: Iterable[Problem]) -> None:
    """Say for each record what an import would do, and keep the records that can be imported."""
    lines: list[dict[str, str]] = []
    kept: list[SourceRecord] = []
    seen: dict[str, int] = {}
    for number, record in enumerate(records, start=1):
        line = _line(plan_import(record), number, seen)
        line["index"] = str(len(kept))
        lines.append(line)
        if line["action"] != Action.REFUSED:
            kept.append(record)
        if number % REPORT_EVERY == 0:
            _note_reading(job.pk, done=number)
    lines += [_problem_line(problem) for problem in _not_said_before(problems)]
    counts = Counter(line["action"] for line in lines)
    ImportJob.objects.filter(pk=job.pk, state=ImportJob.State.READING).update(
        state=ImportJob.State.READY,
        lines=lines,
        counts={"preview": counts},
        total=len(kept),
        done=0,
        file_content=dump_records(kept),
        attempts=0,
        error="",
    )


def _line(plan: Plan, number: int, seen: dict[str, int]) -> dict[str, str]:
    record = plan.record
    keys = [key for key in (f"doi:{record.doi}", f"pmid:{record.pmid}") if not key.endswith(":")]
    earlier = next((seen[key] for key in keys if key in seen), None)
    for key in keys:
        seen.setdefault(key, number)
    action, words = str(plan.action), plan.changes
    if earlier is not None and plan.action == Action.NEW:
        action, words = str(Action.UPDATE), f"the same study as record {earlier}; adds what that one lacks"
    place = f"record {record.number or number}" + (f", line {record.line}" if record.line else "")
    line = {"action": action, "title": plan.title[:300], "words": words, "place": place, "key": record.identifier}
    return line | ({"unconfirmed": plan.unconfirmed_words} if plan.unconfirmed else {})


def _problem_line(problem: Problem) -> dict[str, str]:
    place = ", ".join(
        f"{name} {value}" for name, value in (("record", problem.record), ("line", problem.line)) if value is not None
    )
    action = "look" if problem.kept else str(Action.REFUSED)
    return {"action": action, "title": "", "words": problem.reason, "place": place, "key": ""}


def _not_said_before(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Leave out that a record has no identifier: its own line says so."""
    return (problem for problem in problems if "neither a DOI nor a PubMed number, so" not in problem.reason)


def _fail(job: ImportJob, error: str) -> None:
    """End a job whose reading came to nothing, and forget what was read: it is the file that is wrong."""
    ImportJob.objects.filter(pk=job.pk, state=ImportJob.State.READING).update(
        state=ImportJob.State.FAILED, error=error, file_content=b"", finished_at=timezone.now(), attempts=0
    )


def _note_work(job: ImportJob) -> None:
    """Note that somebody works on a job, so that nobody else takes it up."""
    ImportJob.objects.filter(pk=job.pk, state=job.state).update(error="", resume_at=clock.steady() + SILENCE)


def _wait(pk: int, error: Exception) -> None:
    """Let a job go on later from where it stands, and say why it waits.

    Where even that fails, it is taken up again when nothing was heard of it for long.
    """
    reason = f"{type(error).__name__}: {error}" if is_of_environment(error) else UNEXPECTED
    try:
        twice(lambda: _put_off(pk, reason), "Import %s is to wait; once more: %s", pk)
    except Exception:
        logger.exception("It could not be noted that import %s waits", pk)


@transaction.atomic
def _put_off(pk: int, reason: str) -> None:
    job = ImportJob.objects.busy().select_for_update().defer(*HEAVY).filter(pk=pk).first()
    if job is None:
        return
    job.error = reason
    job.attempts += 1
    job.resume_at = clock.steady() + BACK_OFF.after(job.attempts)
    job.save(update_fields=["error", "attempts", "resume_at"])


def start_import(job: ImportJob, *, keep: Collection[int] = ()) -> bool:
    """Put a job that is ready on its way; False when somebody did that already.

    Args:
        keep: the places of the records without DOI and PMID that a person decided to keep.
    """
    ready = ImportJob.objects.filter(pk=job.pk, state=ImportJob.State.READY)
    started = ready.update(state=ImportJob.State.IMPORTING, kept_unwatched=sorted(keep), resume_at=None)
    if started:
        run_job.enqueue(job.pk)
    return bool(started)


@task(backend="imports")
def run_job(pk: int) -> None:
    """Import a job's records from where it stands to the end, or until it has to wait; a second run changes nothing."""
    try:
        job = ImportJob.objects.filter(pk=pk, state=ImportJob.State.IMPORTING).select_related("created_by").first()
        if job is None:
            return
        _note_work(job)
        records, tell_time = list(load_records(bytes(job.file_content))), clock.going_on_from(clock.steady())
        while twice(
            lambda: _import_next(pk, records, job.created_by, tell_time), "A record of import %s; once more: %s", pk
        ):
            pass
    except Exception as error:
        logger.exception("Import %s stopped", pk)
        _wait(pk, error)


def _import_next(pk: int, records: list[SourceRecord], user: User | None, tell_time: Callable[[], datetime]) -> bool:
    """Import the record at which a job stands; False when there is none left."""
    with transaction.atomic():
        job = ImportJob.objects.select_for_update().defer(*HEAVY).get(pk=pk)
        if job.state != ImportJob.State.IMPORTING:
            return False
        if job.done >= len(records):
            _finish(job)
            return False
        action, words = import_one(records[job.done], user, keep_unwatched=job.done in job.kept_unwatched)
        result = Counter(job.counts.get("result", {}))
        result[action] += 1
        job.counts = {**job.counts, "result": result}
        if words:
            job.counts = {**job.counts, "reasons": [*job.counts.get("reasons", [])[:MOST_PROBLEMS], words]}
        job.done += 1
        job.resume_at, job.attempts, job.error = tell_time() + SILENCE, 0, ""
        job.save(update_fields=["done", "counts", "resume_at", "attempts", "error"])
        return True


def import_one(record: SourceRecord, user: User | None = None, *, keep_unwatched: bool = False) -> tuple[str, str]:
    """Import one record; return what was done and, where somebody has to know more, its title and what that is.

    It was refused, or it says what happened to the study and only its sources can confirm that.

    Args:
        user: who imports it, who then worked on the study; None for a command.
        keep_unwatched: keep it though it has neither a DOI nor a PMID.

    Raises:
        Exception: what we run on failed, which is no fault of the record: try again.
    """
    try:
        with transaction.atomic():
            plan = import_record(record, keep_unwatched=keep_unwatched, user=user)
            if user is not None and plan.study is not None and plan.action in (Action.NEW, Action.UPDATE):
                contributions.record(plan.study.subject_uuid, user)
    except Exception as error:
        if is_of_environment(error):
            raise
        logger.warning("Record %s was not imported", record.identifier, exc_info=True)
        is_refusal = isinstance(error, (DatabaseProblem, ValueError))
        words = REFUSED_BY_THE_DATABASE if is_refusal else UNEXPECTED
        return str(Action.REFUSED), f"{record.title[:120]}: {words}"
    if plan.action in (Action.REFUSED, Action.ASK):
        return str(Action.REFUSED), f"{plan.title[:120]}: {plan.reason}"
    return str(plan.action), f"{plan.title[:120]}: {plan.unconfirmed_words}" if plan.unconfirmed else ""


def _finish(job: ImportJob) -> None:
    job.state, job.finished_at, job.file_content = ImportJob.State.DONE, timezone.now(), b""
    job.save(update_fields=["state", "finished_at", "file_content"])


def resume_all() -> int:
    """Queue every job that was cut short; return how many. Queuing one twice does no harm."""
    return _queue_all(ImportJob.objects.busy())


def resume_silent(now: datetime) -> int:
    """Queue every job whose wait is over or of which nothing was heard for long; return how many.

    Each is left alone for a while then: the worker may have others before it.
    """
    silent = ImportJob.objects.silent(now).values_list("pk", flat=True)
    mine = [pk for pk in silent if take_turn(ImportJob.objects.filter(pk=pk), "resume_at", now=now, length=SILENCE)]
    return _queue_all(ImportJob.objects.busy().filter(pk__in=mine))


def _queue_all(jobs: "QuerySet[ImportJob]") -> int:
    found = list(jobs.defer(*HEAVY))
    for job in found:
        queue(job)
    return len(found)


def queue(job: ImportJob) -> None:
    """Have the worker go on with a job where it stands, now."""
    (read_job if job.state == ImportJob.State.READING else run_job).enqueue(job.pk)
