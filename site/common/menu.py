"""Entries of the admin's menus."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from wagtail.admin.menu import MenuItem

from common.models import AnyUser
from common.words import Words


class PermittedMenuItem(MenuItem):
    """Shown to whom a rule allows it."""

    def __init__(self, label: Words, url: str, *, rule: Callable[[AnyUser], bool], **kwargs: Any) -> None:
        self.rule = rule
        super().__init__(label, url, **kwargs)

    def is_shown(self, request: HttpRequest) -> bool:
        """True when the rule says so."""
        return self.rule(request.user)


def with_right(right: str) -> Callable[[AnyUser], bool]:
    """Return the rule that asks for a right, such as ``research.view_study``."""
    return lambda user: user.has_perm(right)
