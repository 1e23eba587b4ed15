import ast
from datetime import date
from pathlib import Path

import pytest

import research.checking
from research.checking.checks import check_draft, draft_of
from research.checking.facts import StudyFacts
from research.checking.findings import RULES
from research.content.article import ArticleContent
from research.trials.rates.examples import EXAMPLES

FOLDER = Path(research.checking.__file__).parent
ALLOWED = ("research.checking", "research.content", "research.rubric")
# The catalogues of words: a finding speaks the language of the room it is read in.
WORDS = ("django.utils.translation",)
FORBIDDEN = ("django", "wagtail", "httpx", "urllib", "socket", "requests", "random", "time")


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.name)
def test_the_checks_import_nothing_that_reads_a_database_a_network_or_a_clock(path):
    imported = [
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]

    assert [name for name in imported if name.startswith("research.") and not name.startswith(ALLOWED)] == []
    reading = [name for name in imported if name not in WORDS and name.split(".")[0] in FORBIDDEN]
    assert reading == []


@pytest.mark.parametrize("path", sorted((FOLDER / "data").glob("*.t*")), ids=lambda path: path.name)
def test_every_word_list_names_its_origin_and_a_free_licence(path):
    head = [line for line in path.read_text().splitlines() if line.startswith("#")]

    assert any(line.startswith("# Origin: ") for line in head)
    assert any(line.startswith(("# Licence: CC0 1.0", "# Licence: Open Government Licence")) for line in head)


def test_every_rule_says_why_it_matters_and_who_says_so():
    assert all(rule.title and rule.why and rule.source for rule in RULES.values())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.headline)
def test_a_faithful_summary_raises_no_finding_of_danger(example):
    findings = check_draft(draft_of(example.content, example.facts, today=date(2026, 11, 25)))

    harmless = {
        "hard_term",
        "abbreviation",
        "unsupported",
        "plain_term_first",
        "stronger_than_design",
        "relative_alone",
    }
    assert {finding.rule.key for finding in findings} <= harmless


def test_one_finding_for_a_rule_and_a_sentence_and_the_same_ones_again():
    content = ArticleContent(title="621 and 722 people are cured", summary="Take it. 933 people are cured.")
    example = EXAMPLES[0]

    first = check_draft(draft_of(content, example.facts, today=date(2026, 11, 25)))

    keys = [finding.key for finding in first]
    assert len(keys) == len(set(keys))
    assert first == check_draft(draft_of(content, example.facts, today=date(2026, 11, 25)))


def test_an_empty_article_breaks_nothing():
    assert check_draft(draft_of(ArticleContent(), StudyFacts(), today=date(2026, 11, 25))) == ()


def test_a_dismissal_is_kept_when_another_sentence_is_edited():
    def keys(summary):
        content = ArticleContent(title="A miracle", summary=summary)
        return {
            f.key
            for f in check_draft(draft_of(content, StudyFacts(), today=date(2026, 11, 25)))
            if f.sentence == "A miracle"
        }

    assert keys("One.") == keys("Another one.") != set()
