from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Someone who signs in. What they may do is decided by groups, what they are by a person's record."""

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()
