from datetime import datetime, timedelta

from django.db import models

from common.clock import TOLERANCE


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """Signs of life."""

    def beat(self, name: str, now: datetime) -> None:
        """Note that a process was at work at this moment."""
        self.update_or_create(name=name, defaults={"seen_at": now})

    def age(self, name: str, now: datetime) -> timedelta | None:
        """Return how long ago a process was last seen; None when it never was.

        Seen at a time that is still to come says nothing: one of the clocks is wrong, and nobody knows since when.
        """
        ahead = now + TOLERANCE
        seen_at = self.filter(name=name, seen_at__lte=ahead).values_list("seen_at", flat=True).first()
        return None if seen_at is None else max(now - seen_at, timedelta(0))


class Heartbeat(models.Model):
    """When a process that works in the background was last at work."""

    name = models.CharField(max_length=64, primary_key=True)
    seen_at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
