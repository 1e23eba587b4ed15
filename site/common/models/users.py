from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext


class User(AbstractUser):
    """Someone who signs in. What they may do is decided by groups, what they are by a person's record."""

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()


# Whoever asks, signed in or not.
AnyUser = User | AnonymousUser


def signed_in(user: AnyUser) -> User:
    """Return the user of a request as somebody with an account; the admin lets nobody else in.

    Raises:
        PermissionDenied: nobody signed in.
    """
    if not isinstance(user, User):
        raise PermissionDenied(gettext("Sign in first."))
    return user
