from dataclasses import replace
from datetime import date

from research.checking.checks import check_draft, draft_of
from research.checking.claims import ClaimKind, as_stored, claims_of
from research.checking.facts import StudyFacts
from research.checking.passages import SourceKind, SourceText, find_passage
from research.content.article import ArticleContent, BlockContent, SectionContent

SOURCE = SourceText(
    SourceKind.ABSTRACT, (("", "Fatigue improved in 43% of people on arvelidine, and in 31% on placebo."),)
)
FACTS = StudyFacts(texts=(SOURCE,))


def test_an_invented_result_is_seen_and_a_real_one_is_not(found_in):
    findings = found_in("unsupported", "The researchers found fewer heart attacks in Norway.",
                        "They found that fatigue improved in 43% of people.", facts=FACTS)  # fmt: skip

    assert [finding.sentence for finding in findings] == ["The researchers found fewer heart attacks in Norway."]


def test_a_declared_sentence_is_not_asked_about_again(found_in):
    title = "Researchers found heart attacks in Norway"
    (claim,) = claims_of(ArticleContent(title=title))

    stored = as_stored([replace(claim, kind=ClaimKind.BACKGROUND)])

    assert found_in("unsupported", title=title, facts=FACTS)
    assert found_in("unsupported", title=title, facts=FACTS, stored=stored) == []


def test_a_claim_reopens_when_its_source_text_changes(found_in):
    title = "Fatigue improved"
    (claim,) = claims_of(ArticleContent(title=title))
    passage = find_passage("Fatigue improved in 43%", SOURCE)
    stored = as_stored([replace(claim, kind=ClaimKind.SUPPORTED, passages=(passage,))])
    changed = StudyFacts(texts=(SourceText(SOURCE.kind, (("", "Fatigue improved in 34%."),)),))

    assert found_in("passage_lost", title=title, facts=FACTS, stored=stored) == []
    assert found_in("passage_lost", title=title, facts=changed, stored=stored)


def without_origin(**origin):
    values = {"denominator": 100, "before": 7, "after": 4, "outcome": "had one"} | (
        {"origin": origin} if origin else {}
    )
    content = ArticleContent(sections=(SectionContent("what_they_found", (BlockContent("numbers", values),)),))
    findings = check_draft(draft_of(content, FACTS, today=date(2026, 11, 25)))
    return [finding.words for finding in findings if finding.rule.key == "origin_missing"]


def test_each_number_of_a_block_says_where_it_comes_from():
    passage = {"quote": "from 7 to 4 in 100", "locator": "p. 7"}

    assert without_origin() == [("4", "7")]
    assert without_origin(after=passage) == [("7",)]
    assert without_origin(after=passage, before=passage) == []
