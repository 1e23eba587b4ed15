import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

audit = logging.getLogger("countersign.audit")


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Sign-in without sign-up: a newsroom's accounts are made by its administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: nobody makes an account alone."""
        return False

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave a line for whoever watches: guessing from many addresses stays below every limit of one."""
        name = str(credentials.get("username") or credentials.get("email") or "")[:150]
        audit.warning("sign-in refused for %r from %s", name, self.get_client_ip(request))
