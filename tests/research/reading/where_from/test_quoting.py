"""What readers may see of a source: short quotes, longer ones only where its licence allows it."""

import pytest
from bs4 import BeautifulSoup

from research.checking.claims import ClaimKind, claims_of
from research.checking.passages import find_passage
from research.content.article import ArticleContent, Citation, content_of
from research.reading.where_from.quoting import LONGEST_SHORT_QUOTE, LONGEST_TOGETHER, where_from
from research.review.claims.links import declare
from research.review.claims.texts import texts_behind
from tests.factories import blocks, edit, publish

LONG = "word " * 60


def content(*passages, cited=()):
    claims = tuple(
        {"field": "title", "span": [0, place], "digest": "a", "kind": "supported", "passages": [passage]}
        for place, passage in enumerate(passages)
    )
    return ArticleContent(title="A title", claims=claims, also_cited=tuple(cited))


def quotes(*passages, **changes):
    return [quote for place in where_from(content(*passages, **changes))["title"] for quote in place.quotes]


def test_a_quote_is_cut_where_no_licence_lets_it_be_long():
    (quote,) = quotes({"quote": LONG, "locator": "abstract@0-300", "source": "f"})

    assert len(quote.words) <= LONGEST_SHORT_QUOTE
    assert quote.words.endswith("word …")


@pytest.mark.parametrize("licence", ["CC BY 4.0", "CC0 1.0", "CC BY-NC-ND 4.0"])
def test_an_open_licence_is_named_and_its_quotes_stand_whole(licence):
    (quote,) = quotes({"quote": LONG, "locator": "full_text:RESULTS@0-300", "source": "f", "licence": licence})

    assert (quote.words, quote.licence, quote.where) == (LONG, licence, "full text, Results")


def test_all_quotes_together_stay_a_small_part_and_the_rest_tell_only_their_place():
    many = [{"quote": f"{number} {LONG}", "locator": "abstract@0-300", "source": "f"} for number in range(30)]

    shown = [quote.words for quote in quotes(*many)]

    assert sum(map(len, shown)) <= LONGEST_TOGETHER
    assert shown[0]
    assert shown[-1] == ""


def test_a_quote_that_stands_twice_counts_once():
    same = [{"quote": LONG, "locator": "abstract@0-300", "source": "f"}] * 30

    assert all(quote.words for quote in quotes(*same))


def test_the_study_is_named_where_several_are_cited():
    cited = [Citation(study="1", title="One"), Citation(study="2", title="Two")]

    (quote,) = quotes({"quote": "As they say here", "locator": "p. 7", "study": "2"}, cited=cited)

    assert (quote.study, quote.where, quote.is_compared) == ("Two", "p. 7", False)


def test_explanations_and_questions_open_nothing():
    link = {"field": "title", "span": [0, 1], "digest": "a", "kind": "explanation"}

    assert where_from(ArticleContent(title="A", claims=(link,))) == {}


# On the page


@pytest.fixture
def public(article, writer, reviewer, db):
    article.study.abstract = [["RESULTS", "Relapses fell from 7 to 4 in 100 people."]]
    article.study.save()
    draft = edit(
        article, writer, title="Relapses fell", body=blocks.body(blocks.text("<p>They fell. So.</p>"), blocks.numbers())
    )
    passage = find_passage("Relapses fell from 7 to 4", texts_behind(draft)[0])
    for claim in claims_of(content_of(draft)):
        if claim.text in ("Relapses fell", "They fell.") or claim.block_kind == "numbers":
            declare(draft, claim.key, ClaimKind.SUPPORTED, [passage])
    draft.save_revision(user=writer)
    return publish(draft, reviewer)


def page_of(client, article):
    return BeautifulSoup(client.get(f"/ms/{article.slug}/").content, "html.parser")


def test_readers_open_where_a_sentence_comes_from_without_a_script(client, public):
    page = page_of(client, public)

    (mark,) = page.select("#what_they_found .prose details.where-from")
    assert mark.find_previous(string=True).strip().startswith("They fell.") or "They fell." in mark.parent.get_text()
    assert "Relapses fell from 7 to 4" in mark.get_text()
    assert mark.find_parent("p") is None
    assert mark.find_parent(attrs={"role": "paragraph"})


def test_title_and_blocks_have_theirs_below_them(client, public):
    page = page_of(client, public)

    assert "Relapses fell from 7 to 4" in page.select_one("header details.where-from").get_text()
    assert page.select_one("figure.numbers + details.where-from")


def test_programs_get_the_same_quotes(client, public):
    claims = client.get(f"/ms/{public.slug}/made.json").json()["claims"]

    assert {claim["sentence"] for claim in claims} >= {"Relapses fell", "They fell."}
    assert claims[0]["comes_from"] == [
        {"quote": "Relapses fell from 7 to 4", "where": "abstract, Results", "compared_by_machine": True}
    ]


def test_opening_costs_no_statement(client, public, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(f"/ms/{public.slug}/made.json")
    with CaptureQueriesContext(connection) as statements:
        client.get(f"/ms/{public.slug}/made.json")

    assert not any("fulltext" in one["sql"].lower() for one in statements)
