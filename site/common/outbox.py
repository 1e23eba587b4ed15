"""Telling the world outside, after commit and at least once.

`enqueue` writes a row in the caller's transaction: what is rolled back is never told. The runner calls
`deliver_due`, which claims one message at a time in a short transaction and delivers it outside of any, so
that a slow mail server holds no lock. A claim is a lease: if the process dies, the message is due again
when the lease ends. Handlers may therefore see a message twice and should pass its `key` on.
"""

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils import timezone

from common.models import OutboxMessage

logger = logging.getLogger("countersign.outbox")

Handler = Callable[[OutboxMessage], None]

#: Longer than a batch of the slowest deliveries; a message is hidden from other runners this long.
LEASE = timedelta(minutes=15)
#: The wait after the first failure; it doubles after each, up to the cap.
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
#: With the waits above, a message is given up after about a day.
MAX_ATTEMPTS = 12

_handlers: dict[str, Handler] = {}


class UnknownKind(LookupError):
    """No handler is registered for a message's kind."""


@dataclass
class Delivery:
    """What one call of `deliver_due` did, in numbers of messages."""

    sent: int = 0
    retried: int = 0
    failed: int = 0


def register(kind: str) -> Callable[[Handler], Handler]:
    """Return a decorator that makes a function deliver the messages of `kind`.

    The function gets the `OutboxMessage` and raises when it could not deliver.
    """

    def remember(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return remember


def enqueue(
    kind: str,
    key: str,
    payload: dict[str, Any],
    due_at: datetime | None = None,
) -> OutboxMessage:
    """Write a message in the caller's transaction and return it.

    Args:
        kind: names the handler.
        key: names what is told; a message with this key that exists already is returned unchanged.
        payload: anything JSON can hold, dates included.
        due_at: not before this moment; at once when None.
    """
    message, _ = OutboxMessage.objects.get_or_create(
        key=key,
        defaults={"kind": kind, "payload": payload, "due_at": due_at or timezone.now()},
    )
    return message


def enqueue_mail(key: str, to: Iterable[str], subject: str, body: str) -> OutboxMessage:
    """Write a mail to the outbox and return it; blank addresses are left out."""
    payload = {
        "to": [address for address in to if address],
        "subject": " ".join(subject.split()),  # a line break would be refused as a forged header
        "body": body,
    }
    return enqueue("mail", key, payload)


def deliver_due(now: datetime | None = None, limit: int = 50) -> Delivery:
    """Deliver what is due at `now`, at most `limit` messages, and return what happened.

    A message that fails waits longer each time and is given up after `MAX_ATTEMPTS`; the others go on.
    """
    now = now or timezone.now()
    delivery = Delivery()
    for _ in range(limit):
        message = _claim(now)
        if message is None:
            break
        _deliver(message, now, delivery)
    return delivery


def _claim(now: datetime) -> OutboxMessage | None:
    """Hide the longest due message from other runners for the lease, count the attempt, and return it."""
    with transaction.atomic():
        skip_locked = connection.features.has_select_for_update_skip_locked
        message = OutboxMessage.objects.due(now).select_for_update(skip_locked=skip_locked).first()
        if message is not None:
            message.attempts += 1
            message.due_at = now + LEASE
            message.save(update_fields=["attempts", "due_at"])
    return message


def _deliver(message: OutboxMessage, now: datetime, delivery: Delivery) -> None:
    try:
        _handler_for(message)(message)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises must not stop the others
        _note_failure(message, error, now, delivery)
    else:
        message.state = OutboxMessage.State.SENT
        message.sent_at = now
        message.last_error = ""
        message.save(update_fields=["state", "sent_at", "last_error"])
        delivery.sent += 1


def _handler_for(message: OutboxMessage) -> Handler:
    try:
        return _handlers[message.kind]
    except KeyError:
        raise UnknownKind(f"No handler is registered for messages of the kind {message.kind!r}.") from None


def _note_failure(message: OutboxMessage, error: Exception, now: datetime, delivery: Delivery) -> None:
    message.last_error = f"{type(error).__name__}: {error}"[:2000]
    if message.attempts >= MAX_ATTEMPTS:
        message.state = OutboxMessage.State.FAILED
        delivery.failed += 1
        logger.error("Gave up on message %s after %s attempts: %s", message.pk, message.attempts, message.last_error)
    else:
        message.due_at = now + wait_after(message.attempts)
        delivery.retried += 1
        logger.warning("Message %s failed and waits until %s: %s", message.pk, message.due_at, message.last_error)
    message.save(update_fields=["state", "due_at", "last_error"])


def wait_after(attempts: int) -> timedelta:
    """Return how long a message waits after that many failed attempts."""
    doublings = min(attempts - 1, 20)  # beyond the cap anyway, and never an overflow
    return min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)


@register("mail")
def send_mail(message: OutboxMessage) -> None:
    """Send a mail; the Message-ID is made from the key, so mail programs show a repeated one once."""
    mail = message.payload
    if not mail["to"]:
        return
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    name = uuid.uuid5(uuid.NAMESPACE_URL, message.key)
    EmailMessage(
        subject=mail["subject"],
        body=mail["body"],
        to=mail["to"],
        headers={"Message-ID": f"<{name}@{domain}>"},
    ).send()
