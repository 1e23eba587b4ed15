"""Handing checkpoints on: posted to addresses of the operator's choice, and time-stamped (RFC 3161)."""

import hashlib
import secrets

import httpx
from django.conf import settings

from common.models import OutboxMessage
from common.outbox import register
from research.models.transparency import Checkpoint, CheckpointStamp
from research.review.transparency.checkpoints import POST, STAMP

TIMEOUT_SECONDS = 20.0
#: DER of ``AlgorithmIdentifier`` for SHA-256 and the start of a 32-byte octet string.
SHA256_IMPRINT = bytes.fromhex("3031300d060960864801650304020105000420")
GRANTED = (0, 1)
MOST_ANSWER_BYTES = 100_000


class NotStamped(RuntimeError):
    """The time-stamping authority's answer is no stamp of what was sent."""


@register(POST)
def post_checkpoint(message: OutboxMessage) -> None:
    """Post a checkpoint as plain text.

    Raises:
        httpx.HTTPError: it was not taken.
    """
    note = Checkpoint.objects.get(pk=message.payload["size"]).note
    answer = httpx.post(
        message.payload["address"],
        content=note.encode(),
        headers={"Content-Type": "text/plain; charset=utf-8"},
        timeout=TIMEOUT_SECONDS,
    )
    answer.raise_for_status()


@register(STAMP)
def stamp_checkpoint(message: OutboxMessage) -> None:
    """Have a checkpoint time-stamped, and keep the answer. A second time keeps the first answer.

    Raises:
        httpx.HTTPError: the authority did not answer.
        NotStamped: it did not grant a stamp, or not of this checkpoint.
    """
    checkpoint = Checkpoint.objects.get(pk=message.payload["size"])
    imprint, nonce = hashlib.sha256(checkpoint.note.encode()).digest(), b"\x01" + secrets.token_bytes(7)
    answer = httpx.post(
        settings.TIMESTAMP_AUTHORITY,
        content=timestamp_query(imprint, nonce),
        headers={"Content-Type": "application/timestamp-query"},
        timeout=TIMEOUT_SECONDS,
    )
    answer.raise_for_status()
    _refuse_other_answer(answer.content, imprint, nonce)
    CheckpointStamp.objects.get_or_create(
        checkpoint=checkpoint, defaults={"authority": settings.TIMESTAMP_AUTHORITY, "answer": answer.content}
    )


def timestamp_query(imprint: bytes, nonce: bytes) -> bytes:
    """Return a ``TimeStampReq`` in DER: version 1, a SHA-256, an 8-byte nonce, and the wish for certificates."""
    body = b"\x02\x01\x01" + SHA256_IMPRINT + imprint + b"\x02\x08" + nonce + b"\x01\x01\xff"
    return b"\x30" + bytes([len(body)]) + body


def _refuse_other_answer(answer: bytes, imprint: bytes, nonce: bytes) -> None:
    """Look for the status, the imprint and the nonce; the signature is for whoever verifies the stamp.

    Raises:
        NotStamped: one of them is not there.
    """
    if len(answer) > MOST_ANSWER_BYTES or _status_of(answer) not in GRANTED:
        raise NotStamped("The time-stamping authority did not grant a stamp.")
    if imprint not in answer or nonce not in answer:
        raise NotStamped("The time-stamping authority answered about something else.")


def _status_of(answer: bytes) -> int:
    """Return the status of a ``TimeStampResp``: two sequences begin, and then comes the number; -1 for others."""
    inside = _inside_sequence(_inside_sequence(answer))
    return inside[2] if inside[:2] == b"\x02\x01" and len(inside) > 2 else -1


def _inside_sequence(data: bytes) -> bytes:
    """Return what follows the head of a DER sequence; empty where there is none."""
    if len(data) < 2 or data[0] != 0x30:
        return b""
    extra = data[1] & 0x7F if data[1] & 0x80 else 0
    return data[2 + extra :]
