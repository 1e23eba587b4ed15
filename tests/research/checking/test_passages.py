import pytest

from research.checking.claims import claims_of
from research.checking.passages import QuoteNotFoundError, SourceKind, SourceText, find_passage, typed_passage
from research.checking.proposing import PassageIndex
from research.content.article import ArticleContent

ABSTRACT = SourceText(
    SourceKind.ABSTRACT,
    (
        ("METHODS", "We put 612 adults into two groups. They took tablets for 24 weeks."),
        ("RESULTS", "Fatigue improved in 43% of those on arvelidine. Relapses occurred in 18 of 308 people."),
    ),
)


def test_a_passage_says_where_it_stands_and_in_which_text():
    passage = find_passage("improved  in 43%", ABSTRACT)

    assert passage.quote == "improved in 43%"
    assert passage.locator.startswith("abstract:RESULTS@")
    start, end = map(int, passage.locator.split("@")[1].split("-"))
    assert ABSTRACT.text[start:end] == passage.quote
    assert passage.source == ABSTRACT.hash


def test_another_version_of_the_text_no_longer_holds_the_passage():
    passage = find_passage("Fatigue improved in 43%", ABSTRACT)
    corrected = SourceText(ABSTRACT.kind, (*ABSTRACT.parts, ("", "A correction.")))

    assert passage.stands_in([ABSTRACT])
    assert not passage.stands_in([corrected])


@pytest.mark.parametrize("quote", ["", "43%", "in 43% of t", "            "])
def test_fewer_than_twelve_characters_are_no_passage(quote):
    with pytest.raises(QuoteNotFoundError, match="at least 12"):
        find_passage(quote, ABSTRACT)


def test_twelve_characters_are_enough():
    assert find_passage("in 43% of th", ABSTRACT).quote == "in 43% of th"


def test_a_quote_may_not_be_the_whole_paper():
    with pytest.raises(QuoteNotFoundError, match="at most"):
        find_passage("word " * 200, ABSTRACT)


def test_a_wrong_quote_is_refused_with_the_closest_sentence():
    with pytest.raises(QuoteNotFoundError) as refused:
        find_passage("Fatigue improved in 34% of those on arvelidine", ABSTRACT)

    assert refused.value.closest == "Fatigue improved in 43% of those on arvelidine."


def test_a_quote_that_resembles_nothing_has_no_closest_sentence():
    with pytest.raises(QuoteNotFoundError) as refused:
        find_passage("zzzz qqqq xxxx wwww", ABSTRACT)

    assert refused.value.closest == ""


def test_a_typed_quote_needs_its_page():
    with pytest.raises(QuoteNotFoundError, match="where the quote stands"):
        typed_passage("Fatigue improved in 43%", " ")


def test_shared_numbers_come_before_shared_words():
    (claim,) = claims_of(ArticleContent(title="In the groups 43% felt better on tablets for weeks"))

    proposals = PassageIndex([ABSTRACT]).proposals_for(claim)

    assert "43%" in proposals[0].passage.quote
    assert proposals[0].shared_numbers == 1
    assert all(proposal.passage.stands_in([ABSTRACT]) for proposal in proposals)


def test_stems_meet_whatever_the_ending():
    (claim,) = claims_of(ArticleContent(title="A relapse occurring"))

    assert "Relapses occurred" in PassageIndex([ABSTRACT]).proposals_for(claim)[0].passage.quote


def test_a_sentence_on_something_else_gets_no_proposal():
    (claim,) = claims_of(ArticleContent(title="Whales sing below the ice"))

    assert PassageIndex([ABSTRACT]).proposals_for(claim) == ()


def test_nothing_stored_proposes_nothing():
    (claim,) = claims_of(ArticleContent(title="Fatigue improved"))

    assert PassageIndex([]).proposals_for(claim) == ()
