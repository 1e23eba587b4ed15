"""What must be found, by whatever readers type, and what must come first."""

from datetime import timedelta

import pytest
from django.utils import timezone

from research.models import PublishedArticle
from search.parsing import MAX_WORDS, terms_in
from search.queries import answer
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


def ask(query, now=None, *, order="best", **chosen):
    return answer(query, now or timezone.now(), chosen=chosen, order=order, start=0, length=12)


def found(query, **options):
    return [row.title for row in ask(query, **options).rows]


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


@pytest.fixture
def library(db):
    """Six articles, oldest first, that the table of queries asks for."""
    now = timezone.now()
    rrms = TopicFactory(name="Relapsing-remitting MS", synonyms="RRMS\nrelapsing MS")
    microglia = TopicFactory(name="Microglia", synonyms="brain macrophages")
    pieces = [
        ("Vitamin D and relapses", "Vitamin D was no better than sugar pills.", "Relapses went on.", [rrms]),
        ("Two faces of microglia", "Cells that clean the brain.", "Inflammation was less.", [microglia]),
        ("Tablets for stiff muscles", "Baclofen and tizanidine were compared.", "Some were sleepy.", []),
        ("COVID-19 vaccination", "Most people made antibodies.", "Interferon β users did well.", []),
        ("Walking after a relapse", "Exercise helped some.", "A relapse is a new symptom.", [rrms]),
        ("Fatigue in the café", "Tumour growth was not seen. People’s energy was.", "Tiredness and microglia.", []),
    ]
    for number, (title, summary, words, topics) in enumerate(pieces):
        page = ArticlePageFactory(
            title=title, summary=summary, body=blocks.body(blocks.text(f"<p>{words}</p>")), topics=topics
        )
        publish(page, at=now - timedelta(days=30 - number))


#: What is typed, what it is an example of, and what must come first; None where nothing may be found.
TABLE = [
    ("baclofen", "rare", "Tablets for stiff muscles"),
    ("tizanidine", "rare", "Tablets for stiff muscles"),
    ("antibodies", "rare", "COVID-19 vaccination"),
    ("antibody", "rare, another form", "COVID-19 vaccination"),
    ("relapse", "common: the title that says little else", "Walking after a relapse"),
    ("relapses vitamin", "two words", "Vitamin D and relapses"),
    ("does vitamin d help with relapses?", "a question", "Vitamin D and relapses"),
    ("people antibodies", "common, with a rare one", "COVID-19 vaccination"),
    ("microglia", "the title before the text", "Two faces of microglia"),
    ("MICROGLIA", "capitals", "Two faces of microglia"),
    ("micorglia", "misspelt: letters changed places", "Two faces of microglia"),
    ("mikroglia", "misspelt: another letter", "Two faces of microglia"),
    ("microgla", "misspelt: one missing", "Two faces of microglia"),
    ("baclofene", "misspelt: one too many", "Tablets for stiff muscles"),
    ("vaccinatoin", "misspelt", "COVID-19 vaccination"),
    ("fatige", "misspelt, short", "Fatigue in the café"),
    ("tumor", "American", "Fatigue in the café"),
    ("vitamn d relapses", "one of three misspelt", "Vitamin D and relapses"),
    ("RRMS", "synonym", "Walking after a relapse"),
    ("rrms vitamin", "synonym with another word", "Vitamin D and relapses"),
    ("relapsing remitting ms", "name without its hyphen", "Walking after a relapse"),
    ("brain macrophages", "synonym of two words", "Two faces of microglia"),
    ("covid 19", "joined, typed apart", "COVID-19 vaccination"),
    ("covid-19", "joined", "COVID-19 vaccination"),
    ("interferon beta", "the name of a Greek letter", "COVID-19 vaccination"),
    ("interferon β", "a Greek letter", "COVID-19 vaccination"),
    ("cafe", "without its accent", "Fatigue in the café"),
    ("vaccin", "the beginning of a word", "COVID-19 vaccination"),
    ('"stiff muscles"', "a phrase", "Tablets for stiff muscles"),
    ('"muscles stiff"', "no such phrase, but its words", "Tablets for stiff muscles"),
    ("microglia baclofen", "no article has both", "Two faces of microglia"),
    ("microglia zzyzx", "one word that no article has", "Two faces of microglia"),
    ("zzyzx", "nonsense", None),
    ("10.1000/nothing", "a DOI that nobody covered", None),
    ("' OR 1=1 --", "hostile", None),
    ('"', "hostile", None),
    ("microglia\x00", "hostile", "Two faces of microglia"),
    ('microglia" OR title:* NEAR(a', "hostile", "Two faces of microglia"),
    ("microglia & !(x | y) <-> :*", "hostile", "Two faces of microglia"),
    ("title:microglia", "hostile", "Two faces of microglia"),
]


def test_the_table_of_queries(library):
    wrong = {
        (query, example_of): came_first
        for query, example_of, first in TABLE
        if (came_first := next(iter(found(query)), None)) != first
    }

    assert wrong == {}


FINDING = [
    "lesions",
    "LESIONS",
    "lesion",
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
]
NOT_FINDING = ["xyzzy", "10.1000/other", "12345", "<i></xyz>", "%", "_", "100%", "\\", "'"]


def test_an_article_is_found_by_its_words_its_topics_and_its_source(public):
    assert [query for query in FINDING if found(query) != ["Lesions shrink"]] == []


def test_what_no_article_has_is_not_found(public):
    assert [query for query in NOT_FINDING if found(query)] == []


HOSTILE = [
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
    "-" * 190 + "a-b",
    "🧠",
    "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "‮evil",
    "ﬁ ½ ² Ⅻ ①",
    "नमस्ते 中文 العربية",
    "10.1000/" + "x" * 400,
]


@pytest.mark.parametrize("order", ["best", "newest", "credible"])
def test_no_query_breaks_the_search(public, order):
    for query in HOSTILE:
        assert set(found(query, order=order)) <= {"Lesions shrink"}, query


def test_a_nul_in_a_doi_is_passed_over(public):
    assert found("10.1000/abc\x00") == ["Lesions shrink"]


def test_a_query_has_at_most_twelve_words():
    assert len(terms_in("word " * 50)) == MAX_WORDS == 12


def test_titles_rank_before_summaries_and_summaries_before_the_rest(db):
    publish(ArticlePageFactory(title="In the text", body=blocks.body(blocks.text("<p>fatigue</p>"))))
    publish(ArticlePageFactory(title="In the summary", summary="On fatigue."))
    publish(ArticlePageFactory(title="Fatigue"))

    assert found("fatigue") == ["Fatigue", "In the summary", "In the text"]


def test_what_was_looked_for_instead_is_told(library):
    corrected, missing, some = ask("micorglia"), ask("microglia zzyzx"), ask("microglia baclofen")

    assert corrected.corrected == {"micorglia": "microglia"}
    assert missing.missing == ("zzyzx",)
    assert some.only_some
    assert not ask("microglia").only_some


def test_the_orders(library):
    newest = found("rrms", order="newest")

    assert newest == ["Walking after a relapse", "Vitamin D and relapses"]


def test_facets_alone_list_what_has_them(library):
    topic = "relapsing-remitting-ms"

    assert found("", topic=topic, order="newest") == ["Walking after a relapse", "Vitamin D and relapses"]
    assert found("vitamin", topic=topic) == ["Vitamin D and relapses"]
    assert found("baclofen", topic=topic) == []
    assert found("", topic="no-such-topic") == []


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
    assert found("lesions") == ["Lesions shrink"]


def test_a_retracted_article_is_found(public):
    StudyNoticeFactory(study=public.study)

    assert found("lesions") == ["Lesions shrink"]
    assert not PublishedArticle.objects.listable(timezone.now()).exists()
