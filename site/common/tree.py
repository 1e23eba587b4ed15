"""Moving, copying and deleting pages: each with all that follows from it, one after the other.

Wagtail tells of a move when it is committed. In the newsroom what follows is part of it, and a fault takes back both.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from wagtail.admin.views.bulk_action.registry import bulk_action_registry
from wagtail.models import Page

from common.odd_input import id_from

View = Callable[..., HttpResponseBase]

#: Wagtail's views that put pages elsewhere in the tree, or take them out, by the names of their addresses.
VIEWS = frozenset({"copy", "delete", "move_confirm", "set_page_position"})
#: Wagtail's view of all that is done to several things at once, and what of that does so to pages.
BULK_VIEW, BULK_ACTIONS = "wagtail_bulk_action", frozenset({"delete", "move"})
IN_TURN = "is_carried_out_in_turn"
_first: list[Callable[[], None]] = []


def begin_with(function: Callable[[], None]) -> None:
    """Have a function called first of all in these transactions: it waits for what must not be met in the middle."""
    _first.append(function)


def connect(patterns: Iterable[URLPattern]) -> None:
    """Let Wagtail's views do their work in turn; these are the addresses of its pages, and of its bulk actions."""
    for pattern in patterns:
        name = getattr(pattern, "name", None)
        if name in {*VIEWS, BULK_VIEW} and not hasattr(pattern.callback, IN_TURN):
            pattern.callback = _in_turn(pattern.callback, _several if name == BULK_VIEW else _one)


def _in_turn(view: View, find: Callable[[HttpRequest, dict[str, Any]], Iterable[Any] | None]) -> View:
    """Return a view that goes in turn where ``find`` finds pages that a request moves, copies or deletes."""

    @wraps(view)
    def carried_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or not request.user.has_perm("wagtailadmin.access_admin"):
            return view(request, *args, **kwargs)
        pages = find(request, kwargs)
        if pages is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            for wait in _first:
                wait()
            _hold(pages)
            return view(request, *args, **kwargs)

    setattr(carried_out, IN_TURN, True)
    return carried_out


def _one(request: HttpRequest, named: dict[str, Any]) -> list[Any]:
    return [named.get("page_id") or named.get("page_to_move_id")]


def _several(request: HttpRequest, named: dict[str, Any]) -> Iterable[Any] | None:
    """Return the pages of a bulk action, by the numbers that Wagtail takes; None for one that leaves them in place."""
    found = bulk_action_registry.get_bulk_action_class(named["app_label"], named["model_name"], named["action"])
    if found is None or Page not in found.models or found.action_type not in BULK_ACTIONS:
        return None
    chosen = request.GET.getlist("id")
    if "all" in chosen:
        return found(request, Page).get_all_objects_in_listing_query(request.GET.get("childOf"))
    return filter(None, map(id_from, chosen))


def _hold(keys: Iterable[Any]) -> None:
    """Hold the tree, and pages that are to be moved or deleted: who releases or signs one comes before, or after."""
    list(Page.objects.filter(depth=1).select_for_update(no_key=True).values_list("pk"))
    held = list(Page.objects.filter(pk__in=list(keys)).order_by("pk").select_for_update())
    for kind in {page.specific_class: None for page in held if page.specific_class is not None}:
        # What points to an article holds the row of its own table.
        own = kind._default_manager.filter(pk__in=[page.pk for page in held]).order_by("pk")
        list(own.select_for_update().values_list("pk"))
