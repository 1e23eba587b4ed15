import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.models import references
from research.sources.identifiers import normalise_doi, normalise_pmid
from research.sources.names import author_of, initials_of, issns_in
from research.sources.records import (
    Author,
    JournalKind,
    NoticeKind,
    PartialDate,
    RecordKind,
    Source,
    SourceRecord,
    known_doi,
    known_pmid,
)


def test_the_kinds_are_those_of_the_models():
    unmapped = {NoticeKind.NEEDS_A_LOOK.value}
    assert {kind.value for kind in NoticeKind} - unmapped == set(references.StudyNotice.Kind.values) - unmapped
    assert {kind.value for kind in RecordKind} == set(references.Study.Kind.values)
    assert {kind.value for kind in JournalKind} == set(references.Journal.Kind.values)


@pytest.mark.parametrize(
    ("doi", "pmid", "identifier"),
    [("10.5555/a", "1", "doi:10.5555/a"), ("", "1", "pmid:1"), ("", "", "")],
)
def test_duplicates_meet_on_doi_then_pmid(doi, pmid, identifier):
    assert SourceRecord(Source.RIS, doi=doi, pmid=pmid).identifier == identifier


@given(st.text() | st.from_regex(r"(doi:|https://doi\.org/| )*10\.5555/[a-z. ]*"))
def test_normalising_twice_changes_nothing(text):
    assert normalise_doi(normalise_doi(text)) == normalise_doi(text)
    assert known_doi(known_doi(text)) == known_doi(text)


@given(st.from_regex(r"(PMID:? ?)?[1-9][0-9]{0,8}", fullmatch=True))
def test_a_pubmed_number_is_known_however_it_is_written(text):
    assert known_pmid(text) == normalise_pmid(text)
    assert known_pmid(text).isdigit()


@pytest.mark.parametrize("text", ["unavailable", "0", "", "10.5555", "abc/def", "https://example.org/10.5555/a"])
def test_what_is_no_identifier_is_none(text):
    assert known_doi(text) == ""
    assert known_pmid(text) == ""


def test_only_a_whole_date_is_a_calendar_day():
    assert PartialDate(2020, 2, None).as_date() is None
    assert PartialDate(2020, 2, 30).as_date() is None
    assert PartialDate(2020, 2, 29).as_date().isoformat() == "2020-02-29"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Park, Ji Hye", "Park JH"),
        ("Park, J.-H., Jr", "Park JH Jr"),
        ("Park JH", "Park JH"),
        ("Liu R.", "Liu R"),
        ("de Hoon M.J.", "de Hoon MJ"),
        ("World Health Organization", "World Health Organization"),
        ("Cochrane", "Cochrane"),
    ],
)
def test_a_name_is_cited_one_way(written, name):
    assert author_of(written).name == name


def test_no_words_are_no_author():
    assert author_of(" , ") is None


@pytest.mark.parametrize(
    ("given", "initials"), [("Waleed M", "WM"), ("Jean-Paul", "JP"), ("A. J.", "AJ"), ("AJ", "AJ")]
)
def test_initials_come_from_given_names(given, initials):
    assert initials_of(given) == initials


def test_a_group_is_its_own_name():
    assert Author(collective="The Example Study Group").name == "The Example Study Group"


def test_issns_have_one_form():
    assert issns_in("20964129 (ISSN) ", "1895-577x 1895-577X", "12345678901") == ("2096-4129", "1895-577X")
