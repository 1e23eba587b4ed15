"""What waits for a signature is held by somebody, is reminded of once a stage, and stands in one queue."""

from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from research.models import Absence, MedicalReviewState
from research.record import signature_queue as queue
from tests.factories import GlossaryTermFactory, approve, reviewer_user, submit

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.fixture
def state(article, writer, reviewer):
    return submit(article, writer)


@pytest.fixture
def other(db):
    return reviewer_user(username="other")


def at(day) -> datetime:
    return NOW + (day - TODAY)


def assign(client, editor, state, **given):
    client.force_login(editor)
    answer = client.post(reverse("research_reassign", args=[state.pk]), given, follow=True)
    state.refresh_from_db()
    return answer.content.decode()


def away(user, first=-1, last=5):
    return Absence.objects.create(
        user=user, first_day=TODAY + timedelta(days=first), last_day=TODAY + timedelta(days=last)
    )


def invitation_left():
    OutboxMessage.objects.filter(key__startswith="review-asked-").update(sent_at=NOW, state="sent")


def reminders():
    return OutboxMessage.objects.filter(key__startswith="review-remind-").order_by("pk")


def stages():
    return [message.key.partition(f"-{'all'}-")[2] or message.key.split("-", 5)[5] for message in reminders()]


def due(state, days, holder=None):
    MedicalReviewState.objects.filter(pk=state.pk).update(due_on=TODAY + timedelta(days=days), assigned_to=holder)


def test_an_editor_gives_a_review_to_somebody_by_a_day(client, state, editor, reviewer):
    assign(client, editor, state, reviewer=reviewer.pk, due_on=(TODAY + timedelta(days=4)).isoformat())

    assert state.assigned_to == reviewer
    assert state.due_on == TODAY + timedelta(days=4)


@pytest.mark.parametrize("odd", ["tomorrow", "2026-02-31", "99999-01-01"])
def test_a_day_that_is_none_changes_nothing(client, state, editor, reviewer, odd):
    words = assign(client, editor, state, reviewer=reviewer.pk, due_on=odd)

    assert "that is no day" in words
    assert state.assigned_to is None


def test_nothing_is_given_to_who_is_away(client, state, editor, reviewer):
    away(reviewer)

    words = assign(client, editor, state, reviewer=reviewer.pk)

    assert "is away until" in words
    assert state.assigned_to is None


@pytest.mark.parametrize("role", ["writer", "reviewer"])
def test_only_editors_give_reviews_away(client, state, request, reviewer, role):
    assign(client, request.getfixturevalue(role), state, reviewer=reviewer.pk, due_on=TODAY.isoformat())

    assert state.assigned_to is None
    assert state.due_on is None


def test_reminders_come_once_a_stage_and_catch_up(state):
    due(state, 10)
    invitation_left()

    for days in (0, 7, 8, 9, 10, 12, 13, 30):
        for _ in range(2):
            queue.remind(at(TODAY + timedelta(days=days)))

    assert stages() == ["soon", "due", "late", "still-late"]


def test_no_reminder_leaves_before_the_invitation(state):
    due(state, -1)

    queue.remind(NOW)
    before = reminders().count()
    invitation_left()
    queue.remind(NOW)

    assert before == 0
    assert reminders().count() == 1


def test_reminders_go_to_the_holder_and_late_to_the_editors_too(state, reviewer, other, editor):
    due(state, 0, holder=reviewer)
    queue.remind(NOW)
    queue.remind(at(TODAY + timedelta(days=3)))

    sent_to = [set(message.payload["to"]) for message in reminders()]

    assert sent_to == [{reviewer.email}, {reviewer.email, editor.email}]


def test_a_holder_who_is_away_is_not_reminded_and_the_others_are(state, reviewer, other):
    due(state, 0, holder=reviewer)
    away(reviewer)

    queue.remind(NOW)

    assert set(reminders().get().payload["to"]) == {other.email}


def test_a_decided_review_is_reminded_of_no_more(state, reviewer):
    due(state, 0)
    invitation_left()
    approve(state, reviewer)

    queue.remind(NOW)

    assert not reminders().exists()


@pytest.mark.parametrize("case", ["nobody", "away", "no reviewer any more", "held"])
def test_what_nobody_holds_is_said(client, state, reviewer, editor, case):
    if case != "nobody":
        due(state, 5, holder=reviewer)
    if case == "away":
        away(reviewer)
    if case == "no reviewer any more":
        reviewer.groups.clear()
    client.force_login(editor)

    words = BeautifulSoup(client.get(reverse("research_reviews")).content, "html.parser").get_text(" ", strip=True)

    assert ("Nobody holds this" in words) == (case != "held")


def test_editors_are_told_once_a_week_what_nobody_holds(state, editor):
    for days in (1, 3, 4, 5, 11):
        queue.remind(NOW + timedelta(days=days))

    mails = OutboxMessage.objects.filter(key__startswith="review-unheld-")
    assert mails.count() == 2
    assert {tuple(message.payload["to"]) for message in mails} == {(editor.email,)}


def test_a_submission_is_mailed_to_those_who_are_there(article, writer, reviewer, other):
    away(other)

    submit(article, writer)

    (message,) = OutboxMessage.objects.filter(key__startswith="review-asked-")
    assert message.payload["to"] == [reviewer.email]


def test_texts_that_wait_stand_in_the_queue_and_on_the_dashboard(client, reviewer, editor):
    GlossaryTermFactory(term="Myelin", plain_words="The cover of a nerve.")

    for user in (reviewer, editor):
        client.force_login(user)
        assert "Myelin" in client.get(reverse("research_reviews")).content.decode()
        assert "its words wait for a signature" in client.get(reverse("wagtailadmin_home")).content.decode()


def test_a_text_is_asked_for_once_a_wording(reviewer):
    term = GlossaryTermFactory(term="Myelin", plain_words="The cover of a nerve.")
    for _ in range(3):
        queue.remind(NOW)
    once = OutboxMessage.objects.filter(key__startswith="text-asked-").count()
    term.plain_words = "What covers a nerve."
    term.save()
    queue.remind(NOW)

    assert once == 1
    assert OutboxMessage.objects.filter(key__startswith="text-asked-").count() == 2


def test_a_reviewer_says_when_they_are_away_and_takes_it_back(client, reviewer):
    first, last = TODAY.isoformat(), (TODAY + timedelta(days=3)).isoformat()
    person = {"credentials-credentials": "MD"}
    client.force_login(reviewer)
    page = BeautifulSoup(client.get(reverse("wagtailadmin_account")).content, "html.parser")
    form = {
        field["name"]: field.get("value", "")
        for field in page.select("form input[name]")
        if field.get("type") not in ("checkbox", "file", "radio")
    }
    selects = {
        select["name"]: (select.select_one("option[selected]") or select.select_one("option"))["value"]
        for select in page.select("form select[name]")
    }

    client.post(
        reverse("wagtailadmin_account"),
        form | selects | person | {"absence-first_day": first, "absence-last_day": last},
    )
    kept = Absence.objects.count()
    client.post(reverse("wagtailadmin_account"), form | selects | person)

    assert kept == 1
    assert not Absence.objects.exists()


def test_one_that_fails_keeps_the_others_from_nothing(state, editor, monkeypatch, caplog):
    due(state, 0)
    invitation_left()
    monkeypatch.setattr(queue, "_who_may_sign", lambda *_: 1 / 0)
    GlossaryTermFactory(term="Myelin", plain_words="The cover of a nerve.")
    reviewer_user(username="third")

    queue.remind(NOW)

    assert f"Nobody was reminded of review {state.pk}" in caplog.text
    assert OutboxMessage.objects.filter(key__startswith="text-asked-").exists()
