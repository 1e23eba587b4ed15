"""Taking a person out of what the outbox keeps: as somebody a mail goes to, and as somebody it names."""

from typing import Any

from common.models import OutboxMessage
from research.record.erasure.names import REMOVED, Identity

WORDS = ("subject", "body")
PEOPLE = ("to", "reached")


def payload_without(message: OutboxMessage, identity: Identity) -> Any:
    """Return what a message holds without the person.

    Nobody else reads what went or would go to them alone, so all its words go. What is no mail yet to be sent is an
    order to the program: it stays as it is until it was carried out.
    """
    payload = message.payload
    if not isinstance(payload, dict) or "to" not in payload:
        return identity.without_in(payload) if message.state == OutboxMessage.State.SENT else payload
    people = {
        part: [address for address in payload[part] if not identity.is_address(address)]
        for part in PEOPLE
        if part in payload
    }
    is_theirs = bool(payload["to"]) and not people["to"]
    words = {part: REMOVED if is_theirs else identity.without_in(payload[part]) for part in WORDS if part in payload}
    return {**payload, **people, **words}
