import smtplib
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection, transaction

from common import outbox
from common.models import OutboxMessage

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch):
    """The keys that a handler for the kind ``note`` delivered; keys that start with ``bad`` fail."""
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


def failing(*args):
    raise ConnectionError("the other side is away")


@pytest.mark.django_db(transaction=True)
def test_what_is_told_soon_is_done_after_the_commit_and_once(told):
    with transaction.atomic():
        outbox.tell_soon("note", {})
        assert told == []

    assert len(told) == 1
    assert outbox.deliver_due() == outbox.Delivery()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_noted", [True, False])
def test_what_fails_at_once_is_told_by_the_outbox_and_fails_nobody_else(told, monkeypatch, is_noted):
    done = []
    with monkeypatch.context() as away:
        away.setitem(outbox._handlers, "note", failing)
        with transaction.atomic():
            outbox.tell_soon("note", {"of": "one"}, is_noted=is_noted)
            transaction.on_commit(lambda: done.append("the next"))

    assert done == ["the next"]
    assert outbox.deliver_due().sent == len(told) == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_noted_is_told_after_a_callback_of_somebody_else_failed(told):
    with suppress(ConnectionError), transaction.atomic():
        transaction.on_commit(failing)
        outbox.tell_soon("note", {})

    assert outbox.deliver_due().sent == len(told) == 1


@pytest.mark.django_db(transaction=True)
def test_what_succeeds_at_once_and_is_not_noted_leaves_no_message(told):
    outbox.tell_soon("note", {}, is_noted=False)

    assert len(told) == 1
    assert not OutboxMessage.objects.exists()


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


def test_a_failed_message_waits_before_the_next_try(told):
    message = outbox.enqueue("note", "bad", {}, due_at=NOW)

    outbox.deliver_due(NOW)

    message.refresh_from_db()
    assert message.due_at - NOW == pytest.approx(outbox.BACK_OFF.first, abs=timedelta(seconds=1))
    assert outbox.deliver_due(NOW + outbox.BACK_OFF.first / 2) == outbox.Delivery()


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

    assert timedelta(minutes=1) >= outbox.LEASE
    assert during.sent == 0
    assert after.sent == 1


def test_a_message_that_ends_its_runner_each_time_comes_ever_more_rarely_and_is_given_up(told, caplog):
    message = outbox.enqueue("note", "deadly", {}, due_at=NOW)
    ends = []
    for _ in range(outbox.MAX_ATTEMPTS):
        message.refresh_from_db()
        ends.append(message.due_at)
        outbox._claim(message.due_at)
    message.refresh_from_db()

    delivery = outbox.deliver_due(message.due_at)

    waits = [later - earlier for earlier, later in pairwise(ends)]
    assert waits == sorted(waits)
    assert waits[-1] > timedelta(hours=5)
    assert (told, delivery) == ([], outbox.Delivery(failed=1))
    assert outbox.ENDED in OutboxMessage.objects.get(pk=message.pk).last_error


def test_what_failed_by_a_clock_that_was_years_ahead_is_tried_again_by_the_right_one(told):
    outbox.enqueue("note", "bad", {}, due_at=NOW)

    outbox.deliver_due(NOW + timedelta(days=1500))

    assert outbox.deliver_due(NOW) == outbox.Delivery(retried=1)
    assert outbox.deliver_due(NOW) == outbox.Delivery()


def test_the_longest_wait_is_waited_for(told):
    message = outbox.enqueue("note", "bad", {}, due_at=NOW)
    OutboxMessage.objects.update(attempts=outbox.MAX_ATTEMPTS - 2)

    outbox.deliver_due(NOW)

    message.refresh_from_db()
    assert message.due_at - NOW > timedelta(hours=5)
    assert outbox.deliver_due(NOW) == outbox.Delivery()


def test_a_failure_that_cannot_be_noted_keeps_no_other_from_being_delivered(told):
    def refuse(message, **kwargs):
        raise ValueError("nobody can be told")

    for key in ("bad", "good"):
        outbox.enqueue("note", key, {}, due_at=NOW)
    OutboxMessage.objects.filter(key="bad").update(attempts=outbox.MAX_ATTEMPTS - 1)
    outbox.given_up.connect(refuse, dispatch_uid="t")

    outbox.deliver_due(NOW)

    outbox.given_up.disconnect(dispatch_uid="t")
    assert told == ["good"]


def test_words_of_an_error_that_no_database_stores_are_kept_without_them(monkeypatch):
    def fail(message):
        raise ValueError("a \0 in it")

    monkeypatch.setitem(outbox._handlers, "odd", fail)
    outbox.enqueue("odd", "odd", {}, due_at=NOW)

    outbox.deliver_due(NOW)

    assert OutboxMessage.objects.get().last_error == "ValueError: a  in it"


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
    assert message.body.startswith("Please read it.\n\n-- \n")
    waiting = OutboxMessage.objects.get()
    waiting.state = OutboxMessage.State.PENDING
    del waiting.payload["reached"]
    waiting.save()
    outbox.deliver_due(datetime.now(UTC) + timedelta(hours=1))
    assert mail.outbox[1].extra_headers == message.extra_headers


def test_a_mail_to_nobody_is_not_an_error():
    outbox.enqueue_mail("to-nobody", [], "Nobody", "reads this")

    delivery = outbox.deliver_due()

    assert delivery == outbox.Delivery(sent=1)
    assert mail.outbox == []


@pytest.fixture
def wrong_address(monkeypatch):
    """A mail server that knows nobody called gone@example.org."""
    send = EmailMessage.send

    def refuse(self, *args, **kwargs):
        if self.to == ["gone@example.org"]:
            raise smtplib.SMTPRecipientsRefused({"gone@example.org": (550, b"No such user")})
        return send(self, *args, **kwargs)

    monkeypatch.setattr(EmailMessage, "send", refuse)


def test_a_wrong_address_keeps_a_mail_from_nobody_else_and_nobody_gets_it_twice(wrong_address):
    outbox.enqueue_mail("retracted-7", ["gone@example.org", "desk@example.org"], "A source was retracted", "Look.")

    outbox.deliver_due(NOW + timedelta(days=3650))
    outbox.deliver_due(NOW + timedelta(days=3651))

    assert [message.to for message in mail.outbox] == [["desk@example.org"]]


def test_a_mail_given_up_names_who_did_not_get_it(wrong_address, caplog):
    outbox.enqueue_mail("retracted-7", ["gone@example.org", "desk@example.org"], "A source was retracted", "Look.")
    OutboxMessage.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    told = []
    outbox.given_up.connect(lambda message, **kwargs: told.append(message.waiting_for()), weak=False, dispatch_uid="t")

    delivery = outbox.deliver_due(NOW + timedelta(days=3650))

    outbox.given_up.disconnect(dispatch_uid="t")
    message = OutboxMessage.objects.get(key="retracted-7")
    assert delivery == outbox.Delivery(failed=1)
    assert message.waiting_for() == ["gone@example.org"]
    assert "Not delivered to gone@example.org: SMTPRecipientsRefused" in message.last_error
    assert told == [["gone@example.org"]]
    assert "gone@example.org" in caplog.text


def test_a_mail_server_that_is_away_is_waited_for_once_a_mail(monkeypatch):
    asked = []

    def away(self, *args, **kwargs):
        asked.append(self.to)
        raise TimeoutError("timed out")

    monkeypatch.setattr(EmailMessage, "send", away)
    outbox.enqueue_mail("held-3", ["a@example.org", "b@example.org"], "Held", "Look.")

    outbox.deliver_due(NOW + timedelta(days=3650))

    assert asked == [["a@example.org"]]
    assert "Not delivered to a@example.org, b@example.org: TimeoutError" in OutboxMessage.objects.get().last_error


@pytest.mark.django_db(transaction=True)
def test_a_slow_delivery_keeps_its_lease(monkeypatch):
    monkeypatch.setattr(outbox, "LEASE", timedelta(seconds=0.3))
    monkeypatch.setattr(outbox, "BACK_OFF", outbox.BackOff(timedelta(seconds=0.3), timedelta(hours=1)))
    begun, go_on, delivered = threading.Event(), threading.Event(), []

    def slow(message):
        delivered.append(message.key)
        begun.set()
        go_on.wait(10)

    monkeypatch.setitem(outbox._handlers, "slow", slow)
    outbox.enqueue("slow", "a-large-picture", {})
    first = threading.Thread(target=lambda: (outbox.deliver_due(), connection.close()))
    first.start()
    begun.wait(10)
    time.sleep(1)

    meanwhile = outbox.deliver_due()

    go_on.set()
    first.join(10)
    assert meanwhile == outbox.Delivery()
    assert delivered == ["a-large-picture"]
    assert OutboxMessage.objects.get().state == OutboxMessage.State.SENT
