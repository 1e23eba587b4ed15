"""Salted commitments: a line of a chain binds a personal value without holding it.

A line carries the commitment only. The value and its salt stand in an erasable table beside the chain; once
they are gone the line and every proof still verify, and the commitment tells nothing: without the salt no
guess can be tried against it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from research.content.canonical import canonical_json

PREFIX = b"countersign-commitment-v1\n"


def new_salt() -> str:
    """Return a fresh secret for the commitments of one line: 32 random bytes in hexadecimal."""
    return secrets.token_hex(32)


def opening(salt: str, part: str) -> str:
    """Return the salt of one part, in hexadecimal; it opens this part's commitment and no other one's."""
    return hmac.new(bytes.fromhex(salt), part.encode(), hashlib.sha256).hexdigest()


def commit(part: str, value: Any, opened_by: str) -> str:
    """Return the commitment to a part's value, in hexadecimal.

    Args:
        part: the name of the part, so that a value cannot be passed off as another part's.
        value: anything that has a canonical JSON form.
        opened_by: what ``opening`` returned for this part.
    """
    words = f"{part}\n{opened_by}\n{canonical_json(value)}".encode()
    return hashlib.sha256(PREFIX + words).hexdigest()


def commitments(salt: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the commitment to each part, empty parts included: that one is empty is nobody's business."""
    return {part: commit(part, value, opening(salt, part)) for part, value in values.items()}
