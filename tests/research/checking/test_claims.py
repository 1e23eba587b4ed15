from dataclasses import replace

import pytest

from research.checking.claims import (
    ClaimKind,
    StoredClaimError,
    as_stored,
    claims_of,
    numbers_sentence,
    sentence_digest,
)
from research.checking.passages import Passage, SourceKind, SourceText, find_passage, typed_passage
from research.content.article import ArticleContent, BlockContent, SectionContent

SOURCE = SourceText(SourceKind.ABSTRACT, (("RESULTS", "Relapses fell from 7% to 4% in one year."),))


def article(*paragraphs, title="A title", kind="text", values=None):
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    block = BlockContent(kind, values or {"html": html})
    return ArticleContent(title=title, sections=(SectionContent("what_they_found", (block,)),))


def supported(claim):
    return replace(claim, kind=ClaimKind.SUPPORTED, passages=(find_passage("fell from 7% to 4%", SOURCE),))


def test_every_sentence_of_the_article_is_a_claim_in_reading_order():
    content = ArticleContent(
        title="A title. With two parts",
        summary="One. Two.",
        key_takeaway="<p>Three.</p>",
        sections=(
            SectionContent(
                "what_they_found",
                (
                    BlockContent("text", {"html": "<h3>Four</h3><p>Five. Six.</p>"}),
                    BlockContent("figure", {"caption": "Seven.", "alternative_text": "Eight.", "credit": "J. Park"}),
                    BlockContent("numbers", {"denominator": 100, "before": 7, "after": 4, "outcome": "relapsed"}),
                    BlockContent(
                        "table", {"table": {"rows": [["Group", "Share"], ["Drug", "4%"]], "header_row": True}}
                    ),
                ),
            ),
        ),
    )

    claims = claims_of(content)

    assert [claim.text for claim in claims] == [
        "A title. With two parts", "One.", "Two.", "Three.", "Four", "Five.", "Six.", "Seven.", "Eight.",
        "4 in 100 people relapsed, instead of 7 in 100.", "Group: Drug; Share: 4%",
    ]  # fmt: skip
    assert claims[5].field == "sections/what_they_found/0/html"
    assert [claim.is_heading for claim in claims[4:6]] == [True, False]


def test_a_span_cuts_the_sentence_out_of_its_fields_words():
    claims = claims_of(article("One. Two.", "Three."))

    words = "One. Two.\nThree."
    assert [words[slice(*claim.span)] for claim in claims[1:]] == ["One.", "Two.", "Three."]


def test_an_edited_sentence_loses_its_link_and_the_others_keep_theirs():
    first, second = (supported(claim) for claim in claims_of(article("It fell to 4%. It was small."))[1:])
    stored = as_stored([first, second])

    after = claims_of(article("It was small. It fell to 5%."), stored)[1:]

    assert [(claim.text, claim.kind) for claim in after] == [("It was small.", "supported"), ("It fell to 5%.", "")]
    assert after[0].passages == second.passages


def test_links_survive_a_move_into_another_block():
    stored = as_stored([supported(claims_of(article("It fell to 4%."))[1])])
    moved = claims_of(article("New first paragraph.", "It fell to 4%."), stored)

    assert [claim.kind for claim in moved] == ["", "", "supported"]


def test_equal_sentences_are_told_apart_by_their_order():
    claims = claims_of(article("They were alike.", "They were alike."))[1:]

    assert claims[0].digest == claims[1].digest
    assert claims[0].key != claims[1].key


def test_what_is_stored_reads_back_the_same():
    content = article("It fell to 4%. Why? It is common.")
    _, first, question, common = claims_of(content)
    declared = [
        supported(first),
        replace(question, kind=ClaimKind.QUESTION),
        replace(
            common, kind=ClaimKind.BACKGROUND, note="NHS", passages=(typed_passage("It is a common one.", "p. 7"),)
        ),
    ]

    again = claims_of(content, as_stored(declared))

    assert list(again[1:]) == declared


def test_nothing_declared_stores_nothing():
    assert as_stored(claims_of(article("One. Two."))) == []


@pytest.mark.parametrize(
    "entry",
    [{}, {"digest": "a"}, {"digest": "a", "kind": "true"}, "text",
     {"digest": "a", "kind": "supported", "passages": [{}]},
     {"digest": "a", "kind": "supported", "passages": 3}],
)  # fmt: skip
def test_a_stored_claim_of_another_shape_is_refused_with_what_is_wrong(entry):
    with pytest.raises(StoredClaimError, match="cannot be read"):
        claims_of(article("One."), [entry])


@pytest.mark.parametrize("other", ["It fell to 5%.", "it fell to 4%.", "It fell to 4 %.", "It fell to −4%."])
def test_a_changed_sign_is_another_digest(other):
    assert sentence_digest(other) != sentence_digest("It fell to 4%.")


def test_white_space_is_no_change():
    assert sentence_digest(" It  fell\nto 4%. ") == sentence_digest("It fell to 4%.")


def test_a_typed_quote_is_marked_as_not_machine_checked():
    passage = typed_passage("Relapses fell in one year", "Table 2")

    assert not passage.is_machine_checked
    assert not passage.stands_in([SOURCE])
    assert Passage.from_stored(passage.as_stored()) == passage


def test_numbers_in_people_name_both_groups():
    values = {"denominator": 1000, "before": 7, "before_label": "usual care", "after": 4, "after_label": "the drug",
              "counted": "people", "outcome": "had a relapse."}  # fmt: skip

    assert numbers_sentence(values) == "4 in 1000 people (the drug) had a relapse, instead of 7 in 1000 (usual care)."
