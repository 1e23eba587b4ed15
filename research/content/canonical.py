"""One spelling for equal values: canonical JSON and its digest."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical_json(value: Any) -> str:
    """Return JSON in one spelling only: sorted keys, no spaces, empty values left out."""
    return json.dumps(without_empty(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def without_empty(value: Any) -> Any:
    """Leave out empty members of mappings, so that a new optional field changes nothing.

    A zero is a number and stays; members of lists stay, because their place means something.
    """
    if isinstance(value, Mapping):
        kept = {key: without_empty(member) for key, member in value.items()}
        return {key: member for key, member in kept.items() if not _is_empty(member)}
    if isinstance(value, list | tuple):
        return [without_empty(member) for member in value]
    return value


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})
