"""Of two reviewers neither is shown a word of the other before both have answered, on any address and in any mail.

The first answers through the screens, with a word of their own in every field that takes one. Then every address of
the admin that can be read is read as the second, and everything that was mailed or is about to be.
"""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse
from django.utils import timezone
from wagtail.models import TaskState

from common.models import OutboxMessage
from research.models import BlindAnswer, HeldNote, MedicalReviewState
from research.review.questions import REVIEW_QUESTIONS
from tests.factories import all_ticks, reviewer_user, submit
from tests.research.admin.addresses import admin_addresses

pytestmark = [pytest.mark.django_db, pytest.mark.indexed]
PLANTED = "zorbulin"
# Words that readers of the answer would see it by: each is said by the first reviewer only.
TELLING = re.compile(rf"{PLANTED}|countersigned by(?! then)|sent back by", re.IGNORECASE)


@pytest.fixture
def first(reviewer):
    return reviewer


@pytest.fixture
def second(db):
    return reviewer_user(username="second")


@pytest.fixture
def state(section, article, writer, first, second):
    section.two_reviewers = True
    section.save_revision().publish()
    return submit(article, writer)


def form_of(state, decision):
    answers = {}
    for question in REVIEW_QUESTIONS:
        answers[f"{question.key}-answer"] = "yes" if decision == "sign" else "no"
        answers[f"{question.key}-note"] = f"{PLANTED} at {question.key}"
    return {
        **answers,
        "stake": "none",
        "stake_words": f"{PLANTED} stake",
        "comment": f"{PLANTED} comment",
        "own_credibility": 5,
        "own_interest": 3,
        "ticks": all_ticks(state.submission),
        "shown_digest": state.submission.digest,
        "shown_notices": " ".join(state.submission.notices),
        "opened": "yes",
    }


def answer(client, state, user, decision):
    client.force_login(user)
    client.post(reverse("research_comments", args=[state.revision.object_id]), a_note())
    name = "research_review" if decision == "sign" else "research_send_back"
    client.post(reverse("research_keep_review", args=[state.pk]), form_of(state, decision))
    assert client.post(reverse(name, args=[state.pk]), form_of(state, decision)).status_code == 302
    assert BlindAnswer.objects.filter(user=user, decision=decision).exists()


def a_note():
    return {"contentpath": "title", "text": f"{PLANTED} note", "quote": f"{PLANTED} quote"}


NAMES = {"app_label": "research", "model_name": "articlepage", "content_type_app_name": "research"}


def all_addresses(state, first):
    """Yield the admin's addresses with the numbers of what is about the first answer in place of their parameters."""
    page, answered = state.revision.object_id, BlindAnswer.objects.filter(user=first).get()
    numbers = list(dict.fromkeys(str(number) for number in (page, state.pk, answered.pk, first.pk)))
    for address in admin_addresses():
        # A log-out would end the session that reads.
        if "logout" in address.template or len(address.parameters) > 2:
            continue
        for number in numbers if address.parameters else numbers[:1]:
            values = [NAMES.get(name, number) for name in address.parameters]
            if len(values) > 1 and address.parameters[0] not in NAMES:
                values[0] = str(page)
            yield address.filled(**dict(zip(address.parameters, values, strict=True)))


def read(client, address):
    try:
        response = client.get(address)
    except Exception:  # noqa: BLE001 - an odd number may be no such thing; this test is of what is said
        return b""
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_no_address_and_no_mail_tells_the_second_what_the_first_said(client, state, first, second):
    answer(client, state, first, "send_back")
    state.refresh_from_db()
    assert state.status == TaskState.STATUS_IN_PROGRESS
    client.force_login(second)

    bodies = {address: read(client, address) for address in all_addresses(state, first)}

    told = [address for address, body in bodies.items() if TELLING.search(body.decode(errors="replace"))]
    assert told == []
    assert sum(bool(body) for body in bodies.values()) > 150
    mails = json.dumps(list(OutboxMessage.objects.values()), cls=DjangoJSONEncoder)
    assert not TELLING.search(mails)


def test_once_both_have_answered_the_same_words_are_found(client, state, first, second):
    answer(client, state, first, "send_back")
    answer(client, state, second, "send_back")
    client.force_login(second)

    comments = client.get(reverse("research_comments", args=[state.revision.object_id])).content.decode()

    assert f"{PLANTED} note" in comments
    assert not HeldNote.objects.exists()


def screens(state):
    page = state.revision.object_id
    return {
        "the queue": reverse("research_reviews"),
        "the review": reverse("research_review", args=[state.pk]),
        "the frame": reverse("research_review_preview", args=[state.pk]),
        "the comments": reverse("research_comments", args=[page]),
        "the dashboard": reverse("wagtailadmin_home"),
        "the history": reverse("wagtailadmin_pages:history", args=[page]),
        "the workflow history": reverse("wagtailadmin_pages:workflow_history", args=[page]),
        "the editor": reverse("wagtailadmin_pages:edit", args=[page]),
        "the strip": reverse("research_desk_strip", args=[page]),
    }


ROLES = ["second", "writer", "editor", "admin"]


@pytest.mark.parametrize("who", ROLES)
def test_both_decisions_look_the_same_to_everybody(client, request, state, first, who):
    """Not a word, and not whether it was a yes or a no: but for numbers and times the screens are the same.

    Both answers are given and read at one time: how long ago something was would tell two slow rounds apart.
    """
    looks = []
    user = request.getfixturevalue(who)
    answered = timezone.now() + timedelta(minutes=1)
    for decision in ("sign", "send_back"):
        BlindAnswer.objects.all().delete()
        HeldNote.objects.all().delete()
        with time_machine.travel(answered, tick=False):
            answer(client, state, first, decision)
            client.force_login(user)
            client.get(reverse("research_reviews"))
            looks.append({name: plain(read(client, address).decode()) for name, address in screens(state).items()})

    assert looks[0] == looks[1]
    assert not any(PLANTED in text for text in looks[0].values())


def plain(html):
    html = re.sub(r"(?i)csrf\w*['\"]?[^>]{0,200}", "", html)
    html = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{1,2}:\d{2}(:\d{2})?(\.\d+)?|nonce-\S+", "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_reviewer_answers_and_resolves_nothing_while_it_is_blind(client, state, article, writer, first, second):
    client.force_login(writer)
    client.post(reverse("research_comments", args=[article.pk]), {"contentpath": "title", "text": "Is this right?"})
    page = MedicalReviewState.objects.get(pk=state.pk).revision.as_object()
    comment = page.wagtail_admin_comments.model.objects.get()
    client.force_login(first)

    for act in ({"text": f"{PLANTED}"}, {"act": "resolve"}):
        reply = client.post(reverse("research_comments", args=[article.pk]), {"comment": comment.pk} | act)
        assert reply.status_code == 400
        assert "Two reviewers read this article" in reply.content.decode()
    comment.refresh_from_db()
    assert comment.resolved_at is None
    assert not comment.replies.exists()


def test_an_own_note_is_shown_to_its_author_alone(client, state, article, first, second):
    client.force_login(first)
    client.post(reverse("research_comments", args=[article.pk]), a_note())

    assert f"{PLANTED} note" in client.get(reverse("research_review", args=[state.pk])).content.decode()
    client.force_login(second)
    assert PLANTED not in client.get(reverse("research_review", args=[state.pk])).content.decode()
