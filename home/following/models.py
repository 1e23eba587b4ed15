import uuid
from datetime import datetime, time, timedelta

from django.core import signing
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.leases import is_free

#: Digests go out from this time of the site's day on.
MORNING = time(7)
#: From one monthly digest to the next.
LONGEST_WAIT = timedelta(days=32)
SALT = "countersign.following"


class FollowerQuerySet(models.QuerySet["Follower"]):
    def confirmed(self) -> "FollowerQuerySet":
        """Those who said yes from their own address."""
        return self.filter(confirmed_at__isnull=False)

    def digest_due(self, now: datetime) -> "FollowerQuerySet":
        """Those whose digest should go out, the longest waiting first."""
        return self.confirmed().filter(is_free("due_at", now, LONGEST_WAIT)).order_by("due_at", "pk")

    def link_due(self, now: datetime) -> "FollowerQuerySet":
        """Those who asked for the link that lets them say yes, or change what they chose."""
        return self.filter(is_free("link_due_at", now, LONGEST_WAIT)).order_by("link_due_at", "pk")

    def unconfirmed_since(self, moment: datetime) -> "FollowerQuerySet":
        """Addresses whose owners have not said yes, and were asked before this moment."""
        return self.filter(confirmed_at__isnull=True, asked_at__lt=moment)

    def with_token(self, token: str) -> "Follower | None":
        """Return whose link this is; None for a link that we did not make, or that has ended."""
        try:
            key = uuid.UUID(signing.Signer(salt=SALT).unsign(token))
        except (signing.BadSignature, ValueError):
            return None
        return self.filter(key=key).select_related("section", "topic").first()


class Follower(models.Model):
    """An address that mails go to, and what its owner wants to be told of. Deleted as soon as they have enough."""

    class Frequency(models.TextChoices):
        DAILY = "daily", _("Every day on which there is news")
        WEEKLY = "weekly", _("Once a week, on Monday")
        MONTHLY = "monthly", _("Once a month, on the first")

    # Whoever is erased is mailed no more.
    goes_with_a_name = True

    email = models.EmailField(_("e-mail address"), unique=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    section = models.ForeignKey(
        "research.TopicIndexPage", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    topic = models.ForeignKey("research.Topic", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    least_credibility = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(5)])
    frequency = models.CharField(max_length=8, choices=Frequency.choices, default=Frequency.WEEKLY)

    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    link_due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    # The next digest tells of what happened from here on.
    told_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)

    objects = FollowerQuerySet.as_manager()

    class Meta:
        ordering = ["email"]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(confirmed_at__isnull=False), name="follower_digest_due")
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def token(self) -> str:
        """What a link of this follower holds: nobody can make one up, and none outlives the row."""
        return signing.Signer(salt=SALT).sign(str(self.key))

    @property
    def language(self) -> str:
        """What mails to them are written in: the language of the section they follow, or "" for the publication's."""
        return self.section.language if self.section else ""

    def what(self) -> str:
        """Return in words what they follow."""
        parts = [self.topic.name if self.topic else "", self.section.title if self.section else ""]
        return ", ".join(part for part in parts if part) or gettext("Everything")

    def confirm(self, now: datetime) -> None:
        """Note that the owner of the address said yes; saying it again changes nothing."""
        if self.confirmed_at is None:
            self.confirmed_at = self.told_until = now
            self.due_at = next_due(self.frequency, now)
            self.save(update_fields=["confirmed_at", "told_until", "due_at"])


def next_due(frequency: str, now: datetime) -> datetime:
    """Return when the next digest is due after a moment, in the morning of the site's day."""
    today = timezone.localtime(now).date()
    if frequency == Follower.Frequency.MONTHLY:
        day = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    elif frequency == Follower.Frequency.WEEKLY:
        day = today + timedelta(days=7 - today.weekday())
    else:
        day = today + timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, MORNING))
