"""Accounts by role, and the contributors they belong to."""

from typing import Any

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from common.models import OutboxMessage, User
from research.models import Person
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS, WRITERS
from tests.scenes import OneStep, one_step

PASSWORD = "correct horse battery"


class UserFactory(OneStep, DjangoModelFactory):
    """An active account; ``role`` puts it into the group that the migration made."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    first_name = "Uma"
    last_name = factory.Sequence(lambda n: f"Number{n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(*args, password=PASSWORD, **kwargs)

    @factory.post_generation
    def role(self: Any, create: bool, extracted: str | None, **kwargs: Any) -> None:
        """Join a group."""
        if extracted:
            self.groups.add(Group.objects.get(name=extracted))
            # Tests look at the mails of what they do, not at those about the accounts they do it with.
            OutboxMessage.objects.filter(key__startswith="reviewer-added-").delete()


class PersonFactory(OneStep, DjangoModelFactory):
    """A contributor without an account."""

    class Meta:
        model = Person

    name = factory.Sequence(lambda n: f"Person {n}")


@one_step
def writer_user(**kwargs: Any) -> User:
    """Return an account of a writer, with a person's record."""
    return _with_person(UserFactory(role=WRITERS, **kwargs), Person.Role.WRITER, "")


@one_step
def reviewer_user(credentials: str = "MD, neurologist", **kwargs: Any) -> User:
    """Return an account of a medical reviewer whose credentials are on record."""
    return _with_person(UserFactory(role=MEDICAL_REVIEWERS, **kwargs), Person.Role.MEDICAL_REVIEWER, credentials)


@one_step
def editor_user(**kwargs: Any) -> User:
    """Return an account of a managing editor."""
    return _with_person(UserFactory(role=EDITORS, **kwargs), Person.Role.EDITOR, "")


@one_step
def admin_user(**kwargs: Any) -> User:
    """Return a superuser, who is in no group."""
    return UserFactory(is_superuser=True, is_staff=True, **kwargs)


def _with_person(user: User, role: str, credentials: str) -> User:
    PersonFactory(name=user.get_full_name(), role=role, credentials=credentials, user=user)
    return user
