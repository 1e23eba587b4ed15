"""Identifiers as people paste them, records in storage, and the command."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from research.models import Study, StudyNotice
from research.record import jobs
from research.record.importing import import_record
from research.sources.errors import Problem
from research.sources.pasted import MOST_IDENTIFIERS, identifiers_in
from research.sources.records import Notice, NoticeKind, NoticeSource, PartialDate, Source, SourceRecord
from research.sources.stored import dump_records, load_records
from tests.factories.reference_files import NBIB, RIS

# What is pasted.


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("10.1000/ABC.1", ("10.1000/abc.1", "")),
        ("doi: 10.1000/abc.1.", ("10.1000/abc.1", "")),
        ("https://doi.org/10.1000/abc(1)2", ("10.1000/abc(1)2", "")),
        ("https://dx.doi.org/10.1000/a,b", ("10.1000/a,b", "")),
        (
            "https://journals.example.org/article?id=10.1371/journal.pone.0000542&x=1",
            ("10.1371/journal.pone.0000542", ""),
        ),
        ("https://example.org/doi/full/10.1000%2Fabc", ("10.1000/abc", "")),
        ("28721047", ("", "28721047")),
        ("PMID: 28721047", ("", "28721047")),
        ("https://pubmed.ncbi.nlm.nih.gov/28721047/?from=x", ("", "28721047")),
        ("https://www.ncbi.nlm.nih.gov/pubmed/28721047", ("", "28721047")),
    ],
)
def test_an_identifier_is_found_in_whatever_form_it_is_pasted(pasted, expected):
    found, problems = identifiers_in(pasted)

    assert [(one.doi, one.pmid) for one in found] == [expected]
    assert problems == []


def test_a_mixed_list_keeps_its_order_and_names_the_lines_that_are_nothing():
    found, problems = identifiers_in("28721047\n\n10.1000/x, 10.1000/y\nhello\nhttp://10.0.0.1/x\nPMC123\n28721047")

    assert [one.doi or one.pmid for one in found] == ["28721047", "10.1000/x", "10.1000/y"]
    assert [problem.line for problem in problems] == [4, 5, 6]
    assert "addresses are not opened" in problems[1].reason
    assert "PMC number" in problems[2].reason


def test_a_list_is_cut_at_its_limit_and_says_so():
    found, problems = identifiers_in("\n".join(str(10_000_000 + n) for n in range(MOST_IDENTIFIERS + 5)))

    assert len(found) == MOST_IDENTIFIERS
    assert "Only the first" in problems[0].reason


def test_records_come_back_from_storage_as_they_were():
    notice = Notice(NoticeKind.RETRACTION, "RetractionIn", NoticeSource.PUBMED, PartialDate(2020, 1, 2, "2020 Jan 2"))
    record = SourceRecord(Source.PUBMED, doi="10.1000/x", title="Line\u2028separator", notices=(notice,))

    assert list(load_records(dump_records([record, record]))) == [record, record]


# The command.


def run_command(*what, **options):
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("import_studies", *what, stdout=out, stderr=err, **options)
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue(), err.getvalue()


@pytest.mark.django_db
def test_the_command_imports_and_tells_cron_what_was_left_out(tmp_path):
    path = tmp_path / "three.ris"
    path.write_text(RIS, encoding="utf-8")

    assert run_command(str(path), dry_run=True)[0] == 1
    assert not Study.objects.exists()
    code, out, err = run_command(str(path))

    assert code == 1
    assert "2 new, 0 updated, 0 unchanged, 1 refused" in out
    assert "neither a DOI nor a PMID" in err
    assert "0 new, 0 updated, 2 unchanged" in run_command(str(path))[1]


@pytest.mark.django_db
def test_the_command_tries_a_record_again_and_says_what_to_do_when_the_database_is_away(tmp_path, monkeypatch):
    path, fails = tmp_path / "two.ris", [False, True, False, True, True]
    path.write_text(RIS, encoding="utf-8")

    def sometimes(*args, **kwargs):
        if fails.pop(0):
            raise OperationalError("the server closed the connection")
        return import_record(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "import_record", sometimes)
        with pytest.raises(CommandError, match="Run this again when it is back: nothing is imported twice") as ended:
            run_command(str(path))

    assert (ended.value.returncode, Study.objects.count(), fails) == (1, 2, [])
    assert "0 new, 0 updated, 2 unchanged" in run_command(str(path))[1]


@pytest.mark.django_db
def test_a_clean_file_ends_with_code_0(tmp_path):
    path = tmp_path / "one.nbib"
    path.write_text(NBIB, encoding="utf-8")

    assert run_command(str(path))[0] == 0


@pytest.mark.django_db
def test_no_record_at_all_is_a_failure_and_says_so(tmp_path):
    path = tmp_path / "page.xml"
    path.write_text("<html></html>", encoding="utf-8")

    code, _, err = run_command(str(path))

    assert code == 2
    assert "No record was read" in err
    assert "page.xml" in err


@pytest.mark.django_db
def test_a_reinstated_paper_can_be_imported_twice():
    day, later = PartialDate(2020, 1, 2), PartialDate(2021, 1, 2)
    notices = (
        Notice(NoticeKind.RETRACTION, "retraction", NoticeSource.PUBLISHER, day, doi="10.1000/r"),
        Notice(NoticeKind.REINSTATEMENT, "reinstatement", NoticeSource.RETRACTION_WATCH, later),
    )
    record = SourceRecord(Source.CROSSREF, doi="10.1000/x", title="A trial", notices=notices)

    import_record(record)
    import_record(record)

    assert StudyNotice.objects.count() == 2
    assert Study.objects.get().status == Study.Status.REINSTATED


def test_a_problem_names_file_line_record_and_reason():
    assert str(Problem("a.ris", "No title.", 3, 2)) == "a.ris, line 3, record 2: No title."


@pytest.mark.django_db
def test_the_command_keeps_what_nothing_watches_when_told_to(tmp_path):
    path = tmp_path / "three.ris"
    path.write_text(RIS, encoding="utf-8")

    code, out, _ = run_command(str(path), keep_unwatched=True)

    assert (code, "3 new" in out) == (0, True)
    assert "0 new, 0 updated, 3 unchanged" in run_command(str(path))[1]
