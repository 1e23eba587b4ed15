"""Contributors: who writes and who countersigns."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from research.newsroom.roles import note_credentials
from research.sources.identifiers import validate_orcid


class Person(models.Model):
    """A contributor with the name and credentials that readers see."""

    class Role(models.TextChoices):
        WRITER = "writer", _("Writer")
        MEDICAL_REVIEWER = "medical_reviewer", _("Medical reviewer")
        EDITOR = "editor", _("Editor")

    name = models.CharField(max_length=120)
    credentials = models.CharField(
        max_length=120,
        blank=True,
        help_text=_("For example “MD, neurologist”. A medical reviewer cannot sign without them."),
    )
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.WRITER)
    orcid = models.CharField("ORCID", max_length=19, null=True, blank=True, unique=True, validators=[validate_orcid])
    photo = models.ForeignKey("common.Image", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    bio = models.TextField(blank=True, max_length=600)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="person",
        help_text=_("The account this person signs in with, if any."),
    )

    # Every account this person ever signed in with: a link that is taken off makes nobody somebody else.
    account_ids: models.JSONField = models.JSONField(default=list, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.orcid = self.orcid or None
        kept = Person.objects.filter(pk=self.pk).values_list("account_ids", "user_id", "credentials").first()
        known, account, credentials = kept or ([], None, "")
        if credentials != self.credentials:
            note_credentials(self.name, credentials, self.credentials)
        accounts = {*known, account, *self.account_ids, self.user_id}
        self.account_ids = sorted(accounts - {None})
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "account_ids"}
        super().save(*args, **kwargs)

    def was_account_of(self, user_id: int) -> bool:
        """True when this person signs in, or ever signed in, with an account."""
        return user_id == self.user_id or user_id in self.account_ids


class Role(models.Model):
    """A role of the newsroom and the group whose members have it; ``key`` is one of ``permissions.ROLES``."""

    key = models.CharField(max_length=40, primary_key=True)
    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="role")

    def __str__(self) -> str:
        return self.key


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date) -> "AbsenceQuerySet":
        """Absences that a day is in."""
        return self.filter(first_day__lte=day, last_day__gte=day)


class Absence(models.Model):
    """Days on which somebody of the newsroom is away: nothing is given to them then."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences")
    first_day = models.DateField()
    last_day = models.DateField()

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="absence_has_days")
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.first_day} to {self.last_day}"
