from datetime import datetime, timedelta

from django.db import models


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """Signs of life."""

    def beat(self, name: str, now: datetime) -> None:
        """Note that a process was at work at this moment."""
        self.update_or_create(name=name, defaults={"seen_at": now})

    def age(self, name: str, now: datetime) -> timedelta | None:
        """Return how long ago a process was last seen; None when it never was."""
        seen_at = self.filter(name=name).values_list("seen_at", flat=True).first()
        return None if seen_at is None else now - seen_at


class Heartbeat(models.Model):
    """When a process that works in the background was last at work."""

    name = models.CharField(max_length=64, primary_key=True)
    seen_at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
