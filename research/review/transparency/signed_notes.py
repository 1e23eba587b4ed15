"""Checkpoints as signed notes: the text format of transparency logs, so that other people's tools read ours.

Formats: https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint. A note is its lines, an empty line,
and a line for each Ed25519 signature.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519 = b"\x01"
SEED_BYTES = 32


class BadKey(ValueError):
    """A signing key cannot be read; the words say what one looks like."""


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key with the name that stands beside its signatures."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def key_id(self) -> bytes:
        """The first four bytes of the hash of name and public key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    @property
    def verifier(self) -> str:
        """The verification key as outsiders write it down: name, id and public key."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(ED25519 + self.public)}"

    def signature_line(self, text: str) -> str:
        """Return the line that signs a note's text."""
        return f"— {self.name} {_base64(self.key_id + self.private.sign(text.encode()))}\n"


def read_key(name: str, words: str) -> SigningKey:
    """Return a signing key from its 32 bytes in base64.

    Raises:
        BadKey: they are not.
    """
    try:
        seed = base64.b64decode(words, validate=True)
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise BadKey("A key of the checkpoints is 32 bytes in base64. Make one with `manage.py checkpoint --new-key`.")
    return SigningKey(name, Ed25519PrivateKey.from_private_bytes(seed))


def new_key() -> str:
    """Return a fresh signing key, in base64. Whoever has it can sign checkpoints."""
    return _base64(Ed25519PrivateKey.generate().private_bytes_raw())


def sign_note(origin: str, size: int, root: bytes, extensions: list[str], keys: list[SigningKey]) -> str:
    """Return a checkpoint: origin, size, root and extension lines, signed by every key."""
    text = "".join(f"{line}\n" for line in (origin, size, _base64(root), *extensions))
    return f"{text}\n" + "".join(key.signature_line(text) for key in keys)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
