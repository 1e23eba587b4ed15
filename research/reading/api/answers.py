"""How the API answers: JSON for everybody, and problems as RFC 9457 has them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

ROOT = "/api/v1/"
METHODS = ("GET", "HEAD", "OPTIONS")
JSON_OPTIONS = {"ensure_ascii": False, "indent": 1}

View = Callable[..., HttpResponseBase]


def endpoint(view: View) -> View:
    """Let a view answer as the API does: programs of other sites may read it, and what is not there is a problem."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in METHODS:
            answer: HttpResponseBase = problem(405, _("This API is for reading."))
        elif request.method == "OPTIONS":
            answer = HttpResponse(status=204)
        else:
            try:
                answer = view(request, *args, **kwargs)
            except Http404 as missing:
                answer = problem(404, str(missing) or _("There is nothing public at this address."))
        if answer.status_code in (204, 405):
            answer.headers["Allow"] = ", ".join(METHODS)
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["X-Robots-Tag"] = "noindex"
        answer.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Link"
        return answer

    return answering


def data(found: Any) -> JsonResponse:
    """Return an answer of the API."""
    return JsonResponse(found, json_dumps_params=JSON_OPTIONS)


def problem(status: int, detail: str) -> JsonResponse:
    """Return why there is no answer."""
    titles = {
        400: _("This cannot be understood"),
        404: _("Not found"),
        405: _("Method not allowed"),
        410: _("No longer public"),
    }
    told = {"type": "about:blank", "title": titles[status], "status": status, "detail": detail}
    return JsonResponse(told, status=status, content_type="application/problem+json", json_dumps_params=JSON_OPTIONS)
