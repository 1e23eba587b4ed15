"""Who may: a rule about an account, the same for a view, a screen of Wagtail's, and the entry of a menu."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from common.models import AnyUser
from common.words import Words

Rule = Callable[[AnyUser], bool]
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def permitted(rule: Rule, refusal: Words = "") -> Callable[[View[P]], View[P]]:
    """Let a view answer only whom a rule allows it; ``refusal`` tells the others who may."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def serve(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            demand(rule, request.user, refusal)
            return view(request, *args, **kwargs)

        return serve

    return decorate


class PermittedMixin:
    """The same for a view that is a class; ``rule``, as a static method, and ``refusal`` stand on it."""

    rule: Rule
    refusal: Words = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse whom the rule does not allow it.

        Raises:
            PermissionDenied: the rule says no.
        """
        demand(self.rule, request.user, self.refusal)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return answer


def demand(rule: Rule, user: AnyUser, refusal: Words = "") -> None:
    """Do nothing where a rule allows it.

    Raises:
        PermissionDenied: the rule says no.
    """
    if not rule(user):
        raise PermissionDenied(str(refusal))


def with_right(right: str) -> Rule:
    """Return the rule that asks for a right, such as ``research.view_study``."""
    return lambda user: user.has_perm(right)
