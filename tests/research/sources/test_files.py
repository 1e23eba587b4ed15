import io

import pytest

from research.sources.bibtex import decoded, read_bibtex
from research.sources.errors import SourceMalformed
from research.sources.files import Format, iter_file, read_file
from research.sources.nbib import read_nbib
from research.sources.reading import Limits
from research.sources.records import Grant, NoticeKind, PartialDate, RecordKind, SourceRecord
from research.sources.ris import read_ris

from .helpers import reply, split

RIS = "TY  - JOUR\nTI  - Über Zellen\nDO  - 10.5555/a\nER  - \n"


@pytest.fixture(scope="module")
def nbib():
    records, problems = split(read_nbib(reply("files/two.nbib").decode(), "two.nbib"))
    assert problems == []
    return records


def test_the_last_nbib_record_is_not_lost(nbib):
    assert [record.pmid for record in nbib] == ["90000001", "90000002"]
    assert nbib[1].title == "The last record"


def test_nbib_values_are_read(nbib):
    record = nbib[0]

    assert record.title == "A long title that goes on over two lines."
    assert record.doi == "10.5555/study.one"
    assert record.date == PartialDate(2018, None, None, "2018 May - Jun")
    assert [author.name for author in record.authors] == ["Park JH", "The Example Study Group", "Roe R"]
    assert record.authors[0].orcid == "0000-0002-1825-0097"
    assert record.journal.issn == "1111-111X"
    assert record.funding == (Grant("NINDS NIH HHS", "R01 NS1", "United States"),)
    assert record.interests == "None declared."
    assert record.abstract[0].text == "BACKGROUND: One."


def test_nbib_headings_keep_qualifiers_and_stars(nbib):
    sclerosis, humans = nbib[0].mesh_terms

    assert (sclerosis.name, sclerosis.is_major, humans.is_major) == ("Multiple Sclerosis", False, True)
    assert [(part.name, part.is_major) for part in sclerosis.qualifiers] == [
        ("drug therapy", True),
        ("genetics", False),
    ]


def test_nbib_notices_are_told(nbib):
    retraction, erratum = nbib[0].notices

    assert (retraction.kind, retraction.doi, retraction.pmid) == (NoticeKind.RETRACTION, "10.5555/notice", "90000012")
    assert erratum.kind is NoticeKind.CORRECTION


def test_nbib_without_numbers_is_parted_by_blank_lines():
    result = read_file("x", reply("files/eric.nbib"))

    assert [record.title for record in result.records] == ["A study without a number", "Another one"]
    assert [problem.kept for problem in result.problems] == [True, True]


def test_an_nbib_record_without_a_number_does_not_join_the_one_before_it():
    text = "PMID- 90000001\nOWN - NLM\nTI  - First\n\nAB  - Its abstract.\n\nOWN - NLM\nTI  - Second\n"

    records, _ = split(read_nbib(text, "x.nbib"))

    assert [(record.pmid, record.title) for record in records] == [("90000001", "First"), ("", "Second")]
    assert records[0].abstract[0].text == "Its abstract."


def nbib_titles(text):
    records, problems = split(read_nbib(text, "x.nbib"))
    assert problems == []
    return [(record.pmid, record.title) for record in records]


FIRST = "PMID- 90000001\nTI  - First\n"


@pytest.mark.parametrize(
    "text",
    [
        FIRST + "\nOWN - ERIC\nTI  - Second\nLID - 10.5555/second [doi]\n",
        FIRST + "\nFAU - Roe, Richard\nTI  - Second\n",
        FIRST + "\nAB  - What comes first is told apart, too.\nFAU - Roe, Richard\nTI  - Second\n",
        FIRST + "\nAB  - Its abstract.\n\nOWN - ERIC\nTI  - Second\n",
        FIRST + "TI  - Second\n",
        FIRST + "OWN - NLM\nOWN - ERIC\nTI  - Second\n",
    ],
    ids=["own line", "author first", "abstract first", "blank inside", "no blank line", "no blank line, own line"],
)
def test_an_nbib_record_without_a_number_never_joins_one_that_has_it(text):
    assert nbib_titles(text) == [("90000001", "First"), ("", "Second")]


def test_a_notice_of_one_nbib_record_is_not_reported_of_another():
    text = (
        FIRST + "\nOWN - ERIC\nTI  - Third\nLID - 10.5555/third [doi]\nRIN - J Tests. 2020 Feb;1(1):2. PMID: 90000012\n"
    )

    first, third = split(read_nbib(text, "x.nbib"))[0]

    assert (first.doi, first.notices) == ("", ())
    assert (third.doi, len(third.notices)) == ("10.5555/third", 1)


def test_nbib_records_without_numbers_are_parted_without_a_blank_line():
    assert nbib_titles("TI  - One\nDP  - 2001\nTI  - Two\nDP  - 2002\nOWN - ERIC\n") == [("", "One"), ("", "Two")]


@pytest.mark.parametrize("start", ["PMID- 90000001\n", ""], ids=["with a number", "without"])
def test_a_blank_line_inside_an_abstract_parts_no_nbib_record(start):
    text = start + "TI  - First\nAB  - One.\n\n      Two.\nFAU - Roe, Richard\nDP  - 2001\n"

    (record,) = split(read_nbib(text, "x.nbib"))[0]

    assert record.abstract[0].text == "One. Two."
    assert (record.authors[0].name, record.date.year) == ("Roe R", 2001)


def test_an_nbib_record_with_a_number_goes_on_behind_a_blank_line():
    assert nbib_titles(FIRST + "AB  - One.\n\nFAU - Roe, Richard\nDP  - 2001\n\nSO  - J Tests\n") == [
        ("90000001", "First")
    ]


def test_a_tag_left_empty_in_nbib_parts_nothing():
    assert nbib_titles("PMID- 90000001\nTI  - \nTI  - First\n") == [("90000001", "First")]


def test_nbib_with_mac_line_ends_is_read():
    result = read_file("x", reply("files/two.nbib").replace(b"\n", b"\r"))

    assert len(result.records) == 2


def test_a_mixed_ris_file_gives_its_good_records():
    result = read_file("mixed.ris", reply("files/mixed.ris"))

    assert [record.title for record in result.records] == [
        "Under its other name",
        "A chapter",
        "The last one has no end",
    ]
    assert [record.identifier for record in result.records] == ["doi:10.5555/a", "pmid:90000001", "pmid:90000002"]
    assert [author.name for author in result.records[0].authors] == ["Liu R", "Park JH"]
    assert result.records[0].journal.issn == "2096-4129"
    assert result.records[1].kind is RecordKind.BOOK_CHAPTER
    assert result.records[1].date == PartialDate(2020, 5, None, "2020/05//undefined")


def test_one_space_behind_the_tag_is_named():
    result = read_file("mixed.ris", reply("files/mixed.ris"))

    assert [str(problem) for problem in result.problems] == [
        "mixed.ris, line 14, record 2: “TY - JOUR” has not two spaces behind its tag; RIS needs “TY  - JOUR”. "
        "Export the file again."
    ]


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ("TI - Title\nDO - 10.5555/b\n", 7, "TI - Title"),
        ("TI  - Title\nDO  - 10.5555/b\nAU  - Roe, R\nAU - Jones, B\n", 10, "AU - Jones, B"),
        ("TI  - Title\nDO  - 10.5555/b\nKW  - one\nXX - two\n", 10, "XX - two"),
        ("TI  - Title\nDO  - 10.5555/b\nAB  - words\nPY - 2020\n", 10, "PY - 2020"),
        ("TI  - Title\nAB  - words\n\nDO -\n", 10, "DO -"),
    ],
    ids=["every tag", "a second author", "a tag nobody knows", "behind an abstract", "empty"],
)
def test_one_space_behind_an_inner_tag_is_named_and_the_record_refused(lines, line, words):
    result = read_file("x.ris", f"{RIS}\nTY  - JOUR\n{lines}ER  - \n{RIS}".encode())

    assert [record.title for record in result.records] == ["Über Zellen"] * 2
    assert [str(problem) for problem in result.problems] == [
        f"x.ris, line {line}, record 2: “{words}” has not two spaces behind its tag; RIS needs “TY  - JOUR”. "
        "Export the file again."
    ]


def test_an_abstract_in_ris_may_hold_a_line_that_only_looks_like_a_tag():
    text = "TY  - JOUR\nTI  - x\nDO  - 10.5555/a\nAB  - Short forms:\nCI - confidence interval\nER  - \n"

    (record,), problems = split(read_ris(text, "x"))

    assert (record.abstract[0].text, problems) == ("Short forms: CI - confidence interval", [])


def test_a_ris_file_of_one_space_records_is_a_failure():
    with pytest.raises(SourceMalformed, match="two spaces"):
        read_file("x.ris", b"TY - JOUR\nTI - One\nER -\n")


def test_no_number_of_another_database_is_a_pubmed_number():
    records, _ = split(read_ris("TY  - JOUR\nTI  - x\nDB  - Embase\nAN  - 12345678\nER  - \n", "x"))

    assert records[0].pmid == ""


def test_a_record_without_identifier_is_kept_and_named():
    result = read_file("x.ris", b"TY  - JOUR\nTI  - x\nER  - \n")

    assert result.records[0].identifier == ""
    assert str(result.problems[0]).startswith(
        "x.ris, line 1, record 1: The record has neither a DOI nor a PubMed number"
    )


def test_a_ris_record_without_anything_is_a_problem():
    result = read_file("x.ris", b"TY  - JOUR\nAB  - words\nER  - \n" + RIS.encode())

    assert (len(result.records), result.problems[0].record, result.problems[0].kept) == (1, 1, False)


def test_a_mixed_bibtex_file_gives_its_good_records():
    result = read_file("mixed.bib", reply("files/mixed.bib"))

    assert [record.doi for record in result.records] == [
        "10.5555/a_b",
        "10.5555/second",
        "10.5555/third",
        "10.5555/fourth",
    ]
    assert [(problem.line, problem.record) for problem in result.problems] == [(12, 5)]


def test_bibtex_values_are_read():
    record = read_file("mixed.bib", reply("files/mixed.bib")).records[0]

    assert record.title == "The Müller test: 50% of patients & $5, α-level"
    assert [author.name for author in record.authors] == ["Müller K", "World Health Organization", "van Beethoven L"]
    assert record.authors_complete is False
    assert record.journal.name == "Journal of Examples"
    assert record.date == PartialDate(2020, 2, None, "2020 feb")


def test_latex_reads_no_file():
    assert read_file("mixed.bib", reply("files/mixed.bib")).records[2].title == "Left out"


def test_a_bibtex_preprint_is_told():
    record = read_file("mixed.bib", reply("files/mixed.bib")).records[3]

    assert (record.kind, record.date) == (RecordKind.PREPRINT, PartialDate(2021, 4, 3, "2021-04-03"))


@pytest.mark.parametrize(
    ("latex", "words"),
    [(r"{\"u}ber 5\% {C}NS", "über 5% CNS"), ("90% plain", "90% plain"), (r"\'{A}lvarez", "Álvarez"), ("a~b", "a b"),
     (r"{A} 5% b", "A 5% b"), (r"\emph{cost} $5 and $10", "cost $5 and $10"), (r"$\alpha$ and $x_1$", "α and x_1")],
)  # fmt: skip
def test_latex_becomes_words(latex, words):
    assert decoded(latex) == words


@pytest.mark.parametrize(
    "hostile",
    ["@article{a, title={" + "{" * 5000 + "}" * 5000 + "}}", "@article{a, title={" + "\\begin{a}" * 8000 + "}}",
     "@article{a, title={" + "x" * 200_000 + "}}", "@article{\n" * 20_000,
     '@string{a = "xx"}\n' + "".join(f"@string{{a{n} = a # a}}\n" for n in range(50)) + "@article{k, year=1"],
    ids=["braces", "environments", "long", "many", "strings"],
)  # fmt: skip
def test_hostile_bibtex_is_a_problem_and_no_crash(hostile):
    records, problems = split(read_bibtex(hostile, "x.bib"))

    assert (records, len(problems) >= 1) == ([], True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_files_are_read_in_their_encoding(encoding):
    result = read_file("x", RIS.encode(encoding))

    assert (result.records[0].title, result.problems) == ("Über Zellen", ())


def test_bytes_of_an_older_encoding_are_read_and_named():
    result = read_file("x", RIS.encode("latin-1"))

    assert result.records[0].title == "Über Zellen"
    assert (result.problems[0].line, result.problems[0].kept) == (2, True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"FN Clarivate Analytics Web of Science\nVR 1.0\nPT J\n", "Web of Science"),
        (b"<!DOCTYPE html><html><p>Down</html>", "web page"),
        (b"just words", "no file that can be read"),
        (b"a,b\n1,2\n", "no file that can be read"),
        (b"\x00" * 64, "no file that can be read"),
        (b"\xff\xfe\x00", "no file that can be read|UTF-16"),
        (b"TY  - JOUR\nAB  - no title\nER  - \n", "no title"),
        (b"PMID- \n", "no PMID"),
        (b"@comment{only}\n", "No record"),
    ],
)
def test_zero_records_are_a_failure_in_words(data, words):
    with pytest.raises(SourceMalformed, match=words) as caught:
        read_file("x", data)

    assert caught.value.problem.file == "x"
    assert caught.value.problems


def test_the_name_does_not_decide():
    assert read_file("picture.png", RIS.encode()).format is Format.RIS
    assert read_file("x.ris", reply("pubmed/retractions.xml")).format is Format.PUBMED_XML
    assert read_file("x.ris", reply("files/two.nbib")).format is Format.NBIB
    assert read_file("x.xml", reply("files/mixed.bib")).format is Format.BIBTEX


@pytest.mark.parametrize("start", [b"TY  - JOUR\n", b"<PubmedArticleSet>", b"PMID- 1\n", b"@article{a,"])
def test_a_hundred_megabytes_are_refused_early(start):
    class Upload:
        given = 0

        def read(self, size: int = -1, /) -> bytes:
            self.given += size
            return start if self.given == size else b" " * size

    upload = Upload()

    with pytest.raises(SourceMalformed, match="larger than 5 MB"):
        read_file("big", upload)

    assert upload.given < 6_000_000


def test_bytes_that_are_too_many_are_not_even_looked_at():
    with pytest.raises(SourceMalformed, match="larger than 5 MB"):
        read_file("big", b"\x00" * 5_000_001)


def test_records_are_capped():
    result = read_file("x", RIS.encode() * 20, Limits(max_records=5))

    assert len(result.records) == 5
    assert "stopped" in result.problems[-1].reason


def test_a_file_can_be_read_one_record_at_a_time():
    found = list(iter_file("x", io.BytesIO(reply("pubmed/retractions.xml")), Limits(max_bytes=None)))

    assert sum(isinstance(one, SourceRecord) for one in found) == 8


def test_reading_one_at_a_time_also_fails_without_a_record():
    with pytest.raises(SourceMalformed):
        list(iter_file("x", io.BytesIO(b"TY - JOUR\n"), Limits()))


def test_an_address_in_a_file_is_never_asked_for(monkeypatch):
    monkeypatch.setattr("socket.socket", lambda *_, **__: pytest.fail("the network was asked"))
    data = b"TY  - JOUR\nTI  - x\nUR  - https://evil.example/\nL2  - javascript:alert(1)\nER  - \n"

    assert read_file("x", data).records[0].url == "https://evil.example/"


def test_only_web_addresses_are_kept():
    assert read_file("x", b"TY  - JOUR\nTI  - x\nUR  - javascript:alert(1)\nER  - \n").records[0].url == ""
