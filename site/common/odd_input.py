"""Input that no link of ours holds: it is answered with 404 or the plain list, never with an error page.

Importing this module makes the path converter ``id`` known.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import register_converter
from wagtail_modeladmin.options import ModelAdminGroup

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


class SafeModelAdminGroup(ModelAdminGroup):
    """Lists in the admin: a wrong id is not found, and a filter that makes no sense is left out."""

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
            messages.warning(request, "That filter makes no sense here. This is the whole list.")
            return redirect(request.path)

    return careful


def _careful_object(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def careful(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if "instance_pk" in kwargs and id_from(unquote(kwargs["instance_pk"])) is None:
            raise Http404
        return view(request, **kwargs)

    return careful
