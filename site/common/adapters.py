from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Sign-in without sign-up: a newsroom's accounts are made by its administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: nobody makes an account alone."""
        return False
