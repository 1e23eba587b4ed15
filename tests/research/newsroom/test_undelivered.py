"""A mail that was given up: the editors learn who did not get it."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from common import outbox
from common.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone(monkeypatch):
    """No mail reaches anybody at example.net."""
    sent = []

    def send(self, *args, **kwargs):
        if self.to[0].endswith("example.net"):
            raise ValueError("no such person")
        sent.append(self)

    monkeypatch.setattr(EmailMessage, "send", send)
    return sent


def give_up():
    waiting = OutboxMessage.objects.filter(state="pending")
    waiting.update(attempts=outbox.MAX_ATTEMPTS - 1, due_at=timezone.now())
    outbox.deliver_due(timezone.now() + timedelta(minutes=1))


def test_the_editors_are_told_who_did_not_get_it(editor, gone):
    outbox.enqueue_mail("held-7", ["wren@example.net", "ada@example.org"], "Held: Fewer relapses", "The guard says no.")

    give_up()
    outbox.deliver_due(timezone.now() + timedelta(minutes=1))

    [told] = [mail for mail in gone if mail.to == [editor.email]]
    assert told.subject == "Not delivered: Held: Fewer relapses"
    assert "- wren@example.net\n" in told.body
    assert "ada@example.org" not in told.body
    assert "The guard says no." in told.body


def test_a_mail_about_a_mail_is_the_last_one(editor, gone):
    editor.email = "editor@example.net"
    editor.save()
    outbox.enqueue_mail("held-7", ["wren@example.net"], "Held", "No.")

    give_up()
    give_up()
    give_up()

    assert OutboxMessage.objects.filter(state="failed").count() == 2
    assert not OutboxMessage.objects.filter(state="pending").exists()


def test_what_is_no_mail_is_told_to_nobody(editor, monkeypatch):
    monkeypatch.setitem(outbox._handlers, "note", lambda message: 1 / 0)
    outbox.enqueue("note", "pictures", {})

    give_up()

    assert OutboxMessage.objects.count() == 1
