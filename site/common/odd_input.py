"""Input that no link of ours holds: it is answered with 404 or the plain list, never with an error page.

Importing this module makes the path converter ``id`` known.
"""

import logging
import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import register_converter
from django.utils.translation import gettext
from django.views.defaults import page_not_found
from wagtail_modeladmin.options import ModelAdminGroup
from wagtail_modeladmin.views import HistoryView

from common.admin_address import is_in_admin
from common.models import AnyUser
from common.own_changes import with_own_changes

logger = logging.getLogger(__name__)

# What a list raises on a filter that makes no sense, here or in the database.
SENSELESS = (IncorrectLookupParameters, ValidationError, ValueError, OverflowError, DataError)


class IdConverter:
    """An id in an address: at most 18 digits, for which every database has room."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """Return the id."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return its digits."""
        return str(value)


register_converter(IdConverter, "id")


def id_from(text: Any) -> int | None:
    """Return the id that a text holds; None when it is none, or has more than 18 digits."""
    return int(text) if re.fullmatch(IdConverter.regex, str(text)) else None


class PermittedHistoryView(HistoryView):
    """What happened to a row, for those who may see the list it stands in; wagtail-modeladmin asks nobody."""

    def check_action_permitted(self, user: AnyUser) -> bool:
        """True with any right on the model."""
        return self.permission_helper.user_can_list(user)


class SafeModelAdminGroup(ModelAdminGroup):
    """Lists in the admin: a wrong id is not found, a filter that makes no sense is left out, history has a right.

    Their forms store what their sender changed, and nothing over what was not shown.
    """

    def __init__(self) -> None:
        super().__init__()
        for model_admin in self.modeladmin_instances:
            model_admin.history_view_class = PermittedHistoryView
            model_admin.edit_view_class = with_own_changes(model_admin.edit_view_class)

    def get_admin_urls_for_registration(self) -> Any:
        """Return the addresses of all lists in the group, with views that bear odd input."""
        patterns = super().get_admin_urls_for_registration()
        for pattern in patterns:
            careful = _careful_list if pattern.name.endswith("_index") else _careful_object
            pattern.callback = careful(pattern.callback)
        return patterns


def _careful_list(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def careful(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except SENSELESS:
            if not request.GET:
                raise
            messages.warning(request, gettext("That filter makes no sense here. This is the whole list."))
            return redirect(request.path)

    return careful


def _careful_object(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def careful(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if "instance_pk" in kwargs and id_from(unquote(kwargs["instance_pk"])) is None:
            raise Http404
        return view(request, **kwargs)

    return careful


class OddInputMiddleware:
    """Answer odd ids in the admin with 404, in Wagtail's own choosers, lists and bulk actions too.

    Those hand what stands in an address to the database as it is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer of the view."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Refuse a number in an address that is no row's.

        Raises:
            Http404: it is 0, or has more digits than any database has room for.
        """
        numbers = [value for name, value in kwargs.items() if isinstance(value, int) and name.endswith(("id", "pk"))]
        if is_in_admin(request) and any(id_from(number) is None or number == 0 for number in numbers):
            raise Http404

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return "not found" for an error that a value of the request made; None for any other."""
        if not (is_in_admin(request) and made_by_input(request, error)):
            return None
        logger.warning("%s makes no sense: %s", request.path_info[:200], str(error)[:200])
        return page_not_found(request, error)


def made_by_input(request: HttpRequest, error: Exception) -> bool:
    """Tell whether an error says that one value of the request cannot be what was asked for.

    It quotes the value, or the database has no room for it. An error of ours that quotes nothing is none.
    """
    if not isinstance(error, SENSELESS):
        return False
    values = list(_values(request))
    if isinstance(error, OverflowError | DataError) or "NUL" in str(error):
        return any("\0" in value or (value.lstrip("-").isdigit() and id_from(value) is None) for value in values)
    if isinstance(error, IncorrectLookupParameters):
        return True
    said = str(error)
    return any(repr(value) in said or f"“{value}”" in said for value in values if id_from(value) is None)


def _values(request: HttpRequest) -> Iterator[str]:
    if request.resolver_match is not None:
        yield from map(str, request.resolver_match.kwargs.values())
    for parameters in (request.GET, request.POST):
        for _, values in parameters.lists():
            yield from map(str, values)
