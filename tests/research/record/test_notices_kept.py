"""No notice is lost and none is doubled, and an error of the database never looks like success."""

import itertools

import pytest
from django.db import IntegrityError
from django.utils import timezone

from research.models import Study, StudyNotice, UnconfirmedNotice
from research.record import importing, reporting, sentinel
from research.record.checkers import RetractionWatchChecker
from research.record.importing import Action, import_record
from research.record.jobs import import_one
from research.record.reporting import report_notices
from research.sources.nbib import read_nbib
from research.sources.records import Notice, NoticeKind, NoticeSource, PartialDate, Source, SourceRecord
from tests.factories import ArticlePageFactory, StudyFactory

pytestmark = pytest.mark.django_db

COLUMNS = (
    "RetractionDate,RetractionDOI,RetractionPubMedID,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,Reason"
)


def record(*notices, **values):
    return SourceRecord(Source.PUBMED, pmid="900", title="A trial", notices=notices, **values)


def erratum(**values):
    return Notice(NoticeKind.CORRECTION, "ErratumIn", NoticeSource.PUBMED, **values)


FEBRUARY = PartialDate(2020, 2, None, "2020 Feb")
TWO_OF_A_MONTH = {
    "by PMID": ({"pmid": "11"}, {"pmid": "12"}),
    "by DOI": ({"doi": "10.1000/a"}, {"doi": "10.1000/b"}),
    "by one having none": ({"pmid": "11"}, {}),
    "by citation": ({"label": "J Ex. 2020 Feb;3(1):1"}, {"label": "J Ex. 2020 Feb;3(1):9"}),
}


@pytest.mark.parametrize("date", [FEBRUARY, PartialDate(), PartialDate(2020, 2, 6, "2020 Feb 6")], ids=str)
@pytest.mark.parametrize("two", TWO_OF_A_MONTH.values(), ids=TWO_OF_A_MONTH.keys())
def test_two_notices_of_one_kind_and_month_are_both_kept(two, date):
    told = record(*(erratum(date=date, **values) for values in two))

    assert import_one(told) == ("new", "")

    assert StudyNotice.objects.count() == 2
    assert import_one(told) == ("unchanged", ""), "a second import changes nothing"
    assert StudyNotice.objects.count() == 2


def test_the_record_of_a_file_with_two_errata_of_a_month_is_not_lost():
    text = (
        "PMID- 900\nTI  - A trial\nEIN - J Ex. 2020 Feb;3(1):1. PMID: 11\nEIN - J Ex. 2020 Feb;3(1):9. PMID: 12\n"
        "RIN - J Ex. 2020 Mar;3(2):2. PMID: 13\n"
    )
    (read,) = read_nbib(text, "one.nbib")

    assert import_one(read)[0] == "new"

    told = UnconfirmedNotice.objects.values_list("kind", flat=True)
    assert sorted(told) == ["correction", "correction", "retraction"]
    assert not StudyNotice.objects.exists(), "a file tells readers nothing: its sources are asked"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[:4])
def test_the_order_in_which_sources_speak_changes_no_count(order):
    study = StudyFactory()
    reports = (
        record(erratum(date=FEBRUARY, pmid="11"), erratum(date=FEBRUARY, pmid="12")),
        record(erratum(date=PartialDate(2020, 2, 6), doi="10.1000/a"), erratum(date=FEBRUARY, doi="10.1000/b")),
        record(erratum(date=FEBRUARY)),
    )

    for _ in range(2):
        for number in order:
            report_notices(study, reports[number])

    assert study.notices.count() == 2


def test_an_error_of_the_database_is_no_success(monkeypatch):
    def refuse(*args, **kwargs):
        raise IntegrityError("some other constraint")

    monkeypatch.setattr(importing, "report_notices", refuse)

    with pytest.raises(IntegrityError):
        import_record(record())
    assert import_one(record())[0] == str(Action.REFUSED)
    assert not Study.objects.exists()


def test_what_a_faster_import_made_is_met(monkeypatch):
    real = importing._create

    def slower(told, values):
        real(told, values)
        raise IntegrityError("another import was faster")

    def once(told, values):
        monkeypatch.setattr(importing, "_create", real)
        StudyFactory(pmid="900", title="A trial")
        return slower(told, values)

    monkeypatch.setattr(importing, "_create", once)

    with pytest.raises(IntegrityError):
        import_record(record())  # of this transaction nothing is left, the other study's neither


def test_a_notice_that_cannot_be_recorded_is_a_failed_check_of_that_study_only(section, monkeypatch, tmp_path):
    broken, sound = (ArticlePageFactory(parent=section).study for _ in range(2))
    real = reporting.react

    def react(notice):
        if notice.study_id == broken.pk:
            raise IntegrityError("no")
        real(notice)

    monkeypatch.setattr(reporting, "react", react)
    data = tmp_path / "watch.csv"
    rows = [f"2/6/2027 0:00,10.1000/n{study.pk},0,{study.doi},0,Retraction,+Error" for study in (broken, sound)]
    data.write_text("\n".join([COLUMNS, *rows]), encoding="utf-8")

    result = sentinel.run([RetractionWatchChecker(data)], timezone.now())

    broken.refresh_from_db()
    sound.refresh_from_db()
    assert "could not be recorded" in broken.check_error
    assert (broken.status, sound.status) == (Study.Status.NONE_KNOWN, Study.Status.RETRACTED)
    assert result.failed == 1
    assert len(result.notices) == 1
