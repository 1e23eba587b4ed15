"""Entries of the admin's menus."""

from typing import Any

from django.http import HttpRequest
from wagtail.admin.menu import MenuItem

from common.rights import Rule
from common.words import Words


class PermittedMenuItem(MenuItem):
    """Shown to whom a rule allows it."""

    def __init__(self, label: Words, url: str, *, rule: Rule, **kwargs: Any) -> None:
        self.rule = rule
        super().__init__(label, url, **kwargs)

    def is_shown(self, request: HttpRequest) -> bool:
        """True when the rule says so."""
        return self.rule(request.user)
