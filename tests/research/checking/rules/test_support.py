from dataclasses import replace

from research.checking.claims import ClaimKind, as_stored, claims_of
from research.checking.facts import StudyFacts
from research.checking.passages import SourceKind, SourceText, find_passage
from research.content.article import ArticleContent

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
