"""A mail server that refuses the mails whose subject has one of the words in REFUSED."""

from collections.abc import Sequence
from typing import Any

from django.core.mail.backends.locmem import EmailBackend as LocmemBackend

REFUSED: set[str] = set()


class EmailBackend(LocmemBackend):
    """Keeps what it takes, as the suite's own backend does."""

    def send_messages(self, messages: Sequence[Any]) -> int:
        """Take the mails or raise."""
        if any(word in message.subject for message in messages for word in REFUSED):
            raise ConnectionRefusedError("the mail server is away")
        return super().send_messages(messages)
