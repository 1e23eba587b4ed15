"""Importing studies: the pasted list, the upload, the background job, the command."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup
from django.db import Error as DatabaseProblem
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import reverse

from common import clock
from research.models import Contribution, ImportJob, Study, StudyProposal
from research.models.watch import SILENCE
from research.reading.check_state import check_of
from research.record import checkers, importing, jobs
from research.record.importing import Action, import_record
from research.record.jobs import read_job, resume_all, resume_silent, run_job
from research.sources.files import read_file
from research.sources.reading import UPLOAD_BYTES
from research.sources.records import Grant, PartialDate, Source, SourceRecord
from research.sources.transport import Transport
from tests.factories import StudyFactory, reviewer_user
from tests.factories.people import PASSWORD
from tests.factories.reference_files import NBIB, RIS

REPLIES = Path(__file__).parents[1] / "replies"


@pytest.fixture
def desk(client, writer):
    client.force_login(writer)
    return client


def upload(client, content, name="studies.nbib"):
    file = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    file.name = name
    return client.post(reverse("research_imports"), {"identifiers": "", "file": file})


def uploaded(client, content, name="studies.nbib"):
    """Upload a file; return its job after it was read."""
    response = upload(client, content, name)
    assert response.status_code == 302, errors_of(response)
    return ImportJob.objects.latest("pk")


def errors_of(response):
    page = BeautifulSoup(response.content, "html.parser")
    return " ".join(error.get_text(" ", strip=True) for error in page.select(".cs-error"))


def page_of(client, job):
    response = client.get(reverse("research_import", args=[job.pk]))
    return BeautifulSoup(response.content, "html.parser").select_one("main").get_text(" ", strip=True)


def start(client, job):
    return client.post(reverse("research_start_import", args=[job.pk]))


# The way through the admin.


@pytest.mark.django_db
def test_an_upload_is_read_shown_and_imported(desk, writer):
    job = uploaded(desk, RIS, "studies.ris")

    preview = page_of(desk, job)
    assert "Import 2 records" in preview
    assert "New: 2" in preview
    assert "Without DOI and PMID: 1" in preview
    assert "neither a DOI nor a PMID" in preview
    assert "studies.ris, record 3" in preview
    assert not Study.objects.exists(), "nothing is imported before a person says so"

    start(desk, job)

    assert "Imported: 2 new" in page_of(desk, job)
    assert set(Study.objects.values_list("doi", flat=True)) == {"10.5555/madeup.1", "10.5555/madeup.2"}
    assert set(Study.objects.filter(doi="10.5555/madeup.2").values_list("year", "month", "day")) == {(2021, None, None)}
    job.refresh_from_db()
    assert bytes(job.file_content) == b"", "the upload is not kept"
    study = Study.objects.get(doi="10.5555/madeup.1")
    assert Contribution.objects.filter(subject_uuid=study.subject_uuid, user_id=writer.pk).exists()


@pytest.mark.django_db
def test_a_second_import_changes_nothing(desk):
    start(desk, uploaded(desk, NBIB))
    before = list(Study.objects.order_by("pk").values())

    job = uploaded(desk, NBIB)

    assert "There is nothing to import" in page_of(desk, job)
    start(desk, job)
    assert list(Study.objects.order_by("pk").values()) == before
    assert not StudyProposal.objects.exists()


@pytest.mark.django_db
def test_a_known_study_is_filled_in_and_differences_are_proposed(desk):
    study = StudyFactory(pmid="99900001", doi=None, title="Our title", year=2018, month=None, day=None)

    job = uploaded(desk, NBIB)
    assert "Known, with something new: 1" in page_of(desk, job)
    start(desk, job)

    study.refresh_from_db()
    assert (study.title, study.doi, study.year) == ("Our title", "10.5555/madeup.1", 2018)
    assert {"title", "date"} <= set(study.proposals.values_list("field", flat=True))


def date_of(study):
    study.refresh_from_db()
    return study.year, study.month, study.day, study.date_as_given


def dated_record(*date, source=Source.PUBMED):
    return SourceRecord(source=source, title="A trial", doi="10.1000/1", date=PartialDate(*date))


# What we have, what a source says, and what becomes of ours without asking; None for nothing.
DATES = {
    "no date of ours": ((None, None, None, ""), (2019, 12, 15, "2019 Dec 15"), (2019, 12, 15, "2019 Dec 15")),
    "no date of ours, their words": (
        (None, None, None, ""),
        (None, None, None, "in press"),
        (None,) * 3 + ("in press",),
    ),
    "our words": ((None, None, None, "1947"), (1947, None, None, "1947"), (1947, None, None, "1947")),
    "the same year": ((2019, None, None, "2019"), (2019, 12, 15, "2019 Dec 15"), (2019, 12, 15, "2019 Dec 15")),
    "the same month": ((2019, 12, None, ""), (2019, 12, 15, "2019 Dec 15"), (2019, 12, 15, "2019 Dec 15")),
    "the same date": ((2019, 12, 15, ""), (2019, 12, 15, "2019 Dec 15"), (2019, 12, 15, "2019 Dec 15")),
    "the same in other words": ((2019, 12, 15, "2019-12-15"), (2019, 12, 15, "2019 Dec 15"), None),
    "less than ours": ((2019, 12, 15, "2019 Dec 15"), (2019, None, None, "2019"), None),
    "nothing": ((2019, 12, 15, "2019 Dec 15"), (None, None, None, "in press"), None),
}
OTHER_DATES = {
    "another year": ((2020, None, None, "2020"), (2019, 12, 15, "2019 Dec 15")),
    "another year and less": ((2020, 1, 2, "2020-01-02"), (2019, None, None, "2019")),
    "another month": ((2019, 11, None, "2019 Nov"), (2019, 12, 15, "2019 Dec 15")),
    "another day": ((2019, 12, 14, ""), (2019, 12, 15, "2019 Dec 15")),
    "other words of ours": ((None, None, None, "Spring 1947"), (1948, None, None, "1948")),
}


def study_dated(date):
    return StudyFactory(title="A trial", doi="10.1000/1", **dict(zip(Study.DATE_FIELDS, date, strict=True)))


@pytest.mark.django_db
@pytest.mark.parametrize(("ours", "theirs", "becomes"), DATES.values(), ids=DATES)
def test_a_date_is_filled_in_as_far_as_it_agrees_with_ours(ours, theirs, becomes):
    study = study_dated(ours)

    import_record(dated_record(*theirs))

    assert date_of(study) == (becomes or ours)
    assert not StudyProposal.objects.exists()
    assert import_record(dated_record(*theirs)).action == Action.UNCHANGED


@pytest.mark.django_db
@pytest.mark.parametrize(("ours", "theirs"), OTHER_DATES.values(), ids=OTHER_DATES)
def test_another_date_is_proposed_whole_and_ours_stays(ours, theirs):
    study = study_dated(ours)

    plan = import_record(dated_record(*theirs))

    proposal = StudyProposal.objects.get()
    assert date_of(study) == ours
    assert plan.summary == "proposes date"
    assert (proposal.field, proposal.ours, proposal.theirs) == (
        "date",
        dict(zip(Study.DATE_FIELDS, ours, strict=True)),
        dict(zip(Study.DATE_FIELDS, theirs, strict=True)),
    )
    assert import_record(dated_record(*theirs)).action == Action.UNCHANGED


@pytest.mark.django_db
def test_the_same_date_in_the_words_of_another_source_is_one_proposal():
    study_dated((2020, None, None, "2020"))
    import_record(dated_record(2019, 12, 15, "2019 Dec 15"))

    plan = import_record(dated_record(2019, 12, 15, "2019-12-15", source=Source.CROSSREF))

    assert plan.action == Action.UNCHANGED
    assert StudyProposal.objects.count() == 1


@pytest.mark.django_db
def test_help_for_writers_follows_pubmed_whatever_is_imported_after_it():
    pubmed = SourceRecord(
        source=Source.PUBMED, title="A trial", doi="10.1000/1", publication_types=("Randomized Controlled Trial",)
    )
    crossref = replace(pubmed, source=Source.CROSSREF, publication_types=("journal-article",))
    newer = replace(pubmed, publication_types=("Randomized Controlled Trial", "Retracted Publication"))

    done = [import_record(record).action for record in (crossref, pubmed, crossref, newer)]

    assert done == [Action.NEW, Action.UPDATE, Action.UNCHANGED, Action.UPDATE]
    assert Study.objects.get().publication_types == list(newer.publication_types)


@pytest.mark.parametrize("theirs", ["The wrong fund", "The fund I read in the paper"])
def test_what_a_person_fills_in_between_looking_and_writing_stays(monkeypatch, theirs):
    study = StudyFactory(doi="10.1000/x", funding="", volume="")
    told = SourceRecord(
        Source.CROSSREF, doi="10.1000/x", title="Their title", funding=(Grant(agency=theirs),), volume="12"
    )
    look = importing.plan_import

    def then_somebody_saves(*args, **kwargs):
        plan = look(*args, **kwargs)
        Study.objects.filter(pk=study.pk).update(funding="The fund I read in the paper", title="Their title")
        return plan

    monkeypatch.setattr(importing, "plan_import", then_somebody_saves)

    plan = importing.import_record(told)

    study.refresh_from_db()
    assert (study.funding, study.volume, study.title) == ("The fund I read in the paper", "12", "Their title")
    assert (plan.fills, plan.proposals) == ({"volume": "12"}, {}), "what was done is told"
    assert not StudyProposal.objects.exists()


def test_one_file_with_the_same_study_twice_makes_one_study(desk):
    job = uploaded(desk, NBIB.replace("99900002", "99900001"))

    assert "the same study as record 1" in page_of(desk, job).lower()
    start(desk, job)
    assert Study.objects.count() == 1


@pytest.mark.django_db
def test_only_those_with_the_right_import(client, reviewer):
    client.force_login(reviewer_user())
    job = ImportJob.objects.create(state=ImportJob.State.READY)

    for address in (reverse("research_imports"), reverse("research_import", args=[job.pk])):
        assert client.get(address).status_code in (302, 403)
    assert start(client, job).status_code in (302, 403)
    job.refresh_from_db()
    assert job.state == ImportJob.State.READY


@pytest.mark.django_db
def test_the_import_form_keeps_its_protection_against_forgery(writer):
    client = Client(enforce_csrf_checks=True)
    client.login(username=writer.username, password=PASSWORD)

    assert upload(client, NBIB).status_code == 403
    assert not ImportJob.objects.exists()


# What is wrong with a file, said in words.

BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<PubmedArticleSet><PubmedArticle>&b;</PubmedArticle></PubmedArticleSet>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<PubmedArticleSet><PubmedArticle>&a;</PubmedArticle></PubmedArticleSet>"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.xml", BOMB),
        ("external.xml", EXTERNAL),
        ("page.xml", b"<html><body>502 Bad Gateway</body></html>"),
        ("error.xml", b"<eFetchResult><ERROR>Cannot process ID list</ERROR></eFetchResult>"),
        ("one-space.ris", b"TY - JOUR\nTI - A title\nER - \n"),
        ("noise.bin", bytes(range(256)) * 40),
        ("paper.pdf", b"%PDF-1.7 ..."),
        ("utf16.nbib", b"\xff\xfeP\x00M\x00\xd8"),
    ],
)
def test_a_bad_file_is_refused_with_its_name_and_a_reason(desk, name, content):
    job = uploaded(desk, content, name)

    job.refresh_from_db()
    page = page_of(desk, job)
    assert job.state == ImportJob.State.FAILED
    assert "Nothing was imported" in page
    assert job.error.startswith(name)
    assert "root:" not in page
    assert len(job.error) > len(name) + 20
    assert bytes(job.file_content) == b""
    assert not Study.objects.exists()


@pytest.mark.django_db
def test_the_good_records_of_a_truncated_file_can_be_imported(desk):
    content = (REPLIES / "pubmed" / "cut_off.xml").read_bytes()
    job = uploaded(desk, content, "cut_off.xml")

    job.refresh_from_db()
    page = page_of(desk, job)
    if job.state == ImportJob.State.READY:
        assert "Refused: 1" in page
        start(desk, job)
        assert Study.objects.exists()
    else:
        assert "cut_off.xml" in job.error


@pytest.mark.django_db
def test_bytes_of_another_encoding_are_read_and_pointed_out(desk):
    content = NBIB.replace("Nobody A", "Müller A").encode("cp1252")

    job = uploaded(desk, content)

    page = page_of(desk, job)
    assert "To look at: 1" in page
    assert "line 5" in page
    start(desk, job)
    assert "Müller A" in Study.objects.get(pmid="99900001").authors


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "The file is empty"), (b"x" * (UPLOAD_BYTES + 1), "larger than 5 MB")],
    ids=["empty", "too large"],
)
def test_an_empty_or_large_file_is_refused_at_once(desk, content, words):
    response = upload(desk, content)

    assert words in errors_of(response)
    assert not ImportJob.objects.exists()


@pytest.mark.django_db
@pytest.mark.slow
def test_of_an_upload_of_100_mb_hardly_anything_is_held(desk):
    import tracemalloc

    content = b"x" * 100_000_000
    tracemalloc.start()
    response = upload(desk, content, "huge.xml")
    tracemalloc.stop()

    assert "larger than 5 MB" in errors_of(response)
    assert not ImportJob.objects.exists()


@pytest.mark.django_db
def test_neither_list_nor_file_is_asked_for_again(desk):
    response = desk.post(reverse("research_imports"), {"identifiers": ""})

    assert "one of the two" in errors_of(response)


@pytest.mark.django_db
def test_without_a_contact_it_says_which_setting_turns_asking_on(desk):
    response = desk.post(reverse("research_imports"), {"identifiers": "28721047"})

    assert "SOURCES_CONTACT" in errors_of(response)
    assert not ImportJob.objects.exists()


# Asking the sources.

CROSSREF = {
    "DOI": "10.5555/cross.1",
    "type": "journal-article",
    "title": ["A trial that only Crossref knows"],
    "issued": {"date-parts": [[2020]]},
}
PUBMED = """<?xml version="1.0"?><PubmedArticleSet><PubmedArticle><MedlineCitation><PMID Version="1">28721047</PMID>
<Article><Journal><JournalIssue><PubDate><Year>2017</Year></PubDate></JournalIssue><Title>J Tests</Title></Journal>
<ArticleTitle>The role of something.</ArticleTitle></Article></MedlineCitation><PubmedData><ArticleIdList>
<ArticleId IdType="pubmed">28721047</ArticleId></ArticleIdList></PubmedData></PubmedArticle></PubmedArticleSet>"""


@pytest.fixture
def sources(settings, monkeypatch):
    """Let the job ask sources that answer from a table; return the requests that left."""
    settings.SOURCES_CONTACT = "desk@example.org"
    asked = []

    def connect(answer):
        def handler(request):
            asked.append(request.url.host)
            return answer(request)

        transport = Transport(
            contact="desk@example.org", http=httpx.MockTransport(handler), attempts=2, sleep=lambda seconds: None
        )
        monkeypatch.setattr(jobs, "open_transport", lambda: transport)
        monkeypatch.setattr(checkers, "open_transport", lambda: transport)
        return asked

    return connect


def known(request):
    if "crossref" in request.url.host:
        return httpx.Response(200, json={"message": {"items": [CROSSREF], "total-results": 1, **CROSSREF}})
    if "esearch" in request.url.path:
        return httpx.Response(200, json={"esearchresult": {"count": "0", "idlist": []}})
    return httpx.Response(200, text=PUBMED)


@pytest.mark.django_db
def test_pasted_identifiers_are_asked_for_and_nothing_else(desk, sources):
    asked = sources(known)
    pasted = "https://pubmed.ncbi.nlm.nih.gov/28721047/\nhttps://doi.org/10.5555/cross.1\nhttps://evil.example/x"

    desk.post(reverse("research_imports"), {"identifiers": pasted})

    job = ImportJob.objects.get()
    page = page_of(desk, job)
    assert "Import 2 records" in page
    assert "addresses are not opened" in page
    start(desk, job)
    assert set(Study.objects.values_list("title", flat=True)) == {
        "The role of something.",
        "A trial that only Crossref knows",
    }
    assert set(asked) == {"eutils.ncbi.nlm.nih.gov", "api.crossref.org"}


@pytest.mark.django_db
@pytest.mark.parametrize("status", [429, 503])
def test_a_source_that_is_down_fails_the_job_with_its_words(desk, sources, status):
    sources(lambda request: httpx.Response(status))

    desk.post(reverse("research_imports"), {"identifiers": "28721047"})

    job = ImportJob.objects.get()
    assert job.state == ImportJob.State.FAILED
    assert str(status) in job.error
    assert "PMID 28721047" in job.error


@pytest.mark.django_db
def test_what_no_source_knows_is_said_with_its_line(desk, sources):
    def answer(request):
        if "crossref" in request.url.host:
            return httpx.Response(200, json={"message": {"items": []}})
        if "esearch" in request.url.path:
            return httpx.Response(200, json={"esearchresult": {"count": "0", "idlist": []}})
        return httpx.Response(200, text=PUBMED)

    sources(answer)
    desk.post(reverse("research_imports"), {"identifiers": "28721047\n10.5555/unknown"})

    page = page_of(desk, ImportJob.objects.get())
    assert "Import 1 record" in page
    assert "DOI 10.5555/unknown: neither PubMed nor Crossref knows it." in page


# Cut short, and run again.


@pytest.mark.django_db
def test_a_job_that_was_killed_goes_on_and_a_second_run_changes_nothing(desk, monkeypatch):
    job = uploaded(desk, NBIB)
    ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.IMPORTING)
    real, calls = jobs.import_one, []

    def killed_at_the_second(record, user=None, **options):
        calls.append(record)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(record, user, **options)

    monkeypatch.setattr(jobs, "import_one", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        run_job.func(job.pk)
    job.refresh_from_db()
    assert (job.done, job.state, Study.objects.count()) == (1, ImportJob.State.IMPORTING, 1)

    monkeypatch.setattr(jobs, "import_one", real)
    assert resume_all() == 1
    run_job.func(job.pk)

    job.refresh_from_db()
    assert (job.done, job.state, job.counts["result"]) == (2, ImportJob.State.DONE, {"new": 2})
    assert Study.objects.count() == 2


FIVE = "".join(f"TY  - JOUR\nTI  - Study number {n}\nDO  - 10.1000/s{n}\nER  - \n\n" for n in range(5))
DEADLOCK = OperationalError("deadlock detected")


def failing(monkeypatch, owner, name, calls, error=DEADLOCK):
    """Let the calls of these numbers fail, the first being 1; return the numbers of all that were made."""
    real, made = getattr(owner, name), []

    def work(*args, **kwargs):
        made.append(len(made) + 1)
        if made[-1] in calls:
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, work)
    return made


@pytest.mark.django_db
@pytest.mark.parametrize(("owner", "name"), [(jobs, "import_record"), (ImportJob, "save")])
def test_a_deadlock_costs_no_record(desk, monkeypatch, owner, name):
    job = uploaded(desk, FIVE, "five.ris")
    failing(monkeypatch, owner, name, {3})

    start(desk, job)

    assert "Imported: 5 new" in page_of(desk, job)
    assert Study.objects.count() == 5


@pytest.mark.django_db
@pytest.mark.parametrize(("owner", "name"), [(jobs, "import_record"), (ImportJob, "save")])
@pytest.mark.parametrize("error", [DEADLOCK, InterfaceError("connection already closed"), OSError("No space left")])
def test_an_import_waits_for_what_we_run_on_and_goes_on_where_it_stood(desk, monkeypatch, owner, name, error):
    job = uploaded(desk, FIVE, "five.ris")
    with monkeypatch.context() as patched:
        failing(patched, owner, name, {3, 4} if isinstance(error, DatabaseProblem) else {3}, error)
        start(desk, job)

    waiting, page, overview = ImportJob.objects.get(), page_of(desk, job), desk.get(reverse("research_imports"))
    assert (waiting.state, waiting.done, Study.objects.count()) == (ImportJob.State.IMPORTING, 2, 2)
    assert "waits, and goes on by itself" in page
    assert str(error) in page
    assert "Importing, waits" in overview.content.decode()

    assert resume_silent(waiting.resume_at - timedelta(seconds=1)) == 0
    assert resume_silent(waiting.resume_at) == 1

    assert Study.objects.count() == 5
    assert ImportJob.objects.get().counts["result"] == {"new": 5}
    assert "waits" not in page_of(desk, job)
    assert resume_silent(waiting.resume_at + timedelta(days=1)) == 0


@pytest.mark.django_db
def test_an_import_waits_longer_each_time_and_is_never_given_up(desk, monkeypatch):
    job = uploaded(desk, FIVE, "five.ris")
    with monkeypatch.context() as patched:
        failing(patched, jobs, "import_record", range(1, 1000))
        start(desk, job)
        waits = []
        for _ in range(10):
            before = clock.steady()
            resume_silent(ImportJob.objects.get().resume_at)
            waits.append(round((ImportJob.objects.get().resume_at - before) / timedelta(seconds=1)))

    assert waits == sorted(waits)
    assert waits[-1] == SILENCE.total_seconds()
    start(desk, job)
    assert Study.objects.count() == 5


@pytest.mark.django_db
def test_a_reading_waits_for_what_we_run_on(desk, monkeypatch):
    with monkeypatch.context() as patched:
        failing(patched, jobs, "plan_import", range(1, 1000))
        job = uploaded(desk, FIVE, "five.ris")

    page = page_of(desk, job)
    assert "waits, and goes on by itself" in page
    start(desk, job)

    page = page_of(desk, job)
    assert "Import 5 records" in page
    assert "waits" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("error", [DEADLOCK, OSError("No space left")])
def test_one_that_cannot_even_note_that_it_waits_is_taken_up_when_nothing_is_heard_of_it(desk, monkeypatch, error):
    job = uploaded(desk, FIVE, "five.ris")
    with monkeypatch.context() as patched:
        failing(patched, ImportJob, "save", range(3, 1000), error)
        start(desk, job)
    now = clock.steady()

    assert resume_silent(now) == 0
    assert resume_silent(now + SILENCE) == 1

    assert ImportJob.objects.get().counts["result"] == {"new": 5}


@pytest.mark.django_db
def test_one_that_was_never_queued_is_taken_up_at_once_and_once(desk, monkeypatch):
    job = uploaded(desk, FIVE, "five.ris")
    ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.IMPORTING, resume_at=None)
    queued, now = [], clock.steady()
    monkeypatch.setattr(jobs, "queue", queued.append)

    assert [resume_silent(now), resume_silent(now)] == [1, 0]

    assert queued == [job]


@pytest.mark.django_db
def test_a_record_that_fails_by_a_fault_of_ours_costs_no_other(desk, monkeypatch):
    job = uploaded(desk, FIVE, "five.ris")
    failing(monkeypatch, jobs, "import_record", {3}, KeyError("x"))

    start(desk, job)

    page = page_of(desk, job)
    assert "4 new, 1 refused" in page
    assert "Study number 2: Something went wrong that nobody foresaw" in page


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"What is wrong with it is said by the one that is slow."])
def test_a_second_reading_changes_nothing_of_what_the_first_led_to(desk, monkeypatch, content):
    job = uploaded(desk, FIVE, "five.ris")
    ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.READING, file_content=content or FIVE.encode())

    def overtaken(*args):
        ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.IMPORTING, done=3)
        return read_file(*args)

    monkeypatch.setattr(jobs, "REPORT_EVERY", 1)
    monkeypatch.setattr(jobs, "read_file", overtaken)
    read_job.func(job.pk)

    found = ImportJob.objects.get()
    assert (found.state, found.done) == (ImportJob.State.IMPORTING, 3)
    assert bytes(found.file_content)


@pytest.mark.django_db
def test_an_error_nobody_foresaw_fails_the_job_with_a_clear_message(desk, monkeypatch):
    monkeypatch.setattr(jobs, "read_file", lambda *args: 1 / 0)

    job = uploaded(desk, NBIB)

    assert job.state == ImportJob.State.FAILED
    assert "nobody foresaw" in job.error


@pytest.mark.django_db
def test_a_job_is_read_once(desk):
    job = uploaded(desk, NBIB)
    before = ImportJob.objects.filter(pk=job.pk).values().get()

    read_job.func(job.pk)

    assert ImportJob.objects.filter(pk=job.pk).values().get() == before


# Records that nothing can watch.

UNWATCHED_RIS = (
    "TY  - JOUR\nTI  - Kept by hand\nAU  - Park, JH\nPY  - 1998\nER  - \n"
    "TY  - JOUR\nTI  - Not kept\nAU  - Roe, R\nPY  - 1999\nER  - \n"
)


@pytest.mark.django_db
def test_a_record_without_doi_and_pmid_is_kept_by_a_persons_decision(desk, writer):
    job = uploaded(desk, UNWATCHED_RIS, "old.ris")
    preview = page_of(desk, job)
    assert "Without DOI and PMID: 2" in preview
    assert "nobody will tell you when it is corrected or retracted" in preview

    desk.post(reverse("research_start_import", args=[job.pk]), {"keep": ["0"]})

    study = Study.objects.get()
    assert (study.title, study.kept_unwatched_by) == ("Kept by hand", writer)
    assert study.kept_unwatched_at is not None
    assert check_of(study).words == "Nothing watches it: it has neither a DOI nor a PMID"
    assert "1 new, 1 refused" in page_of(desk, ImportJob.objects.get())


@pytest.mark.django_db
def test_one_that_was_kept_is_met_by_the_next_import(desk):
    for _ in range(2):
        job = uploaded(desk, UNWATCHED_RIS, "old.ris")
        desk.post(reverse("research_start_import", args=[job.pk]), {"keep_all": "yes"})

    assert sorted(Study.objects.values_list("title", flat=True)) == ["Kept by hand", "Not kept"]


@pytest.mark.django_db
@pytest.mark.parametrize("posted", [{}, {"keep": ["7"]}, {"keep": ["x", "-1", "²"]}])
def test_nothing_ticked_is_asked_for_again(desk, posted):
    job = uploaded(desk, UNWATCHED_RIS, "old.ris")

    response = desk.post(reverse("research_start_import", args=[job.pk]), posted, follow=True)

    assert "Tick what you want to keep." in response.content.decode()
    assert ImportJob.objects.get().state == ImportJob.State.READY
    assert not Study.objects.exists()
