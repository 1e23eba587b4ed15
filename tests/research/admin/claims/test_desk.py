"""The writer's ledger of claims: one click links a sentence, exactly and beside the source."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from research.checking.claims import claims_of
from research.content.article import content_of
from research.models import ArticlePage
from research.review.claims.texts import texts_behind
from tests.factories import AppraisalFactory, ArticlePageFactory, approve, blocks, edit, submit

pytestmark = pytest.mark.django_db
RESULT = "Relapses fell from 7% to 4% in one year."
SENTENCE = "Relapses fell to 4%."


@pytest.fixture
def draft(article, writer):
    article.study.abstract = [["METHODS", "We followed 53 people."], ["RESULTS", RESULT]]
    article.study.save()
    return edit(article, writer, body=blocks.body(blocks.text(f"<p>{SENTENCE} MS is common.</p>"), blocks.numbers()))


@pytest.fixture
def desk(client, draft, writer):
    """Say something of a sentence of the draft as its writer; return the answer."""
    client.force_login(writer)

    def say(sentence=SENTENCE, **data):
        return client.post(reverse("research_say_claim", args=[draft.pk]), {"claim": key_of(draft, sentence), **data})

    return say


def key_of(page, sentence):
    newest = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    return next(claim.key for claim in claims_of(content_of(newest)) if claim.text == sentence)


def claim(page, sentence=SENTENCE):
    newest = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    return next(found for found in claims_of(content_of(newest)) if found.text == sentence)


def screen(client, draft):
    return BeautifulSoup(client.get(reverse("research_claim_desk", args=[draft.pk])).content, "html.parser")


def test_a_version_that_is_public_is_not_written_over(draft, desk, writer, reviewer):
    approve(submit(draft, writer), reviewer)
    pinned = ArticlePage.objects.get(pk=draft.pk).latest_revision
    assert pinned.user_id == writer.pk
    before = content_of(pinned.as_object()).digest

    desk(say="explanation")

    pinned.refresh_from_db()
    assert content_of(pinned.as_object()).digest == before
    assert ArticlePage.objects.get(pk=draft.pk).latest_revision_id != pinned.pk
    assert claim(draft).kind == "explanation"


def test_what_is_said_one_after_the_other_is_one_version(draft, desk, writer):
    desk(say="explanation")
    after_one = draft.revisions.count()

    desk(say="question")

    assert draft.revisions.count() == after_one


def test_the_likeliest_passage_is_offered_first_and_taken_with_one_click(client, draft, desk, writer):
    client.force_login(writer)
    card = screen(client, draft).select_one(f"#c-{key_of(draft, SENTENCE)}")
    offer = card.select_one("button[name=offer]")
    assert RESULT in offer.get_text()

    desk(offer=offer["value"])

    (passage,) = claim(draft).passages
    assert passage.quote == RESULT
    assert passage.source == texts_behind(draft)[0].hash
    assert claim(draft).kind == "supported"


@pytest.mark.parametrize("said", ["background", "explanation", "question"])
def test_a_sentence_is_declared_with_one_click_and_taken_back(draft, desk, said):
    desk("MS is common.", say=said)
    assert claim(draft, "MS is common.").kind == said

    desk("MS is common.", say="nothing")
    assert claim(draft, "MS is common.").kind == ""


def test_background_names_its_own_source(draft, desk):
    desk("MS is common.", say="background", note="Atlas of MS, 2023")

    assert claim(draft, "MS is common.").note == "Atlas of MS, 2023"


def test_a_selected_quote_is_stored_with_the_sources_own_characters(draft, desk):
    desk(say="passage", source=texts_behind(draft)[0].hash, quote="from  7% to\n4% in one")

    assert claim(draft).passages[0].quote == "from 7% to 4% in one"


@pytest.mark.parametrize(
    ("quote", "said"),
    [("from 7% to", "at least 12 characters"), ("Relapses fell from 7% to 5%", "not in the stored abstract")],
)
def test_a_quote_that_is_too_short_or_not_there_is_refused_at_its_sentence(draft, desk, quote, said):
    response = desk(say="passage", source=texts_behind(draft)[0].hash, quote=quote)

    assert response.status_code == 400
    card = BeautifulSoup(response.content, "html.parser").select_one(f"#c-{key_of(draft, SENTENCE)}")
    assert said in card.select_one("[role=alert]").get_text()
    assert claim(draft).kind == ""


def test_a_typed_quote_needs_its_page_and_is_marked(client, draft, desk, writer):
    assert desk(say="passage", source="", quote="Relapses fell in one year.").status_code == 400

    desk(say="passage", source="", quote="Relapses fell in one year.", page="p. 7")

    (passage,) = claim(draft).passages
    assert (passage.locator, passage.is_machine_checked) == ("p. 7", False)
    client.force_login(writer)
    assert "not machine-checked" in screen(client, draft).select_one(f"#c-{key_of(draft, SENTENCE)}").get_text()


def test_one_click_says_where_the_numbers_come_from_that_stand_in_the_passage(draft, desk):
    text = texts_behind(draft)[0]
    sentence = next(c.text for c in claims_of(content_of(draft)) if c.block_kind == "numbers")

    desk(sentence, say="passage", source=text.hash, quote=RESULT)

    assert set(origin(draft)) == {"before", "after"}


def test_one_number_has_an_origin_of_its_own(draft, desk):
    text = texts_behind(draft)[0]
    sentence = next(c.text for c in claims_of(content_of(draft)) if c.block_kind == "numbers")
    field = "sections/what_they_found/1/before"

    desk(sentence, say="passage", source=text.hash, quote="fell from 7%", number=field)
    assert set(origin(draft)) == {"before"}

    desk(sentence, drop_number=field)
    assert origin(draft) == {}


def origin(draft):
    newest = ArticlePage.objects.get(pk=draft.pk).get_latest_revision_as_object()
    return content_of(newest).sections[0].blocks[1].values.get("origin", {})


@pytest.mark.parametrize(
    "data",
    [
        {"say": "supported"},
        {"say": ""},
        {"say": "passage", "source": "0" * 64, "quote": RESULT},
        {"offer": "x"},
        {"offer": "x y z"},
        {"earlier": "7"},
        {"earlier": "²"},
        {"say": "passage", "source": "", "quote": RESULT, "page": "p. 1", "number": "sections/nowhere/1/after"},
    ],
)
def test_what_says_nothing_changes_nothing(draft, desk, data):
    assert desk(**data).status_code == 400
    assert claim(draft).kind == ""


def test_an_offer_beyond_the_text_is_refused(draft, desk):
    text = texts_behind(draft)[0]

    assert desk(offer=f"{text.hash} 9999999 9999999").status_code == 400
    assert desk(offer=f"{text.hash} 5 5").status_code == 400


def test_the_link_of_a_sentence_that_was_edited_is_offered_again(client, draft, desk, writer):
    desk(say="passage", source=texts_behind(draft)[0].hash, quote=RESULT)
    changed = "Relapses fell to about 4%."
    newest = ArticlePage.objects.get(pk=draft.pk)
    edit(newest, writer, body=blocks.body(blocks.text(f"<p>{changed} MS is common.</p>"), blocks.numbers()))
    client.force_login(writer)
    card = screen(client, draft).select_one(f"#c-{key_of(newest, changed)}")

    desk_button = card.select_one("button[name=earlier]")
    client.post(
        reverse("research_say_claim", args=[draft.pk]),
        {"claim": key_of(newest, changed), "earlier": desk_button["value"]},
    )

    assert claim(draft, changed).passages[0].quote == RESULT


def test_linking_makes_one_revision_of_the_writers_own(draft, desk, writer):
    desk("MS is common.", say="background")
    before = ArticlePage.objects.get(pk=draft.pk).revisions.count()

    desk(say="explanation")

    assert ArticlePage.objects.get(pk=draft.pk).revisions.count() == before


@pytest.mark.parametrize("role", ["reviewer", "stranger"])
def test_who_may_not_edit_may_not_link(client, draft, role, reviewer):
    from tests.factories import UserFactory

    client.force_login(reviewer if role == "reviewer" else UserFactory())
    address = reverse("research_say_claim", args=[draft.pk])

    response = client.post(address, {"claim": key_of(draft, SENTENCE), "say": "explanation"})

    assert response.status_code in (302, 403)
    assert claim(draft).kind == ""


def test_nothing_is_linked_while_a_reviewer_reads(client, draft, desk, writer):
    submit(draft, writer)

    assert desk(say="explanation").status_code in (302, 403)
    assert claim(draft).kind == ""


def test_the_desk_costs_no_more_statements_with_more_sentences(client, section, writer, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(writer)

    def page(slug, count):
        words = " ".join(f"Sentence number {number} of them all." for number in range(count))
        return ArticlePageFactory(
            parent=section,
            by=writer,
            slug=slug,
            appraisals=[AppraisalFactory.build()],
            body=blocks.body(blocks.text(f"<p>{words}</p>")),
        )

    short, long = page("short", 1), page("long", 40)
    client.get(reverse("research_claim_desk", args=[short.pk]))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("research_claim_desk", args=[short.pk]))

    with django_assert_max_num_queries(len(one)):
        client.get(reverse("research_claim_desk", args=[long.pk]))


def test_beside_the_text_the_ledger_stands_without_the_admins_menu(client, draft, writer):
    client.force_login(writer)
    address = reverse("research_claim_desk", args=[draft.pk])

    assert "wagtail-sidebar" in client.get(address).content.decode()
    beside = client.get(f"{address}?beside=1")

    assert "wagtail-sidebar" not in beside.content.decode()
    assert "data-claim-desk" in beside.content.decode()
    assert beside["X-Frame-Options"] == "SAMEORIGIN"
