"""The readers on real records. They lie outside the tree, in EVIDENCE_SAMPLES, and are read where they are."""

import csv
import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from research.sources import biorxiv, crossref, europepmc
from research.sources.errors import SourceMalformed
from research.sources.files import Format, read_file
from research.sources.records import NoticeKind, NoticeSource, SourceRecord

SAMPLES: Path = settings.EVIDENCE_SAMPLES
INDEX = SAMPLES / "pubmed-xml" / "INDEX.tsv"

pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(not INDEX.exists(), reason="needs the sample records: set EVIDENCE_SAMPLES"),
]


def index() -> list[dict[str, str]]:
    if not INDEX.exists():
        return []
    with INDEX.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def features(row: dict[str, str]) -> set[str]:
    return set(row["features"].split(", "))


def read(path: str):
    return read_file(path, (SAMPLES / path).read_bytes())


def the_record(path: str) -> SourceRecord:
    (record,) = read(path).records
    return record


def work(name: str) -> SourceRecord:
    return crossref.read_work(json.loads((SAMPLES / "crossref" / name).read_bytes())["message"])


ROWS = pytest.mark.parametrize("row", index(), ids=lambda row: row["file"])


def test_the_index_names_every_file():
    assert len(index()) == 36
    there = {path.name for path in (SAMPLES / "pubmed-xml").glob("*.xml")} - {"_set-of-19.xml"}
    assert there == {Path(row["file"]).name for row in index() if row["file"].startswith("pubmed-xml/")}
    assert len(there) == 34


@ROWS
def test_every_file_holds_the_record_that_the_index_names(row):
    record = the_record(row["file"])

    assert record.pmid == row["pmid"]
    assert record.language.split()[0] == row["lang"]
    assert record.publication_types == tuple(row["publication_types"].split("; "))


@ROWS
def test_every_record_has_what_the_index_says_and_nothing_else(row):
    record, has = the_record(row["file"]), features(row)

    assert (record.abstract == ()) == ("no-abstract" in has)
    assert (any(part.label for part in record.abstract)) == ("structured" in has)
    assert (record.interests is not None) == ("coi" in has)
    assert bool(record.funding) == ("grants" in has)
    assert bool(record.mesh_terms) == ("mesh" in has)
    assert bool(record.doi) == ("doi:none" not in has)
    assert any(author.collective for author in record.authors) == ("collective-author" in has)
    assert bool(record.original_title) == ("VernacularTitle" in has)


@ROWS
def test_every_relation_is_told_with_its_direction(row):
    record, has = the_record(row["file"]), features(row)

    assert {notice.raw_word for notice in record.notices} == has & {
        "ErratumIn", "RetractionIn", "UpdateIn", "RepublishedIn",
    }  # fmt: skip
    assert {notice.raw_word for notice in record.notice_of} == has & {
        "RetractionOf", "ErratumFor", "UpdateOf", "RepublishedFrom",
    }  # fmt: skip


@ROWS
def test_retracted_papers_and_notices_are_told_apart(row):
    record, types = the_record(row["file"]), row["publication_types"].split("; ")

    assert record.is_retracted == ("Retracted Publication" in types)
    assert record.is_notice == bool({"Retraction of Publication", "Published Erratum"} & set(types))


@ROWS
def test_no_day_or_month_is_invented(row):
    raw = re.search(r"<PubDate>(.*?)</PubDate>", (SAMPLES / row["file"]).read_text(encoding="utf-8"), re.DOTALL)[1]
    date = the_record(row["file"]).date

    assert (date.day is not None) == ("<Day>" in raw)
    assert (date.month is not None) == ("<Month>" in raw)
    assert str(date.year) in raw
    if "MedlineDate" in features(row):
        assert date.as_given in raw
        assert date.month is None


@ROWS
def test_no_markup_is_left(row):
    record = the_record(row["file"])

    for text in (record.title, *(part.text for part in record.abstract), *(author.name for author in record.authors)):
        assert not re.search(r"</?[a-z]+>|&[a-z]+;", text)
        assert text == " ".join(text.split())


def test_the_set_of_nineteen_holds_the_same_records():
    records = read("pubmed-xml/_set-of-19.xml").records
    alone = {row["pmid"]: the_record(row["file"]) for row in index()}

    assert len(records) == 19
    assert all(record == alone[record.pmid] for record in records)


def test_the_whole_set_has_the_retractions_that_are_known():
    records = [the_record(row["file"]) for row in index()]

    assert {record.pmid for record in records if record.is_retracted} == {"31541003", "8863847"}
    assert {record.pmid for record in records if record.is_notice} == {"11600210", "38833988"}


def test_what_machines_indexed_is_marked_in_the_samples():
    automated = {
        row["pmid"]
        for row in index()
        if 'IndexingMethod="Automated"' in (SAMPLES / row["file"]).read_text(encoding="utf-8")
    }

    records = [the_record(row["file"]) for row in index()]
    assert {record.pmid for record in records if any(term.is_automated for term in record.mesh_terms)} == automated


@pytest.mark.parametrize(
    ("path", "kind", "count", "without_identifier"),
    [
        ("nbib/28754806.nbib", Format.NBIB, 1, 0),
        ("nbib/biopython-pubmed_result1.nbib", Format.NBIB, 1, 0),
        ("nbib/biopython-pubmed_result2.nbib", Format.NBIB, 4, 0),
        ("nbib/synthesisr-PubMed_example.nbib", Format.NBIB, 3, 0),
        ("ris/asreview-embase.ris", Format.RIS, 6, 0),
        ("ris/asreview-pubmed_zotero.ris", Format.RIS, 6, 0),
        ("ris/choxos-example.ris", Format.RIS, 2, 0),
        ("ris/citesource-pubmed_46.ris", Format.RIS, 46, 1),
        ("ris/rispy-example_full.ris", Format.RIS, 2, 2),
        ("ris/rispy-example_utf_chars.ris", Format.RIS, 1, 1),
        ("ris/synthesisr-Ovid.ris", Format.RIS, 4, 1),
        ("ris/synthesisr-Scopus.ris", Format.RIS, 3, 0),
        ("bibtex/choxos-example.bib", Format.BIBTEX, 3, 1),
        ("bibtex/synthesisr-Scopus.bib", Format.BIBTEX, 3, 0),
    ],
)
def test_every_export_gives_all_its_records(path, kind, count, without_identifier):
    result = read(path)

    assert (result.format, len(result.records)) == (kind, count)
    assert sum(not record.identifier for record in result.records) == without_identifier
    assert [problem.kept for problem in result.problems] == [True] * without_identifier
    assert all(record.title and record.authors and record.date.year for record in result.records)


def test_the_last_record_without_a_blank_line_is_not_lost():
    assert [record.pmid for record in read("nbib/synthesisr-PubMed_example.nbib").records][-1] == "29967742"


def test_two_exports_of_one_record_meet():
    ris, bibtex = read("ris/synthesisr-Scopus.ris").records, read("bibtex/synthesisr-Scopus.bib").records

    assert [record.identifier for record in ris] == [record.identifier for record in bibtex]
    assert [record.title for record in ris] == [record.title for record in bibtex]
    assert [[author.name for author in one.authors] for one in ris] == [
        [author.name for author in one.authors] for one in bibtex
    ]


@pytest.mark.parametrize(
    "path",
    [
        "jats/article-pone.0026358.xml",
        "jats/retraction-ppat.1005207.xml",
        "mesh/desc2015-subset.xml",
        "multiple-sclerosis/mesh-ms-subset.tsv",
        "multiple-sclerosis/elife-65469.article.json",
        "retraction-watch-columns.csv",
    ],
)
def test_other_files_are_refused_in_words(path):
    with pytest.raises(SourceMalformed, match=re.escape(path)):
        read(path)


def test_sixteen_of_seventeen_crossref_works_are_studies():
    names = sorted(path.name for path in (SAMPLES / "crossref").glob("*.json"))
    reviews = [name for name in names if "review1" in name]

    assert (len(names), len(reviews)) == (17, 1)
    assert all(work(name).doi for name in names if name not in reviews)
    with pytest.raises(SourceMalformed, match="peer-review"):
        work(reviews[0])


def test_crossref_tells_the_retraction_and_the_correction_apart():
    record = work("10.1016_s0140-6736_97_11096-0.json")

    assert [(notice.kind, notice.source, notice.date.as_given) for notice in record.notices] == [
        (NoticeKind.CORRECTION, NoticeSource.RETRACTION_WATCH, "2004-03-06"),
        (NoticeKind.RETRACTION, NoticeSource.RETRACTION_WATCH, "2010-02-06"),
    ]
    assert (record.date.month, record.date.day) == (2, None)


@pytest.mark.parametrize(
    ("name", "kinds", "is_notice"),
    [
        ("10.1103_physrevb.98.104436.json", [NoticeKind.CORRECTION], False),
        ("10.1371_journal.pone.0033693.json", [NoticeKind.CORRECTION], False),
        ("10.1371_annotation_53374aad_bc04_4c64_b313_8ff9b881d0da.json", [], True),
        ("10.1371_journal.pone.0122945.json", [], True),
        ("10.1155_2020_5109831.json", [NoticeKind.MARKED_RETRACTED], False),
        ("10.1371_journal.pone.0026398.json", [], False),
    ],
)
def test_crossref_works_are_notices_or_have_them(name, kinds, is_notice):
    record = work(name)

    assert ([notice.kind for notice in record.notices], record.is_notice) == (kinds, is_notice)


def test_a_crossref_date_of_null_is_no_date():
    assert work("10.1007_springerreference_23662.json").date.year is None


def test_europe_pmc_tells_the_month_and_no_day():
    answer = json.loads((SAMPLES / "europepmc" / "search-9500320.json").read_bytes())
    (record,) = europepmc.read_search(answer)

    assert (record.date.year, record.date.month, record.date.day) == (1998, 2, None)
    assert [notice.kind for notice in record.notices] == [
        NoticeKind.RETRACTION, NoticeKind.RETRACTION, NoticeKind.CONCERN,
    ]  # fmt: skip


def test_a_withdrawn_preprint_is_withdrawn():
    answer = json.loads((SAMPLES / "europepmc" / "biorxiv-withdrawn-2020.01.30.927871.json").read_bytes())
    (notice,) = biorxiv.read_details(answer).notices

    assert (notice.kind, notice.date.as_given) == (NoticeKind.WITHDRAWAL, "2020-02-02")
