import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest

from common import letterhead

audit = logging.getLogger("countersign.audit")


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Sign-in without sign-up: a newsroom's accounts are made by its administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: nobody makes an account alone."""
        return False

    def format_email_subject(self, subject: str) -> str:
        """Return the subject alone: who a mail comes from says its sender."""
        return subject

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMultiAlternatives:
        """Return a mail about somebody's account in the publication's dress."""
        plain = super().render_mail(*args, **kwargs)
        return letterhead.compose(plain.subject, str(plain.body), plain.to, plain.extra_headers)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave a line for whoever watches: guessing from many addresses stays below every limit of one."""
        name = str(credentials.get("username") or credentials.get("email") or "")[:150]
        audit.warning("sign-in refused for %r from %s", name, self.get_client_ip(request))
