from datetime import timedelta

import pytest
from django.utils import timezone

from research.models import PublishedArticle
from search.queries import MAX_WORDS, find_articles, words_in
from tests.factories import (
    ArticlePageFactory,
    StudyFactory,
    StudyNoticeFactory,
    TopicFactory,
    blocks,
    publish,
    unpublish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def public(db):
    """One public article with known words in every place."""
    return publish(
        ArticlePageFactory(
            title="Lesions shrink",
            summary="A drug for spasms.",
            key_takeaway="<p>Walking <b>improved</b>.</p>",
            body=blocks.body(blocks.text("<p>Half the people took <i>baclofen</i>.</p>"), limits="Very small."),
            topics=[TopicFactory(name="Microglia", synonyms="brain macrophages")],
            study=StudyFactory(doi="10.1000/abc", pmid="29999999"),
        )
    )


def found(query, now=None):
    return [row.page_id for row in find_articles(query, now or timezone.now()).order_by("rank", "-published_at")]


@pytest.mark.parametrize(
    "query",
    [
        "lesions",
        "LESIONS",
        "spasms",
        "walking improved",
        "baclofen",
        "small",
        "microglia",
        "macrophages",
        "lesions baclofen",
        "microglia baclofen",
        "10.1000/abc",
        "https://doi.org/10.1000/ABC",
        "doi:10.1000/abc.",
        "29999999",
        "PMID: 29999999",
    ],
)
def test_an_article_is_found_by_its_words_its_topics_and_its_source(public, query):
    assert found(query) == [public.pk]


@pytest.mark.parametrize("query", ["lesions unheard", "xyzzy", "10.1000/other", "12345", "<i>baclofen</xyz>"])
def test_what_does_not_hold_every_word_is_not_found(public, query):
    assert found(query) == []


@pytest.mark.parametrize("query", ["%", "_", "100%", "a_b", "l_sions", "\\", "'"])
def test_signs_with_a_meaning_in_sql_mean_themselves(public, query):
    assert found(query) == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        '"',
        "'; DROP TABLE x; --",
        "lesions\x00",
        "\x00",
        "10.1000/abc\x00",
        '"lesions" OR NOT (NEAR)',
        "lesions*",
        "a" * 5000,
        "word " * 500,
        "🧠",
        "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        "‮evil",
        "10.1000/" + "x" * 400,
    ],
)
def test_no_query_breaks_the_search(public, query):
    assert set(found(query)) <= {public.pk}


def test_a_nul_in_a_doi_is_passed_over(public):
    assert found("10.1000/abc\x00") == [public.pk]


def test_a_query_has_at_most_twelve_words():
    assert len(words_in("word " * 50)) == MAX_WORDS == 12


def test_titles_rank_before_summaries_and_summaries_before_the_rest(db):
    in_text = publish(ArticlePageFactory(body=blocks.body(blocks.text("<p>fatigue</p>"))))
    in_summary = publish(ArticlePageFactory(summary="On fatigue."))
    in_title = publish(ArticlePageFactory(title="Fatigue"))

    assert found("fatigue") == [in_title.pk, in_summary.pk, in_text.pk]


def test_drafts_and_what_is_no_longer_public_are_never_found(db):
    now = timezone.now()
    ArticlePageFactory(title="Fatigue, a draft")
    unpublish(publish(ArticlePageFactory(title="Fatigue, withdrawn")))
    private = publish(ArticlePageFactory(title="Fatigue, private"))
    private.view_restrictions.create(restriction_type="login")
    publish(ArticlePageFactory(title="Fatigue, expired", expire_at=now - timedelta(days=1)), at=now - timedelta(days=2))

    assert found("fatigue") == []


def test_a_draft_of_a_public_article_is_not_searched(public):
    public.title = "Something about fatigue"
    public.save_revision()

    assert found("fatigue") == []
    assert found("lesions") == [public.pk]


def test_a_retracted_article_is_found(public):
    StudyNoticeFactory(study=public.study)

    assert found("lesions") == [public.pk]
    assert not PublishedArticle.objects.listable(timezone.now()).exists()
