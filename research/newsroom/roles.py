"""Who is given the right to sign, and who loses it: an audit line each, and a mail to all reviewers."""

import logging
from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import Group
from wagtail.log_actions import get_active_log_context

from common.models import User
from research.newsroom.mails.people import announce_new_reviewer, announce_renaming
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
    group = Group.objects.filter(role__key=MEDICAL_REVIEWERS).first()
    if words is None or group is None:
        return
    for user in _users(instance, group, reverse=reverse, pks=pks):
        by = _actor()
        audit.warning("role %s %s %s by %s", MEDICAL_REVIEWERS, words, user.get_username(), by)
        if words == GIVEN:
            announce_new_reviewer(user, by)


def note_renaming(group: Group) -> None:
    """Record that the group of a role is about to get another name; the role stays with it."""
    kept = Group.objects.filter(pk=group.pk, role__isnull=False).values_list("name", "role__key").first()
    if kept is None or kept[0] == group.name:
        return
    was, role = kept
    audit.warning("group of role %s renamed from %s to %s by %s", role, was, group.name, _actor())
    if role == MEDICAL_REVIEWERS:
        announce_renaming(was, group.name, _actor())


def note_name(kind: str, was: str, now: str) -> None:
    """Record that what readers know by a name is called otherwise."""
    audit.warning("%s renamed from %r to %r by %s", kind, was, now, _actor())


def note_credentials(name: str, was: str, now: str) -> None:
    """Record that somebody's credentials changed: readers see them beside what that person signs from now on."""
    audit.warning("credentials of %s changed from %r to %r by %s", name, was, now, _actor())


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
