import io

import pytest

from research.sources.errors import SourceMalformed
from research.sources.records import NoticeKind, NoticeSource, PartialDate
from research.sources.retraction_watch import notices_for, read_rows

from .helpers import reply


def rows():
    return list(read_rows(io.BytesIO(reply("files/retraction_watch.csv")), "watch.csv"))


def test_rows_without_an_identifier_are_left_out():
    assert [(row.dois, row.pmids) for row in rows()] == [
        (("10.5555/study.one",), ("90000011",)),
        (("10.5555/b", "10.5555/c"), ()),
        (("10.5555/b",), ()),
        ((), ("90000033",)),
    ]


def test_a_row_tells_what_happened_and_why():
    notice = rows()[0].notice

    assert (notice.kind, notice.raw_word, notice.source) == (
        NoticeKind.RETRACTION,
        "Retraction",
        NoticeSource.RETRACTION_WATCH,
    )
    assert (notice.doi, notice.pmid, notice.date) == (
        "10.5555/notice",
        "90000012",
        PartialDate(2010, 2, 6, "2/6/2010 0:00"),
    )
    assert notice.reason == "Concerns about Data; Duplication of Image"


def test_unavailable_and_zero_mean_none():
    notice = rows()[1].notice

    assert (notice.doi, notice.pmid) == ("", "")


def test_a_reinstated_paper_is_not_retracted_and_a_new_word_needs_a_look():
    assert [row.notice.kind for row in rows()[1:]] == [
        NoticeKind.REINSTATEMENT, NoticeKind.CONCERN, NoticeKind.NEEDS_A_LOOK,
    ]  # fmt: skip


def test_papers_are_found_by_doi_or_number_oldest_notice_first():
    found = notices_for(
        io.BytesIO(reply("files/retraction_watch.csv")),
        "watch.csv",
        dois=["https://doi.org/10.5555/B", "10.5555/nothing"],
        pmids=["90000011"],
    )

    assert {key: [notice.kind for notice in notices] for key, notices in found.items()} == {
        "doi:10.5555/b": [NoticeKind.CONCERN, NoticeKind.REINSTATEMENT],
        "pmid:90000011": [NoticeKind.RETRACTION],
    }


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"<html>", reply("files/retraction_watch.csv")[:-1] + b'"cut'])
def test_another_file_is_refused(data):
    with pytest.raises(SourceMalformed, match=r"watch\.csv"):
        list(read_rows(io.BytesIO(data), "watch.csv"))


def test_bad_bytes_hide_no_row():
    data = reply("files/retraction_watch.csv").replace(b'"A, study"', b'"\xff\xfe study"')

    assert len(list(read_rows(io.BytesIO(data), "watch.csv"))) == 4
