"""Who is given the right to sign, and who loses it: an audit line each, and a mail to all reviewers."""

import logging
from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import Group
from wagtail.log_actions import get_active_log_context

from common.models import User
from research.newsroom.mails import announce_new_reviewer
from research.newsroom.permissions import MEDICAL_REVIEWERS

audit = logging.getLogger("countersign.audit")

GIVEN, TAKEN = "given to", "taken from"
WORDS = {"post_add": GIVEN, "post_remove": TAKEN, "pre_clear": TAKEN}


def note_change(instance: Any, action: str, *, reverse: bool, pks: Collection[int] | None) -> None:
    """Record a change of the many-to-many rows between users and groups, from whichever side it came.

    Args:
        instance: the user, or with ``reverse`` the group.
        action: of Django's ``m2m_changed``.
        reverse: whether the group's side was changed.
        pks: the rows of the other side; None when all are cleared.
    """
    words = WORDS.get(action)
    group = Group.objects.filter(name=MEDICAL_REVIEWERS).first()
    if words is None or group is None:
        return
    for user in _users(instance, group, reverse=reverse, pks=pks):
        by = _actor()
        audit.warning("role %s %s %s by %s", MEDICAL_REVIEWERS, words, user.get_username(), by)
        if words == GIVEN:
            announce_new_reviewer(user, by)


def _users(instance: Any, group: Group, *, reverse: bool, pks: Collection[int] | None) -> list[User]:
    if not reverse:
        concerned = instance.groups.filter(pk=group.pk).exists() if pks is None else group.pk in pks
        return [instance] if concerned else []
    if instance.pk != group.pk:
        return []
    return list(group.user_set.all() if pks is None else User.objects.filter(pk__in=pks))


def _actor() -> str:
    user = get_active_log_context().user
    return user.get_username() if user else "a command"
