"""Pages for readers who are nobody in particular: printed whole, once, of what they show.

What stands around every page, an app that knows it says by ``use``.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.printing.memory import printed

Values = Mapping[str, Any]

_find: Callable[[HttpRequest], Values] = lambda request: {}  # noqa: E731


def use(find: Callable[[HttpRequest], Values]) -> None:
    """Let this function say what stands around a page, from now on: what its templates call it, and what it is."""
    global _find
    _find = find


def around(request: HttpRequest) -> Values:
    """Return what stands around the page that a request asks for."""
    return _find(request)


def page(request: HttpRequest, template: str, values: Values) -> HttpResponse:
    """Return a page, from memory if it was printed of the same values before; see ``printed``.

    Its templates get the values and what stands around the page, not the request. An editor's preview gets all.
    """
    if getattr(request, "is_preview", False):
        return render(request, template, dict(values))
    return HttpResponse(printed(template, **{**around(request), **values}))
