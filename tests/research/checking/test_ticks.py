import pytest

from research.checking.claims import claims_of
from research.checking.ticks import needs_tick
from research.content.article import ArticleContent


@pytest.mark.parametrize(
    "sentence", ["It was seen in 53 people.", "Smoking causes it.", "You should take it.", "Half did."]
)
def test_a_number_a_cause_or_a_recommendation_must_be_ticked(sentence):
    _, claim = claims_of(ArticleContent(title="A title", summary=sentence))

    assert needs_tick(claim)


def test_title_and_takeaway_must_be_ticked_and_an_explanation_may_be():
    content = ArticleContent(title="A title", summary="Nerves carry signals.", key_takeaway="<p>It is common.</p>")

    assert [needs_tick(claim) for claim in claims_of(content)] == [True, False, True]
