"""Moving, copying and deleting pages: each with all that follows from it, one after the other.

Wagtail tells of a move when it is committed. In the newsroom what follows is part of it, and a fault takes back both.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from wagtail.models import Page

View = Callable[..., HttpResponseBase]

#: Wagtail's views that put pages elsewhere in the tree, or take them out, by the names of their addresses.
VIEWS = frozenset({"copy", "delete", "move_confirm", "set_page_position"})
IN_TURN = "is_carried_out_in_turn"
_first: list[Callable[[], None]] = []


def begin_with(function: Callable[[], None]) -> None:
    """Have a function called first of all in these transactions: it waits for what must not be met in the middle."""
    _first.append(function)


def connect(patterns: Iterable[URLPattern]) -> None:
    """Let Wagtail's views do their work in turn; these are the addresses of its pages."""
    for pattern in patterns:
        if pattern.name in VIEWS and not hasattr(pattern.callback, IN_TURN):
            pattern.callback = _in_turn(pattern.callback)


def _in_turn(view: View) -> View:
    @wraps(view)
    def carried_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or not request.user.has_perm("wagtailadmin.access_admin"):
            return view(request, *args, **kwargs)
        with transaction.atomic():
            for wait in _first:
                wait()
            _hold(kwargs.get("page_id") or kwargs.get("page_to_move_id"))
            return view(request, *args, **kwargs)

    setattr(carried_out, IN_TURN, True)
    return carried_out


def _hold(page_id: int | None) -> None:
    """Hold the tree, and the page that is to be moved or deleted: who releases or signs it comes before, or after."""
    list(Page.objects.filter(depth=1).select_for_update(no_key=True).values_list("pk"))
    page = Page.objects.filter(pk=page_id).select_for_update().first()
    if page is not None and page.specific_class is not None:
        # What points to an article holds the row of its own table.
        list(page.specific_class._default_manager.filter(pk=page.pk).select_for_update().values_list("pk"))
