"""Links follow their sentences through edits, and are sealed with the words."""

import pytest

from research.checking import sentences
from research.checking.claims import ClaimKind, claims_of
from research.checking.passages import find_passage
from research.content.article import content_of
from research.content.stored import read_canonical
from research.models import ArticlePage
from research.review.claims.links import declare, earlier_links, set_origin
from research.review.claims.texts import texts_behind
from tests.factories import blocks, edit, publish

pytestmark = pytest.mark.django_db
ABSTRACT = [["RESULTS", "Relapses fell from 7 to 4 in 100 people. Fatigue did not change."]]
FIRST, SECOND = "Fewer people had one in that year.", "Fatigue stayed the same."


@pytest.fixture
def draft(article, writer):
    """The article with two sentences of which the first is linked to the abstract."""
    article.study.abstract = ABSTRACT
    article.study.save()
    draft = edit(article, writer, body=blocks.body(blocks.text(f"<p>{FIRST} {SECOND}</p>")))
    link(draft, FIRST, "Relapses fell from 7 to 4")
    draft.save_revision(user=writer)
    return newest(draft)


def newest(page):
    return ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()


def link(draft, sentence, quote):
    return declare(draft, key_of(draft, sentence), ClaimKind.SUPPORTED, [find_passage(quote, texts_behind(draft)[0])])


def key_of(draft, sentence):
    return next(claim.key for claim in claims_of(content_of(draft)) if claim.text == sentence)


def kinds(draft):
    return {claim.text: claim.kind for claim in claims_of(content_of(draft)) if claim.kind}


def test_a_link_is_sealed_with_the_words(draft, reviewer):
    publish(draft, reviewer)

    (stored,) = read_canonical(content_of(draft).canonical).claims
    assert stored["kind"] == "supported"
    assert stored["passages"] == [
        {
            "quote": "Relapses fell from 7 to 4",
            "locator": "abstract:RESULTS@0-25",
            "source": texts_behind(draft)[0].hash,
            "study": str(draft.study.subject_uuid),
        }
    ]


def test_a_changed_sentence_loses_its_link_and_another_one_keeps_it(draft, writer):
    link(draft, SECOND, "Fatigue did not change.")
    after = edit(
        draft, writer, claims=draft.claims, body=blocks.body(blocks.text(f"<p>{FIRST} Fatigue was alike.</p>"))
    )

    assert kinds(after) == {FIRST: "supported"}


def test_words_added_to_a_sentence_make_it_another_one(article, writer):
    article.study.abstract = ABSTRACT
    article.study.save()
    draft = edit(article, writer, body=blocks.body(blocks.text("<ul><li>Fewer relapses in people</li></ul>")))
    link(draft, "Fewer relapses in people", "Relapses fell from 7 to 4")

    more = "<ul><li>Fewer relapses in people of all ages</li></ul>"
    after = edit(draft, writer, claims=draft.claims, body=blocks.body(blocks.text(more)))

    assert kinds(after) == {}


def test_a_sentence_that_comes_back_has_its_link_again(draft, writer):
    body = blocks.body(blocks.text(f"<p>Fewer people had a setback. {SECOND}</p>"))
    edited = edit(draft, writer, body=body)
    assert kinds(edited) == {}
    assert len(earlier_links(edited)) == 1

    again = edit(edited, writer, body=blocks.body(blocks.text(f"<p>{FIRST} {SECOND}</p>")))

    assert kinds(again) == {FIRST: "supported"}
    assert earlier_links(again) == []


def test_a_moved_sentence_keeps_its_link_and_says_where_it_stands_now(draft, writer):
    body = blocks.body(blocks.text(f"<p>{SECOND}</p>"), blocks.text(f"<p>New. {FIRST}</p>"))

    after = edit(draft, writer, body=body)

    (stored,) = content_of(after).claims
    assert (stored["field"], stored["span"]) == ("sections/what_they_found/1/html", [5, 5 + len(FIRST)])


def test_another_splitter_changes_no_digest_and_loses_no_link(draft, monkeypatch):
    before = content_of(draft)
    monkeypatch.setattr(
        sentences.sentencex, "get_sentence_boundaries", lambda _, text: [{"start_index": 0, "end_index": len(text)}]
    )

    assert content_of(draft).digest == before.digest
    assert kinds(draft) == {FIRST: "supported"}


def test_taking_back_forgets_the_link_for_good(draft, writer):
    declare(draft, key_of(draft, FIRST), ClaimKind.UNDECLARED)
    draft.save_revision(user=writer)

    after = newest(draft)
    assert (after.claims, after.claims_set_aside) == ([], [])


def test_a_sentence_that_is_gone_is_declared_nowhere(draft):
    before = list(draft.claims)

    assert declare(draft, "0" * 32, ClaimKind.EXPLANATION) is None
    assert draft.claims == before


def test_an_article_without_links_seals_as_before(article):
    assert '"claims"' not in content_of(article).canonical


# Origins of numbers


@pytest.fixture
def numbers(article, writer):
    article.study.abstract = ABSTRACT
    article.study.save()
    return edit(article, writer, body=blocks.body(blocks.text(), blocks.numbers()))


def passage(draft):
    return find_passage("from 7 to 4 in 100 people", texts_behind(draft)[0])


def origins(draft):
    return [block.values.get("origin", {}) for block in content_of(draft).sections[0].blocks if block.kind == "numbers"]


def test_the_origin_of_a_number_stands_in_its_block(numbers, writer):
    assert set_origin(numbers, "sections/what_they_found/1/after", passage(numbers))
    numbers.save_revision(user=writer)

    after = newest(numbers)
    assert origins(after) == [{"after": passage(numbers).as_stored()}]
    assert content_of(after).claims == ()


def test_origins_follow_their_block_and_go_with_its_numbers(numbers, writer):
    set_origin(numbers, "sections/what_they_found/1/after", passage(numbers))
    numbers.save_revision(user=writer)
    draft = newest(numbers)

    moved = edit(draft, writer, body=blocks.body(blocks.numbers(), blocks.text()))
    assert list(origins(moved)[0]) == ["after"]

    changed = edit(moved, writer, body=blocks.body(blocks.numbers(after=5), blocks.text()))
    assert origins(changed) == [{}]


def test_there_is_no_origin_of_a_number_that_is_not_there(numbers):
    assert not set_origin(numbers, "sections/what_they_found/0/after", passage(numbers))
    assert numbers.claims == []


def test_the_pages_of_a_copy_carry_their_links(draft, writer):
    copy = draft.copy(update_attrs={"slug": "a-copy"}, user=writer)

    assert kinds(copy.get_latest_revision_as_object()) == {FIRST: "supported"}
