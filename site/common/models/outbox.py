from datetime import datetime, timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from common.leases import is_free
from common.prepared_saves import PreparedSaves

#: No message waits longer than this; what is due later than that was written by a clock that was wrong.
LONGEST_WAIT = timedelta(hours=6)


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    """The queue as the runner asks for it."""

    def due(self, now: datetime) -> "OutboxQuerySet":
        """Return what waits and may be delivered at ``now``, longest due first."""
        return self.filter(is_free("due_at", now, LONGEST_WAIT), state=OutboxMessage.State.PENDING).order_by(
            "due_at", "pk"
        )

    def failed(self) -> "OutboxQuerySet":
        """Return what was given up and needs a person."""
        return self.filter(state=OutboxMessage.State.FAILED)


class OutboxMessage(PreparedSaves, models.Model):
    """Something to be told to the world outside, written in the transaction that it tells about."""

    class State(models.TextChoices):
        """Where a message is on its way."""

        PENDING = "pending", "waiting"
        SENT = "sent", "sent"
        FAILED = "failed", "given up"

    kind = models.CharField(max_length=64, help_text="Which handler delivers it.")
    key = models.CharField(max_length=255, unique=True, help_text="What is told, once: a second one is the same one.")
    payload = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                name="common_outbox_due",
                condition=models.Q(state="pending"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    def waiting_for(self) -> list[str]:
        """Return the recipients of a mail who did not get it yet; none for what is no mail."""
        reached = self.payload.get("reached", [])
        return [address for address in self.payload.get("to", []) if address not in reached]
