"""Eight threads at once, on a database that has them: nothing doubled, nothing lost, and no study shed by a join."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier, Event
from time import sleep

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.utils import timezone

from common.models import User
from research.models import FormerIdentifier, ImportJob, Study, StudyMerge, StudyNotice, UnconfirmedNotice
from research.publishing import public_row
from research.record import jobs
from research.record.erasure.erasing import erase_person
from research.record.importing import import_record
from research.record.jobs import import_one, run_job
from research.record.joining import MayNotJoin, join
from research.record.reporting import report_notices
from research.sources.records import Notice, NoticeKind, NoticeSource, PartialDate, Source, SourceRecord
from research.sources.stored import dump_records
from tests.factories import StudyFactory, StudyNoticeFactory, admin_user

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

THREADS = 8


def at_once(work):
    """Run the work in eight threads that start together; return what each gave, or the exception it raised."""
    barrier = Barrier(THREADS)

    def run(number):
        barrier.wait()
        try:
            return work(number)
        except (MayNotJoin, ValidationError, DatabaseError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def record(*notices, **values):
    told = {"doi": "10.1000/race", "pmid": "900", "title": "A trial"}
    return SourceRecord(Source.PUBMED, notices=notices, **{**told, **values})


def notice(kind=NoticeKind.CORRECTION, **values):
    return Notice(kind, "word", NoticeSource.PUBMED, PartialDate(2020, 2, None, "2020 Feb"), **values)


def test_eight_imports_of_one_record_make_one_study_with_its_two_notices():
    told = record(notice(pmid="11"), notice(pmid="12"))

    done = at_once(lambda _: import_one(told)[0])

    assert set(done) <= {"new", "updated", "update", "unchanged"}
    assert done.count("new") == 1
    assert (Study.objects.count(), StudyNotice.objects.count()) == (1, 2)


def test_eight_reports_of_one_event_make_one_notice():
    study = StudyFactory()
    told = record(notice(NoticeKind.RETRACTION, doi="10.1000/n"))

    done = at_once(lambda _: report_notices(Study.objects.get(pk=study.pk), told))

    assert not [one for one in done if isinstance(one, Exception)], done
    assert StudyNotice.objects.count() == 1


def test_two_are_joined_once_whoever_presses_the_button(editor):
    one, other = StudyFactory(pmid=None), StudyFactory(doi=None)

    done = at_once(
        lambda number: join(*((one, other) if number % 2 else (other, one)), editor, "They are one.", timezone.now())
    )

    assert sum(isinstance(result, StudyMerge) for result in done) == 1
    assert all(isinstance(result, StudyMerge | MayNotJoin) for result in done), done
    assert (Study.objects.count(), StudyMerge.objects.count()) == (1, 1)


def test_a_join_in_the_middle_of_imports_resurrects_no_study_and_loses_no_notice(editor):
    one, other = StudyFactory(doi="10.1000/race", pmid=None), StudyFactory(doi=None, pmid="900")

    def work(number):
        if number == 0:
            return join(one, other, editor, "They are one.", timezone.now())
        told = record(notice(NoticeKind.RETRACTION, doi="10.1000/n"), doi="", funding=())
        return import_one(told)

    done = at_once(work)

    assert isinstance(done[0], StudyMerge), done
    import_record(record(notice(NoticeKind.RETRACTION, doi="10.1000/n"), doi=""))
    study = Study.objects.get()
    assert (study.pk, study.doi, study.pmid, study.status) == (one.pk, "10.1000/race", "900", Study.Status.RETRACTED)
    assert StudyNotice.objects.count() == 1


@pytest.fixture
def job(db):
    records = [record(doi=f"10.1000/r{number}", pmid=str(9000 + number)) for number in range(6)]
    state = ImportJob.State.IMPORTING
    return ImportJob.objects.create(state=state, total=len(records), file_content=dump_records(records))


def is_done_once(job):
    job.refresh_from_db()
    return (job.state, job.done, job.counts["result"], Study.objects.count()) == ("done", 6, {"new": 6}, 6)


def test_eight_workers_at_one_import_do_each_record_once(job):
    at_once(lambda _: run_job.func(job.pk))

    assert is_done_once(job)


STEPS = [(jobs, "import_record"), (Study, "save"), (ImportJob, "save"), (jobs, "_finish")]


@pytest.mark.parametrize(("owner", "name"), STEPS)
@pytest.mark.parametrize("times", [1, 2])
def test_a_connection_that_the_server_ends_costs_no_record_and_doubles_none(job, monkeypatch, owner, name, times):
    real, ends = getattr(owner, name), [True] * times

    def cut_off(*args, **kwargs):
        result = real(*args, **kwargs)
        if ends and Study.objects.exists():
            ends.pop()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return result

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, cut_off)
        run_job.func(job.pk)
    if times == 2:
        job.refresh_from_db()
        assert job.is_waiting
        assert jobs.resume_silent(job.resume_at) == 1

    assert is_done_once(job)


def test_two_administrators_who_go_at_once_do_not_both_go():
    both = [admin_user() for _ in range(2)]
    User.objects.filter(is_superuser=True).exclude(pk__in=[user.pk for user in both]).update(is_active=False)

    done = at_once(lambda n: erase_person(user=both[n], by=both[n], reason="They asked.") if n < len(both) else None)

    assert len([error for error in done if isinstance(error, ValidationError)]) == 1
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1


def told_by_a_file(**values):
    return replace(record(notice(NoticeKind.RETRACTION, doi="10.1000/n"), **values), source=Source.PUBMED_XML)


def test_eight_imports_of_one_file_note_once_what_it_says():
    done = at_once(lambda _: import_one(told_by_a_file())[0])

    assert done.count("new") == 1, done
    assert (Study.objects.count(), UnconfirmedNotice.objects.count(), StudyNotice.objects.count()) == (1, 1, 0)


def test_a_join_in_the_middle_of_imports_loses_nothing_that_a_file_says(editor):
    one, other = StudyFactory(doi="10.1000/race", pmid=None), StudyFactory(doi=None, pmid="900")

    def work(number):
        if number == 0:
            return join(one, other, editor, "They are one.", timezone.now())
        return import_one(told_by_a_file(doi=""))

    done = at_once(work)

    assert isinstance(done[0], StudyMerge), done
    assert set(UnconfirmedNotice.objects.values_list("study_id", flat=True)) == {one.pk}, done


def test_eight_changes_of_a_number_keep_the_first(editor):
    study = StudyFactory(doi="10.1000/printed", pmid=None)

    def work(number):
        mine = Study.objects.get(pk=study.pk)
        mine.doi = f"10.1000/{number}"
        mine.save()

    at_once(work)

    assert FormerIdentifier.objects.filter(study=study, value="10.1000/printed").count() == 1


def test_two_changes_of_dates_lift_no_retraction_together(editor):
    """Either alone is harmless: the one moves the retraction, the other the reinstatement."""
    study = StudyFactory()
    back = StudyNoticeFactory(study=study, kind="reinstatement", date=date(2021, 6, 1))
    again = StudyNoticeFactory(study=study, kind="retraction", date=date(2023, 1, 1))
    days = {back.pk: date(2022, 6, 1), again.pk: date(2022, 1, 1)}

    def work(number):
        mine = StudyNotice.objects.get(pk=(back, again)[number % 2].pk)
        mine.date = days[mine.pk]
        try:
            mine.save()
        except ValidationError as error:
            return error
        return None

    at_once(work)

    study.refresh_from_db()
    assert study.status == Study.Status.RETRACTED


def test_a_notice_by_hand_and_one_by_a_source_do_not_wait_for_each_other(monkeypatch):
    study = StudyFactory()
    inserted, real = Event(), public_row.follow_notice

    def follow_notice(study):
        inserted.set()
        sleep(0.5)
        real(study)

    def work(number):
        if number == 0:
            return StudyNotice(study=Study.objects.get(pk=study.pk), kind="correction", source="The journal").save()
        if number == 1:
            inserted.wait(5)
            report_notices(Study.objects.get(pk=study.pk), record(notice(NoticeKind.RETRACTION, doi="10.1000/n")))
        return None

    monkeypatch.setattr(public_row, "follow_notice", follow_notice)

    done = at_once(work)

    assert not [error for error in done if isinstance(error, DatabaseError)], done
    assert StudyNotice.objects.count() == 2
