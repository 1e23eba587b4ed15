"""Contributors: who writes and who countersigns."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from research.models.signoffs import Erasure
from research.newsroom.roles import note_credentials
from research.sources.identifiers import validate_orcid


class PersonQuerySet(models.QuerySet["Person"]):
    def erased(self) -> "PersonQuerySet":
        """Entries whose name was removed at their request: articles go on pointing to them, and no page names them."""
        removed = Erasure.objects.filter(kind=Erasure.Kind.PERSON, person_id__isnull=False)
        return self.filter(pk__in=removed.values("person_id"))

    def not_erased(self) -> "PersonQuerySet":
        """Entries that still name somebody."""
        return self.exclude(pk__in=Person.objects.erased().values("pk"))


class Person(models.Model):
    """A contributor with the name and credentials that readers see.

    ``photo_sizes`` is what ``publishing.contributors`` made of the photo for readers: nothing while it has no page.
    """

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
    photo = models.ForeignKey(
        "common.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Readers see it on the contributor’s page."),
    )
    photo_sizes: models.JSONField = models.JSONField(default=dict, editable=False)
    bio = models.TextField(
        blank=True,
        max_length=600,
        help_text=_("Who they are, for the contributor’s page. No medical advice: nobody countersigns it."),
    )
    interests = models.TextField(
        _("declared interests"),
        blank=True,
        max_length=1000,
        help_text=_(
            "Money, posts and other ties that a reader should know of, or that there are none. Readers see it on the "
            "contributor’s page; what is declared for one article stands with its signature."
        ),
    )
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

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the record, and what follows it in public: both, or none."""
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

    @property
    def address(self) -> str:
        """Where readers find the contributor: by number, so that a name may change, or go."""
        return contributor_address(self.pk)

    def was_account_of(self, user_id: int) -> bool:
        """True when this person signs in, or ever signed in, with an account."""
        return user_id == self.user_id or user_id in self.account_ids


def contributor_address(person_id: int) -> str:
    """Return the address of a contributor's page."""
    return f"/contributors/{person_id}/"


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
