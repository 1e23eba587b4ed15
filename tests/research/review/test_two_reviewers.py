"""Where a section asks for two reviewers, both sign before words are public, and an editor decides a wide gap."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Comment, TaskState

from common.models import OutboxMessage
from research.models import (
    Absence,
    ArticlePage,
    BlindAnswer,
    HeldNote,
    MedicalReviewState,
    PublishedArticle,
    RatingGap,
    Release,
    SignOff,
)
from research.publishing import planning
from research.record import signature_queue as queue
from research.review import contributions
from research.review.guard import NotPermitted, Reason, refusals_for
from research.review.signing import MayNotSign
from tests.factories import approve, edit, publish, reviewer_user, sign, submit

pytestmark = pytest.mark.django_db
ALIKE = {"credibility": 3, "interest": 2}


@pytest.fixture
def section(section):
    section.two_reviewers = True
    section.save_revision().publish()
    return section


@pytest.fixture
def other(db):
    return reviewer_user(username="other")


@pytest.fixture
def state(article, writer, reviewer, other):
    return submit(article, writer)


def signs(state, user, **ratings):
    approve(MedicalReviewState.objects.get(pk=state.pk), user, ratings=ALIKE | ratings)
    state.refresh_from_db()


def sends_back(state, user, words="Number wrong."):
    MedicalReviewState.objects.get(pk=state.pk).reject(user=user, comment=words)
    state.refresh_from_db()


def newest(article):
    return ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()


def mails(prefix):
    return OutboxMessage.objects.filter(key__startswith=prefix)


def test_the_first_answer_is_kept_and_signs_nothing(state, article, reviewer):
    signs(state, reviewer)

    assert state.status == TaskState.STATUS_IN_PROGRESS
    assert not SignOff.objects.exists()
    assert not Release.objects.exists()
    assert not mails("review-signed").exists()
    assert BlindAnswer.objects.kept().get().user == reviewer


def test_the_second_signature_makes_the_release(state, article, reviewer, other):
    signs(state, reviewer)
    signs(state, other)
    planning.run_due(timezone.now())

    assert state.status == TaskState.STATUS_APPROVED
    assert [line.reviewer_id for line in SignOff.objects.order_by("sequence")] == [reviewer.pk, other.pk]
    first, second = BlindAnswer.objects.opened()
    assert [line.signed_at for line in SignOff.objects.order_by("sequence")] == [first.given_at, second.given_at]
    assert Release.objects.get().state == Release.State.DONE
    assert PublishedArticle.objects.get().digest == state.digest
    body = mails("review-signed").get().payload["body"]
    assert reviewer.get_full_name() in body
    assert other.get_full_name() in body


def test_one_reviewer_answers_once(state, reviewer):
    signs(state, reviewer)

    with pytest.raises(MayNotSign, match="answered already"), transaction.atomic():
        signs(state, reviewer)
    with pytest.raises(MayNotSign, match="answered already"), transaction.atomic():
        sends_back(state, reviewer)


def test_nobody_signs_without_ratings_of_their_own(state, reviewer):
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        signs(state, reviewer, credibility=None, interest=7)

    assert set(refused.value.message_dict) == {"credibility", "interest"}


@pytest.mark.parametrize("who", ["writer", "editor", "admin"])
@pytest.mark.parametrize("act", [signs, sends_back])
def test_no_other_role_is_one_of_the_two(state, request, who, act):
    with pytest.raises(PermissionDenied), transaction.atomic():
        act(state, request.getfixturevalue(who))

    assert not BlindAnswer.objects.exists()


def test_a_reviewer_who_worked_on_it_does_not_even_send_it_back(state, article, other):
    contributions.record(article.subject_uuid, other)

    with pytest.raises(MayNotSign, match="worked on"), transaction.atomic():
        sends_back(state, other)


@pytest.mark.parametrize("order", [(signs, sends_back), (sends_back, signs), (sends_back, sends_back)])
def test_it_goes_back_once_both_answered_and_one_sent_it_back(state, reviewer, other, order):
    order[0](state, reviewer)
    assert state.status == TaskState.STATUS_IN_PROGRESS
    assert not mails("review-sent-back").exists()

    order[1](state, other)

    assert state.status == TaskState.STATUS_REJECTED
    assert not SignOff.objects.exists()
    assert "Number wrong." in mails("review-sent-back").get().payload["body"]


def test_one_signature_is_not_enough_for_the_guard(section, article, reviewer, other):
    sign(article, reviewer)
    page = newest(article)
    assert [refusal.reason for refusal in refusals_for(page)] == [Reason.SECOND]

    sign(article, reviewer)
    assert [refusal.reason for refusal in refusals_for(page)] == [Reason.SECOND]

    sign(article, other)
    assert refusals_for(page) == []


def test_two_signatures_of_which_one_ended_are_not_enough(section, article, reviewer, other):
    sign(article, reviewer, now=timezone.now() - timedelta(days=3650))
    sign(article, other)

    assert [refusal.reason for refusal in refusals_for(newest(article))] == [Reason.SECOND]


def test_a_public_row_needs_both_signatures_too(article, section, writer, reviewer, other):
    section.two_reviewers = False
    section.save_revision().publish()
    publish(article, reviewer)
    section.two_reviewers = True
    section.save_revision().publish()
    line = sign(edit(article, writer, title="Other words"), other)
    row = PublishedArticle.objects.get()
    row.digest, row.content, row.sign_off = line.digest, line.content, line

    with pytest.raises(NotPermitted, match="Two medical reviewers"), transaction.atomic():
        row.save()


def test_what_was_public_before_the_section_asked_for_two_stays(article, reviewer, section):
    section.two_reviewers = False
    section.save_revision().publish()
    publish(article, reviewer)
    section.two_reviewers = True
    section.save_revision().publish()

    ArticlePage.objects.get(pk=article.pk).save()

    assert ArticlePage.objects.get(pk=article.pk).live


def test_a_section_that_asks_for_two_during_a_review_gets_two(client, article, section, writer, reviewer, other):
    section.two_reviewers = False
    section.save_revision().publish()
    state = submit(article, writer)
    section.two_reviewers = True
    section.save_revision().publish()
    client.force_login(reviewer)

    assert "Read by two" in client.get(reverse("research_review", args=[state.pk])).content.decode()
    signs(state, reviewer)

    assert state.two_reviewers
    assert not SignOff.objects.exists()


def test_who_may_not_sign_any_more_is_replaced(state, article, reviewer, other, editor):
    third = reviewer_user(username="third")
    signs(state, reviewer)
    reviewer.groups.clear()

    signs(state, other)
    assert state.status == TaskState.STATUS_IN_PROGRESS
    assert [answer.user for answer in BlindAnswer.objects.kept()] == [other]
    assert mails("review-dropped").get().payload["to"] == [editor.email]

    signs(state, third)
    assert state.status == TaskState.STATUS_APPROVED


def test_an_answer_about_older_words_does_not_count(state, article, writer, reviewer, other):
    signs(state, reviewer)
    edit(article, writer, title="Other words")
    MedicalReviewState.objects.get(pk=state.pk).take_new_version(writer)

    signs(state, other)

    assert state.status == TaskState.STATUS_IN_PROGRESS
    assert mails("review-lapsed").get().payload["to"] == [reviewer.email]
    signs(state, reviewer)
    assert state.status == TaskState.STATUS_APPROVED


GAPS = [(3, 2, False), (4, 2, False), (5, 2, True), (1, 2, True), (3, 1, False)]


@pytest.mark.parametrize(("credibility", "interest", "is_gap"), GAPS)
def test_two_bands_apart_goes_to_an_editor(state, reviewer, other, editor, credibility, interest, is_gap):
    signs(state, reviewer)
    signs(state, other, credibility=credibility, interest=interest)

    assert RatingGap.objects.exists() == is_gap
    assert SignOff.objects.exists() != is_gap
    assert state.status == (TaskState.STATUS_IN_PROGRESS if is_gap else TaskState.STATUS_APPROVED)
    assert mails("review-gap").exists() == is_gap


@pytest.fixture
def gap(state, reviewer, other):
    signs(state, reviewer)
    signs(state, other, credibility=5)
    return RatingGap.objects.get()


def decide(client, user, state, **given):
    client.force_login(user)
    answer = client.post(
        reverse("research_decide_gap", args=[state.pk]), {"decision": "stands", "reason": "A small trial."} | given
    )
    state.refresh_from_db()
    return answer


def test_an_editor_lets_it_stand_and_the_reason_is_kept(client, gap, state, editor, reviewer, other):
    decide(client, editor, state)

    gap.refresh_from_db()
    assert (gap.decided_by, gap.decision, gap.reason) == (editor, "stands", "A small trial.")
    assert gap.ratings == {"credibility": [3, 5]}
    assert state.status == TaskState.STATUS_APPROVED
    assert SignOff.objects.count() == 2


def test_an_editor_sends_it_back_with_the_words_of_all(client, gap, state, editor, reviewer):
    decide(client, editor, state, decision="back")

    assert state.status == TaskState.STATUS_REJECTED
    assert not SignOff.objects.exists()
    assert "A small trial." in mails("review-sent-back").get().payload["body"]


@pytest.mark.parametrize("given", [{"reason": " "}, {"decision": ""}, {"decision": "both"}])
def test_no_decision_without_a_choice_and_a_reason(client, gap, state, editor, given):
    decide(client, editor, state, **given)

    assert state.status == TaskState.STATUS_IN_PROGRESS
    assert RatingGap.objects.filter(decided_at__isnull=True).exists()


@pytest.mark.parametrize("who", ["writer", "reviewer", "other"])
def test_only_an_editor_decides(client, gap, state, request, who):
    decide(client, request.getfixturevalue(who), state)

    assert state.status == TaskState.STATUS_IN_PROGRESS
    assert not SignOff.objects.exists()


def test_an_editor_who_is_one_of_the_two_does_not_decide(client, gap, state, reviewer, editor):
    reviewer.groups.add(*editor.groups.all())

    decide(client, reviewer, state)

    assert state.status == TaskState.STATUS_IN_PROGRESS


def test_the_gap_stands_in_the_queue_and_on_the_dashboard(client, gap, state, editor):
    client.force_login(editor)

    assert "Ratings far apart" in client.get(reverse("research_reviews")).content.decode()
    assert "an editor decides" in client.get(reverse("wagtailadmin_home")).content.decode()
    screen = client.get(reverse("research_review", args=[state.pk])).content.decode()
    assert "What becomes of the article?" in screen
    assert "3 (" in screen


def test_two_different_people_are_given_it(client, state, editor, reviewer, other):
    client.force_login(editor)
    address = reverse("research_reassign", args=[state.pk])

    client.post(address, {"reviewer": reviewer.pk, "second": reviewer.pk})
    state.refresh_from_db()
    assert state.given_to() == []

    client.post(address, {"reviewer": reviewer.pk, "second": other.pk})
    state.refresh_from_db()
    assert state.given_to() == [reviewer, other]
    assert mails(f"review-asked-{state.pk}-{reviewer.pk}+").get().payload["to"] == sorted([reviewer.email, other.email])


def test_a_third_takes_a_place_with_a_word(state, reviewer, other):
    third = reviewer_user(username="third")
    MedicalReviewState.objects.filter(pk=state.pk).update(assigned_to=reviewer, second_to=other)
    signs(state, reviewer)

    with pytest.raises(MayNotSign, match="Say why"), transaction.atomic():
        signs(state, third)
    approve(MedicalReviewState.objects.get(pk=state.pk), third, ratings=ALIKE, take_over="Other is ill.")

    state.refresh_from_db()
    assert state.status == TaskState.STATUS_APPROVED


def test_a_third_sends_back_with_a_word_too(client, state, reviewer, other):
    third = reviewer_user(username="third")
    MedicalReviewState.objects.filter(pk=state.pk).update(assigned_to=reviewer, second_to=other)
    signs(state, reviewer)
    client.force_login(third)
    address = reverse("research_send_back", args=[state.pk])

    refused = client.post(address, {"comment": "The dose is wrong."})
    assert refused.status_code == 400
    assert "Say why you sign in place of" in refused.content.decode()
    assert BlindAnswer.objects.filter(user=third).count() == 0

    client.post(address, {"comment": "The dose is wrong.", "take_over": "Other is ill."})
    state.refresh_from_db()
    assert state.status == TaskState.STATUS_REJECTED
    assert "Other is ill." in BlindAnswer.objects.get(user=third).comment


def test_who_is_missing_is_visible_and_only_they_are_reminded(state, reviewer, other, editor):
    today = timezone.localdate()
    MedicalReviewState.objects.filter(pk=state.pk).update(assigned_to=reviewer, second_to=other, due_on=today)
    OutboxMessage.objects.filter(key__startswith="review-asked-").update(sent_at=timezone.now(), state="sent")
    signs(state, reviewer)

    assert queue.why_unheld(state, today) == ""
    queue.remind(timezone.now())
    assert mails("review-remind").get().payload["to"] == [other.email]

    Absence.objects.create(user=other, first_day=today, last_day=today)
    assert queue.why_unheld(state, today) == "One of two reviewers is missing"


def test_notes_become_comments_once_both_have_answered(client, state, article, reviewer, other):
    client.force_login(reviewer)
    client.post(reverse("research_comments", args=[article.pk]), {"contentpath": "title", "text": "Too bold."})
    assert not Comment.objects.exists()

    sends_back(state, reviewer)
    sends_back(state, other)

    assert [(note.user, note.text) for note in Comment.objects.all()] == [(reviewer, "Too bold.")]
    assert not HeldNote.objects.exists()


def test_the_next_round_shows_what_both_answered(client, state, writer, article, reviewer, other):
    state_ = MedicalReviewState.objects.get(pk=state.pk)
    state_.reject(user=reviewer, comment="One.", answers={"numbers": {"answer": "no", "note": "Nine, not four."}})
    MedicalReviewState.objects.get(pk=state.pk).reject(
        user=other, comment="Two.", answers={"numbers": {"answer": "no", "note": "It says nine."}}
    )
    ArticlePage.objects.get(pk=article.pk).current_workflow_state.resume(user=writer)
    again = MedicalReviewState.objects.open().get()
    client.force_login(reviewer)

    screen = client.get(reverse("research_review", args=[again.pk])).content.decode()

    assert "Nine, not four." in screen
    assert "It says nine." in screen
