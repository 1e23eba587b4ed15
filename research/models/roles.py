"""Which group holds which role: the role is this row, whatever the group is called."""

from django.contrib.auth.models import Group
from django.db import models


class Role(models.Model):
    """A role of the newsroom and the group whose members have it; ``key`` is one of ``permissions.ROLES``."""

    key = models.CharField(max_length=40, primary_key=True)
    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="role")

    def __str__(self) -> str:
        return self.key
