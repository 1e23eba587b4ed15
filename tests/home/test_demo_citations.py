"""The demo tells no untruth: every citation is one that a record gives, and every number one that the record has."""

import re
from collections.abc import Iterable
from typing import Any

import pytest

from home.demo.record import DATA, read
from research.sources.identifiers import normalise_doi
from tests.home.known_citations import ABSTRACTS, Known, author_key, known_studies, plain, read_elsewhere

pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(not ABSTRACTS.exists(), reason="needs the sample records: set EVIDENCE_SAMPLES"),
]

STUDIES = {row["key"]: row for row in read("studies.toml")["study"]}
JOURNALS = {row["key"]: row for row in read("journals.toml")["journal"]}
REAL = [row for row in STUDIES.values() if not row.get("example")]
ARTICLES = [read(f"articles/{path.name}") for path in sorted((DATA / "articles").glob("*.toml"))]
PUBMED_LINK = re.compile(r"https?://pubmed\.ncbi\.nlm\.nih\.gov/(\d+)/?")
LINK = re.compile(r"href='([^']+)'|href=\"([^\"]+)\"")
YEAR = re.compile(r"\b(?:19[89]\d|20[0-2]\d)\b")
NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?")
WORDS = {
    "eleven": "11", "twelve": "12", "thirteen": "13", "sixteen": "16", "twenty": "20", "thirty-two": "32",
    "forty-five": "45", "forty-seven": "47", "fifty-eight": "58", "sixty-five": "65", "seventy-eight": "78",
    "one hundred forty-two": "142",
}  # fmt: skip
# What is added up from the record, the people of all groups; each article names the parts.
WORKED_OUT = {
    "asking-people-about-walking": {602 + 78 + 54},
    "eye-and-hand-in-tremor": {16 + 16},
    "hearing-feeling-in-a-voice": {47 + 19},
    "vitamin-d-and-virus-antibodies": {30 + 23},
    "short-thinking-tests": {103 + 32},
    "epstein-barr-dna-no-difference": {55 + 51},
}

by_study = pytest.mark.parametrize("study", REAL, ids=lambda study: study["key"])
by_article = pytest.mark.parametrize(
    "article", [article for article in ARTICLES if article.get("study")], ids=lambda article: article["slug"]
)


@pytest.fixture(scope="module")
def records() -> dict[str, Known]:
    return known_studies()


def record_of(study: dict[str, Any], records: dict[str, Known]) -> Known:
    identifiers = (normalise_doi(study.get("doi", "")), study.get("pmid", ""))
    found = [records[identifier] for identifier in identifiers if identifier in records]
    assert found, f"no record: {study['title']}"
    return found[0]


@by_study
def test_a_record_names_this_study_with_this_title_and_these_authors(study, records):
    record = record_of(study, records)

    assert plain(study["title"]) == record.title
    assert len(study["authors"]) == len(record.authors) or not study["authors_complete"]
    for ours, theirs in zip(study["authors"], record.authors, strict=False):
        if ours == "EBV-MS Italian Study Group":  # its record names the group with a sentence
            continue
        family, _, initials = ours.rpartition(" ")
        surname, _, letters = author_key(family, initials).rpartition(" ")
        assert theirs.startswith(f"{surname} {letters}"), f"{ours} is {theirs} in the record"


@by_study
def test_a_record_or_a_page_gives_the_journal_date_and_identifiers(study, records):
    record, page = record_of(study, records), read_elsewhere().get(study.get("pmid", ""), {})
    journal = JOURNALS.get(study.get("journal", ""), {})

    assert journal == {} or same_journal(journal, record) or journal["name"] == page.get("journal")
    for name in ("year", "month", "day", "volume", "issue", "pages"):
        if name in study:
            assert study[name] in (getattr(record, name), page.get(name)), f"nothing says {name} {study[name]}"
    for name in ("doi", "pmid"):
        if name in study:
            given = normalise_doi(study[name])
            assert given in (getattr(record, name), normalise_doi(page.get(name, ""))), f"nothing says {given}"
    assert page == {} or "year" not in page or f"{page['year']}" in page["read"]


def same_journal(journal: dict[str, Any], record: Known) -> bool:
    return plain(journal["name"]) == record.journal or journal.get("issn") in record.issns


def test_one_that_no_record_names_is_marked_as_invented():
    invented = [study for study in STUDIES.values() if study.get("example")]

    assert len(invented) == 1
    assert all(study["title"].startswith("Example") for study in invented)
    assert not any({"doi", "pmid", "url"} & study.keys() for study in invented)


def test_a_wrong_journal_is_found(records):
    study = STUDIES["tone-of-voice"] | {"journal": "pain"}

    with pytest.raises(AssertionError):
        test_a_record_or_a_page_gives_the_journal_date_and_identifiers(study, records)


def test_a_study_without_a_record_is_found(records):
    with pytest.raises(AssertionError, match="no record"):
        record_of({"title": "Nobody wrote this", "pmid": "99999999"}, records)


def test_the_lead_rests_on_a_complete_citation():
    (lead,) = [article for article in ARTICLES if article["slug"] == "two-faces-of-microglia"]
    study = STUDIES[lead["study"]]

    assert {"title", "journal", "year", "month", "day", "doi", "authors", "funding", "interests"} <= study.keys()
    assert study["authors_complete"]


@by_article
def test_links_in_the_words_lead_to_papers_on_record(article, records):
    links = [first or second for first, second in LINK.findall(" ".join(texts(article)))]

    for link in links:
        paper = PUBMED_LINK.fullmatch(link)
        assert paper, link
        assert paper[1] in records, link


@by_article
def test_a_year_in_the_words_is_that_of_a_cited_study(article, records):
    cited = [STUDIES[key] for key in (article["study"], *article.get("also_cited", []))]
    known = {str(study["year"]) for study in cited if "year" in study}
    for study in cited:
        known |= set(YEAR.findall(record_of(study, records).words)) if not study.get("example") else set()
    named = [year for text in texts(article) for year in YEAR.findall(re.sub(r"href='[^']*'", "", text))]
    others = {str(study["year"]) for study in REAL if "year" in study}

    assert set(named) <= known | (others if "on this site" in " ".join(texts(article)) else set())


@by_article
def test_the_numbers_that_readers_see_first_are_in_the_record(article, records):
    study = STUDIES[article["study"]]
    if study.get("example"):
        return
    said = numbers_in(record_of(study, records).words)
    worked_out = {str(value) for value in WORKED_OUT.get(article["slug"], ())}
    size = article.get("appraisal", {}).get("people")
    first = [article["title"], article.get("summary", ""), article.get("key_takeaway", ""), str(size or "")]

    for text in [*first, *(str(cell) for cell in cells(article))]:
        for number in NUMBER.findall(YEAR.sub("", re.sub(r"<[^>]+>", " ", text))):
            value = number.rstrip(",").replace(",", "")
            if float(value) > 10 and value != "100":
                assert value in said | worked_out, f"{number} is not in the record: {text}"


def texts(article: dict[str, Any]) -> Iterable[str]:
    """Yield every text of an article's data, its reasons and blocks included."""
    for value in article.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from texts(value)
        elif isinstance(value, list):
            yield from (text for item in value if isinstance(item, dict) for text in texts(item))


def cells(article: dict[str, Any]) -> Iterable[Any]:
    """Yield the counts of numbers blocks and the cells of tables."""
    for section in ("what_they_found", "who_should_care", "important_considerations"):
        for block in article.get(section, []):
            if block["type"] == "numbers":
                yield from (block[name] for name in ("denominator", "before", "after") if name in block)
            if block["type"] == "table":
                yield from (cell for row in block["rows"] for cell in row)


def numbers_in(words: str) -> set[str]:
    """Return the numbers of a record, spelled-out and rounded ones included."""
    words = re.sub(r"(?<=\d) (?=\d{3}\b)", "", words)
    found = {number.rstrip(",").replace(",", "") for number in re.findall(r"\d[\d,]*(?:\.\d+)?", words)}
    spelled = {digits for word, digits in WORDS.items() if word in words.casefold()}
    rounded = {str(round(float(number))) for number in found if "." in number}
    return found | spelled | rounded
