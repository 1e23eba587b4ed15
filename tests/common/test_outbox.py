from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import transaction

from common import outbox
from common.models import OutboxMessage

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch):
    """The keys that a handler for the kind `note` delivered; keys that start with `bad` fail."""
    delivered = []

    def deliver(message):
        if message.key.startswith("bad"):
            raise ConnectionError("the other side is away")
        delivered.append(message.key)

    monkeypatch.setitem(outbox._handlers, "note", deliver)
    return delivered


def test_the_same_key_is_told_once(told):
    first = outbox.enqueue("note", "article-1-published", {"title": "One"}, due_at=NOW)
    second = outbox.enqueue("note", "article-1-published", {"title": "Other"}, due_at=NOW)

    outbox.deliver_due(NOW)

    assert second.pk == first.pk
    assert second.payload == {"title": "One"}
    assert told == ["article-1-published"]


def test_a_delivered_message_is_not_delivered_again(told):
    outbox.enqueue("note", "once", {}, due_at=NOW)

    outbox.deliver_due(NOW)
    again = outbox.deliver_due(NOW + timedelta(days=1))

    assert told == ["once"]
    assert again == outbox.Delivery()


def test_what_is_rolled_back_is_never_told(told):
    with transaction.atomic():
        outbox.enqueue("note", "undone", {}, due_at=NOW)
        transaction.set_rollback(True)

    outbox.deliver_due(NOW)

    assert told == []


def test_a_message_is_not_delivered_before_it_is_due(told):
    outbox.enqueue("note", "later", {}, due_at=NOW + timedelta(seconds=1))

    outbox.deliver_due(NOW)
    assert told == []

    outbox.deliver_due(NOW + timedelta(seconds=1))
    assert told == ["later"]


def test_one_failure_does_not_stop_the_others(told):
    outbox.enqueue("note", "bad", {}, due_at=NOW - timedelta(minutes=1))
    outbox.enqueue("note", "good", {}, due_at=NOW)

    delivery = outbox.deliver_due(NOW)

    assert told == ["good"]
    assert delivery == outbox.Delivery(sent=1, retried=1)
    assert "the other side is away" in OutboxMessage.objects.get(key="bad").last_error


def test_a_kind_without_a_handler_fails_alone(told):
    outbox.enqueue("unheard-of", "odd", {}, due_at=NOW - timedelta(minutes=1))
    outbox.enqueue("note", "good", {}, due_at=NOW)

    delivery = outbox.deliver_due(NOW)

    assert delivery == outbox.Delivery(sent=1, retried=1)


def test_waits_double_up_to_the_cap():
    waits = [outbox.wait_after(attempts) for attempts in (1, 2, 3, 50)]

    assert waits == [outbox.FIRST_WAIT, outbox.FIRST_WAIT * 2, outbox.FIRST_WAIT * 4, outbox.LONGEST_WAIT]


def test_a_failed_message_waits_before_the_next_try(told):
    message = outbox.enqueue("note", "bad", {}, due_at=NOW)

    outbox.deliver_due(NOW)

    message.refresh_from_db()
    assert message.due_at == NOW + outbox.FIRST_WAIT
    assert outbox.deliver_due(NOW + outbox.FIRST_WAIT / 2) == outbox.Delivery()


def test_a_message_is_given_up_after_the_last_attempt(told):
    message = outbox.enqueue("note", "bad", {}, due_at=NOW)
    OutboxMessage.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)

    delivery = outbox.deliver_due(NOW)

    message.refresh_from_db()
    assert delivery == outbox.Delivery(failed=1)
    assert list(OutboxMessage.objects.failed()) == [message]
    assert outbox.deliver_due(NOW + timedelta(days=2)) == outbox.Delivery()


def test_a_message_whose_runner_died_is_due_again_after_the_lease(told):
    outbox.enqueue("note", "orphan", {}, due_at=NOW)
    outbox._claim(NOW)

    during = outbox.deliver_due(NOW + outbox.LEASE / 2)
    after = outbox.deliver_due(NOW + outbox.LEASE)

    assert during.sent == 0
    assert after.sent == 1


def test_the_limit_ends_a_batch(told):
    for number in range(3):
        outbox.enqueue("note", f"note-{number}", {}, due_at=NOW)

    outbox.deliver_due(NOW, limit=2)

    assert told == ["note-0", "note-1"]


def test_a_mail_arrives_with_a_message_id_made_from_its_key():
    outbox.enqueue_mail("submitted-7", ["desk@example.org", ""], "A new draft\nwaits", "Please read it.")

    outbox.deliver_due()

    [message] = mail.outbox
    assert message.to == ["desk@example.org"]
    assert message.subject == "A new draft waits"
    assert message.body == "Please read it."
    OutboxMessage.objects.update(state=OutboxMessage.State.PENDING)
    outbox.deliver_due(datetime.now(UTC) + timedelta(hours=1))
    assert mail.outbox[1].extra_headers == message.extra_headers


def test_a_mail_to_nobody_is_not_an_error():
    outbox.enqueue_mail("to-nobody", [], "Nobody", "reads this")

    delivery = outbox.deliver_due()

    assert delivery == outbox.Delivery(sent=1)
    assert mail.outbox == []
