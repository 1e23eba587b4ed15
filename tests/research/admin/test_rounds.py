"""A second round shows the difference since the version that this reviewer read, and what was said then."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from research.models import ArticlePage, MedicalReviewState, ReviewReading
from research.newsroom.comments import add_comment, resolve
from tests.factories import approve, blocks, edit, reviewer_user, submit

pytestmark = pytest.mark.django_db
FIRST = "<p>It may help. 4 in 100 people fell ill.</p>"
SECOND = "<p>It may help. 9 in 100 people fell ill.</p>"


def screen(client, state, user, query=""):
    client.force_login(user)
    return BeautifulSoup(client.get(reverse("research_review", args=[state.pk]) + query).content, "html.parser")


def changes(page):
    part = page.select_one("[data-changes]")
    words = [one.get_text(" ", strip=True) for one in part.select(".cs-danger")]
    return part.select_one("h3").get_text(" ", strip=True), words


@pytest.fixture
def first_round(article, writer):
    draft = edit(article, writer, body=blocks.body(blocks.text(FIRST)))
    return submit(draft, writer)


def send_back(client, state, reviewer, **answers):
    client.force_login(reviewer)
    posted = {"comment": "Look at the number.", "numbers-answer": "no", "numbers-note": "The source says 9."} | answers
    client.post(reverse("research_send_back", args=[state.pk]), posted)
    state.refresh_from_db()
    assert state.status == MedicalReviewState.STATUS_REJECTED


def second_round(article, writer, html=SECOND):
    newest = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    draft = edit(newest, writer, body=blocks.body(blocks.text(html)))
    sent_back = ArticlePage.objects.get(pk=article.pk).current_workflow_state
    if sent_back is None:
        return submit(draft, writer)
    sent_back.resume(user=writer)
    return MedicalReviewState.objects.open().get()


def test_a_first_round_says_that_every_word_is_new(client, first_round, reviewer):
    heading, words = changes(screen(client, first_round, reviewer))

    assert heading == "What changed"
    assert words == []
    assert ReviewReading.objects.get().submission_id == first_round.submission_id


def test_a_second_round_shows_only_what_changed_since_it_was_read(client, article, writer, first_round, reviewer):
    screen(client, first_round, reviewer)
    send_back(client, first_round, reviewer)
    again = second_round(article, writer)

    heading, words = changes(screen(client, again, reviewer))

    assert heading.startswith("What changed since you read it")
    assert words == ["Number What they found 4 9 in 100 people fell ill."]


def test_looking_twice_at_the_new_version_keeps_the_difference(client, article, writer, first_round, reviewer):
    screen(client, first_round, reviewer)
    send_back(client, first_round, reviewer)
    again = second_round(article, writer)

    seen = [changes(screen(client, again, reviewer)) for _ in range(2)]

    assert seen[0] == seen[1]
    assert ReviewReading.objects.count() == 2


def test_who_never_opened_it_is_told_that_every_word_is_new(client, article, writer, first_round, reviewer):
    screen(client, first_round, reviewer)
    send_back(client, first_round, reviewer)
    again = second_round(article, writer)

    heading, _ = changes(screen(client, again, reviewer_user(username="second")))

    assert heading == "What changed"


def test_the_last_signature_can_be_compared_with_too(client, article, writer, first_round, reviewer):
    screen(client, first_round, reviewer)
    approve(first_round, reviewer)
    between = second_round(article, writer)
    screen(client, between, reviewer)
    send_back(client, between, reviewer)
    again = second_round(article, writer, SECOND.replace("may", "will"))

    _, since_read = changes(screen(client, again, reviewer))
    heading, since_signed = changes(screen(client, again, reviewer, "?since=signature"))

    assert len(since_read) == 1
    assert "signed it" in heading
    assert len(since_signed) == 2


@pytest.mark.parametrize("odd", ["?since=", "?since=99999999999999999999", "?since=signature", "?since=<b>"])
def test_an_odd_version_is_compared_with_nothing_else(client, article, writer, first_round, reviewer, odd):
    screen(client, first_round, reviewer)
    send_back(client, first_round, reviewer)
    again = second_round(article, writer)

    assert changes(screen(client, again, reviewer, odd))[0].startswith("What changed since you read it")


def test_what_was_answered_before_stands_beside_its_question(client, article, writer, first_round, reviewer):
    send_back(client, first_round, reviewer)
    again = second_round(article, writer)

    page = screen(client, again, reviewer)

    beside = page.select_one("#item-numbers .cs-earlier").get_text(" ", strip=True)
    assert beside.startswith("You answered on ")
    assert beside.endswith("No . The source says 9.")
    assert page.select("#item-species .cs-earlier") == []
    assert "Look at the number." in page.select_one("[data-changes]").get_text()


def test_an_editor_who_looks_leaves_no_trace_of_reading(client, first_round, editor):
    screen(client, first_round, editor)

    assert not ReviewReading.objects.exists()


def test_a_note_at_a_sentence_is_enough_to_send_back(client, first_round, reviewer):
    page = ArticlePage.objects.get(subject_uuid=first_round.subject_uuid).get_latest_revision_as_object()
    add_comment(page, reviewer, "summary", "Who says so?")
    client.force_login(reviewer)

    client.post(reverse("research_send_back", args=[first_round.pk]), {})

    first_round.refresh_from_db()
    assert first_round.status == MedicalReviewState.STATUS_REJECTED
    assert first_round.comment == "– See the note at the text."


@pytest.mark.parametrize("whose", ["another reviewer’s", "resolved", "of an earlier round"])
def test_a_note_that_says_nothing_of_this_round_is_not_enough(client, first_round, reviewer, whose):
    page = ArticlePage.objects.get(subject_uuid=first_round.subject_uuid).get_latest_revision_as_object()
    author = reviewer_user(username="second") if whose == "another reviewer’s" else reviewer
    note = add_comment(page, author, "summary", "Who says so?")
    if whose == "resolved":
        resolve(note, reviewer)
    if whose == "of an earlier round":
        type(note).objects.filter(pk=note.pk).update(created_at=first_round.started_at - timedelta(days=1))
    client.force_login(reviewer)

    answer = client.post(reverse("research_send_back", args=[first_round.pk]), {})

    first_round.refresh_from_db()
    assert first_round.status == MedicalReviewState.STATUS_IN_PROGRESS
    assert "or in a note at a sentence" in answer.content.decode()
