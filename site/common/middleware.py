import base64
import hashlib
from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import reverse

from common.admin_address import is_in_admin
from common.characters import whole_characters

# How the kinds of content that are text end, beside text/….
COMPRESSED_KINDS = ("json", "xml", "javascript")


def allow_style(request: HttpRequest, rules: str) -> None:
    """Let the page that answers a request hold a ``<style>`` with exactly these rules, which its policy then names."""
    digest = base64.b64encode(hashlib.sha256(rules.encode()).digest()).decode()
    vars(request)["own_style"] = f"'sha256-{digest}'"


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Send the strict policy on public pages and sign-in, the admin's own below ``/admin/``, and one for previews.

    Wagtail runs a preview as a request to the page's public address, through these middlewares, so its answer
    would carry the public policy, which no frame may hold: the editor's preview and checks would stay empty.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Return the parts of the policy for one answer; a view's own decorators still win."""
        parts = super().get_policy_parts(request, response, report_only)
        if report_only or parts.config is not None:
            return parts
        if getattr(request, "is_preview", False):
            parts.config = settings.PREVIEW_CONTENT_SECURITY_POLICY
        elif is_in_admin(request):
            parts.config = settings.ADMIN_CONTENT_SECURITY_POLICY
        elif parts.update is None:
            parts.update = {}
            if request.path_info.startswith(reverse("mfa_index")):
                parts.update["img-src"] = ["data:"]  # the square code that an authenticator app reads
            if style := getattr(request, "own_style", None):
                parts.update["style-src"] = ["'self'", style]
        return parts


class TextGZipMiddleware(GZipMiddleware):
    """Compress what is text: a page of 40 KB becomes 9. Pictures are compressed already, and keep their length."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the answer, compressed where it is text and the browser understands it."""
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
        if not kind.startswith("text/") and not kind.endswith(COMPRESSED_KINDS):
            return response
        answer: HttpResponseBase = super().process_response(request, response)
        return answer


class RevalidationMiddleware:
    """Let no cache outside serve an answer unasked, unless the view said for how long it may.

    Caches guess a lifetime, or have one of their own, for answers that name none. An article would then be
    missing after its time has come, and be read after it expired or was taken down.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer; one without a word on caching must be asked for again each time."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response


class StorableTextMiddleware:
    """Replaces, in what a form posts, half a character by U+FFFD: no database and no answer can hold it.

    Django does so for bytes that are no UTF-8; JavaScript's JSON, in which rich text and tables are posted, may
    name half a character all the same.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer of the view."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: list[Any], kwargs: dict[str, Any]
    ) -> None:
        """Give the view a form that holds only whole characters."""
        # Who is exempt reads the form itself, some of it under a limit of size that is set in the view.
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return
        if any(_whole(value) != value for _, values in request.POST.lists() for value in values):
            posted = request.POST.copy()
            for name, values in request.POST.lists():
                posted.setlist(name, [_whole(value) for value in values])
            request.POST = posted  # type: ignore[assignment]


def _whole(value: str) -> str:
    """Return a posted value without half characters; JSON is known by how it begins."""
    return whole_characters(value) if value.startswith(("{", "[")) else value
