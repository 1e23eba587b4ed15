"""A sentence in any block of an article is a claim: a block that nobody thought of would never be checked."""

import pytest

from research.checking.claims import claims_of
from research.content.article import content_of
from tests.factories import ArticlePageFactory
from tests.research.review.test_also_public import IN_BLOCKS, PLANT

pytestmark = pytest.mark.django_db

# Places of a block that state nothing: where a link goes, whose picture it is, who speaks; terms are signed alone.
SAYS_NOTHING = {("text", 1), ("more", 2), ("figure", 2), ("quote", 1), ("glossary_term", 0), ("glossary_term", 1)}
STATING = [
    pytest.param(make, id=f"{kind}-{number}")
    for kind, ways in IN_BLOCKS.items()
    for number, make in enumerate(ways)
    if (kind, number) not in SAYS_NOTHING
]


@pytest.mark.parametrize("make", STATING)
def test_what_a_block_states_is_a_claim(section, make):
    article = ArticlePageFactory(parent=section, **make())

    assert any(PLANT in claim.text for claim in claims_of(content_of(article)))


def test_what_states_nothing_is_a_place_that_there_is():
    assert {(kind, number) for kind, ways in IN_BLOCKS.items() for number in range(len(ways))} >= SAYS_NOTHING
