"""Telling the world outside, after commit and at least once.

``enqueue`` writes a row in the caller's transaction: what is rolled back is never told. The runner calls
``deliver_due``, which claims one message at a time in a short transaction and delivers it outside of any, so
that a slow mail server holds no lock. A claim is a lease, kept as long as the delivery takes: if the process
dies, the message is due again a minute later, and later each time. Handlers may therefore see a message twice
and should pass its ``key`` on.
"""

import logging
import smtplib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from common import clock, letterhead
from common.faults import for_each
from common.leases import BackOff, first_free, kept
from common.models import OutboxMessage
from common.models.outbox import LONGEST_WAIT
from common.prepared_saves import insert_all

logger = logging.getLogger("countersign.outbox")

Handler = Callable[[OutboxMessage], None]

#: Without a renewal, a message is free again after this: its process died.
LEASE = timedelta(minutes=1)
BACK_OFF = BackOff(first=LEASE, longest=LONGEST_WAIT)
#: With the waits above, a message is given up after about a day.
MAX_ATTEMPTS = 12
ENDED = "The process ended each time while it delivered this."

# What a mail server that is there says of one mail or one recipient.
ANSWERS_ABOUT_A_MAIL = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)

#: Sent with `message` once nobody tries to deliver it any more.
given_up = Signal()

_handlers: dict[str, Handler] = {}


class UnknownKind(LookupError):
    """No handler is registered for a message's kind."""


class NotDelivered(Exception):
    """Some of the people that a mail is for did not get it; the words name each, and why."""


@dataclass
class Delivery:
    """What one call of ``deliver_due`` did, in numbers of messages."""

    sent: int = 0
    retried: int = 0
    failed: int = 0


TOLD = ("kind", "key", "payload", "state", "created_at", "due_at", "attempts", "last_error")


def register(kind: str) -> Callable[[Handler], Handler]:
    """Return a decorator that makes a function deliver the messages of ``kind``.

    The function gets the ``OutboxMessage`` and raises when it could not deliver.
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
        due_at: not before this moment, which is at most ``LONGEST_WAIT`` ahead; at once when None.
    """
    message, _ = OutboxMessage.objects.get_or_create(
        key=key,
        defaults={"kind": kind, "payload": payload, "due_at": due_at or timezone.now()},
    )
    return message


def tell(kind: str, payload: dict[str, Any]) -> str:
    """Write a message that is told for each time it is written, at once, and return its key.

    Nobody looks for an earlier one.
    """
    key, now = f"{kind}-{uuid.uuid4().hex}", timezone.now()
    message = (kind, key, payload, OutboxMessage.State.PENDING, now, now, 0, "")
    insert_all(OutboxMessage, TOLD, [message])
    return key


def tell_soon(kind: str, payload: dict[str, Any], *, is_noted: bool = True) -> None:
    """Have something done once this transaction is, by this process, and by the runner where that fails.

    For what may fail outside of the database, and is to fail nobody who waits for the same commit. It is noted in this
    transaction, so it is done even where this process is ended first; with ``is_noted`` False, only what failed is.
    """
    key = tell(kind, payload) if is_noted else ""
    transaction.on_commit(lambda: _deliver_here(OutboxMessage(kind=kind, key=key, payload=payload)), robust=True)


def _deliver_here(message: OutboxMessage) -> None:
    try:
        _handler_for(message)(message)
    except Exception:  # whatever a handler raises, the runner tries again
        logger.exception("%s failed at once; the outbox tries again", message.kind)
        if not message.key:
            tell(message.kind, message.payload)
    else:
        done = OutboxMessage.objects.filter(key=message.key, state=OutboxMessage.State.PENDING)
        if message.key:
            done.update(state=OutboxMessage.State.SENT, sent_at=timezone.now())


def enqueue_mail(key: str, to: Iterable[str], subject: str, body: str) -> OutboxMessage:
    """Write a mail to the outbox and return it; blank addresses are left out."""
    payload = {
        "to": list(dict.fromkeys(address for address in to if address)),
        "subject": " ".join(subject.split()),  # a line break would be refused as a forged header
        "body": body,
    }
    return enqueue("mail", key, payload)


def deliver_due(now: datetime | None = None, limit: int = 50) -> Delivery:
    """Deliver what is due at ``now``, at most ``limit`` messages, and return what happened.

    A message that fails waits longer each time and is given up after ``MAX_ATTEMPTS``; the others go on.
    """
    tell_time = clock.going_on_from(now or timezone.now())
    delivery = Delivery()
    claimed = islice(iter(lambda: _claim(tell_time()), None), limit)
    for_each(
        claimed,
        lambda message: _deliver(message, tell_time(), delivery),
        "What became of message %s could not be noted",
    )
    return delivery


def _claim(now: datetime) -> OutboxMessage | None:
    """Hide the longest due message from other runners, count the attempt, and return it.

    It stays hidden as long as a failed one waits: what ends the process each time does so ever more rarely.
    """
    with transaction.atomic():
        message = first_free(OutboxMessage.objects.due(now))
        if message is not None:
            message.attempts += 1
            message.due_at = now + BACK_OFF.after(message.attempts)
            message.save(update_fields=["attempts", "due_at"])
    return message


def _deliver(message: OutboxMessage, now: datetime, delivery: Delivery) -> None:
    try:
        if message.attempts > MAX_ATTEMPTS:
            raise NotDelivered(message.last_error or ENDED)
        with kept(OutboxMessage.objects.filter(pk=message.pk), "due_at", LEASE, now=now):
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
    words = f"{type(error).__name__}: {error}"[:2000]
    message.last_error = words.replace("\0", "")  # PostgreSQL stores none, and the failure could not be noted
    if message.attempts < MAX_ATTEMPTS:
        message.due_at = now + BACK_OFF.after(message.attempts)
        message.save(update_fields=["due_at", "last_error"])
        delivery.retried += 1
        logger.warning("%s failed and waits until %s: %s", message, message.due_at, message.last_error)
        return
    with transaction.atomic():
        message.state = OutboxMessage.State.FAILED
        message.save(update_fields=["state", "last_error"])
        given_up.send(OutboxMessage, message=message)
    delivery.failed += 1
    logger.error("Gave up on %s after %s attempts: %s", message, message.attempts, message.last_error)


@register("mail")
def send_mail(message: OutboxMessage) -> None:
    """Send a mail to each of its recipients apart, so that a wrong address keeps it from nobody else.

    The Message-ID is made from the key, so mail programs show a repeated one once. Who got it is written
    down at once: a second attempt is for the others only.

    Raises:
        NotDelivered: naming each recipient who did not get it, with the reason.
    """
    reasons: list[str] = []
    for address in message.waiting_for():
        try:
            send_to(address, message)
        except Exception as error:  # noqa: BLE001 - a mail server refuses in many ways; the others get theirs
            reasons.append(f"{type(error).__name__}: {error}")
            if _server_is_away(error):
                break
        else:
            message.payload["reached"] = [*message.payload.get("reached", []), address]
            message.save(update_fields=["payload"])
    if reasons:
        people = ", ".join(message.waiting_for())
        raise NotDelivered(f"Not delivered to {people}: {'; '.join(dict.fromkeys(reasons))}")


def _server_is_away(error: Exception) -> bool:
    """Tell whether the next recipient would only wait for the same time-out."""
    return isinstance(error, OSError) and not isinstance(error, ANSWERS_ABOUT_A_MAIL)


def send_to(address: str, message: OutboxMessage, *, body: str = "") -> None:
    """Send one recipient the mail of a message, with its own words or with those that only this mail may hold."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    name = uuid.uuid5(uuid.NAMESPACE_URL, message.key)
    payload, headers = message.payload, {"Message-ID": f"<{name}@{domain}>"}
    letterhead.compose(payload["subject"], body or payload["body"], [address], headers).send()
