"""The demo's words, without records: sentences of numbers, years, and what may stand beside a retracted study."""

import re

import pytest

from home.demo.record import DATA, read
from research.reading.figures.numbers import numbers_view

ARTICLES = [read(f"articles/{path.name}") for path in sorted((DATA / "articles").glob("*.toml"))]
STUDIES = {row["key"]: row for row in read("studies.toml")["study"]}
SECTIONS = ("what_they_found", "who_should_care", "important_considerations")
NUMBERS = [
    pytest.param(block, id=article["slug"])
    for article in ARTICLES
    for section in SECTIONS
    for block in article.get(section, [])
    if block["type"] == "numbers"
]
# "4 in 100 people had a relapse (with it), instead of 7 in 100 (usual care)."
SHARE = r"(?:\d[\d,]* in \d[\d,]*|[Aa]ll \d[\d,]*|[Nn]one of \d[\d,]*)"
VERBS = "had|lived|said|spoke|took|walked|were|was|did"
SENTENCE = re.compile(
    rf"{SHARE} (?:(?:people|animals|lesions) (?:{VERBS})\b|[a-z][a-z ]* (?:{VERBS})\b)[^A-Z.]*[^.]*?"
    rf"(?: \([^()]+\))*(?:, instead of {SHARE}(?: \([^()]+\))?)?\."
)
RATING = re.compile(
    r"\b(?:strong|good|moderate|weak|promising|interesting|credible|reliable|important)\b", re.IGNORECASE
)


@pytest.mark.parametrize("block", NUMBERS)
def test_numbers_in_people_read_as_one_sentence(block):
    sentence = numbers_view(block)["sentence"]

    assert SENTENCE.fullmatch(sentence), sentence
    assert not re.search(r"\b(\d+) in \1\b", sentence), sentence
    assert "  " not in sentence


@pytest.mark.parametrize("block", NUMBERS)
def test_the_outcome_ends_a_sentence_and_labels_do_not_repeat_it(block):
    labels = [block.get(name, "") for name in ("before_label", "after_label")]

    assert block["outcome"][0].islower()
    assert not block["outcome"].endswith(".")
    assert all(label != block["outcome"] and not label.endswith(".") for label in labels)


def test_a_heading_as_outcome_would_be_found():
    block = {"denominator": 17, "after": 17, "counted": "people", "outcome": "Fatigue among the carers"}

    assert not SENTENCE.fullmatch(numbers_view(block)["sentence"])


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article["slug"])
def test_an_article_gives_no_year_to_a_study_without_one(article):
    study = STUDIES.get(article.get("study", ""), {})
    if not study or study.get("year") or study.get("example"):
        return

    words = " ".join(str(article.get(name, "")) for name in ("title", "summary", "key_takeaway"))
    blocks = " ".join(str(block.get("html", "")) for section in SECTIONS for block in article.get(section, []))

    assert not re.search(r"\b(?:19|20)\d\d\b", words)
    assert not re.search(r"\bIt is from (?:19|20)\d\d\b", blocks)


def test_no_words_of_praise_stand_beside_a_retracted_study():
    retracted = {
        key
        for key, study in STUDIES.items()
        if any(notice["kind"] in ("retraction", "withdrawal", "removal") for notice in study.get("notice", []))
    }
    theirs = [article for article in ARTICLES if article.get("study") in retracted]

    assert theirs
    for article in theirs:
        for words in (article["title"], article["summary"], article["key_takeaway"]):
            assert not RATING.search(words), words


def test_every_pick_and_cited_study_is_there():
    slugs = {article["slug"] for article in ARTICLES}
    used = {key for article in ARTICLES for key in (article.get("study"), *article.get("also_cited", [])) if key}

    assert {pick for article in ARTICLES for pick in article.get("related", [])} <= slugs
    assert used == set(STUDIES)
