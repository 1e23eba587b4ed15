"""Views that belong to the installation, not to the publication."""

import mimetypes
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import http_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.static import was_modified_since

from common import health
from common.media import KEY, fits, is_public

#: A picture leaves shared stores a minute after its article is taken down.
PUBLIC_MEDIA_CACHE = "public, max-age=3600, s-maxage=60"
PRIVATE_MEDIA_CACHE = "private, max-age=86400"


def admin_login(request: HttpRequest) -> HttpResponse:
    """Send the admin's visitors to the one sign-in form, and from there back to where they wanted to go.

    Raises:
        PermissionDenied: they are signed in already and may not use the admin; the form would send them
            straight back here.
    """
    if request.user.is_authenticated and not request.user.has_perm("wagtailadmin.access_admin"):
        raise PermissionDenied
    target = request.GET.get("next", "")
    query = f"?{urlencode({'next': target})}" if target else ""
    return redirect(f"{reverse('account_login')}{query}")


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """Answer as long as the process can answer at all."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when this process can serve readers, otherwise 503 with the reasons.

    It can when the database answers and has every migration, and the static files are there. What else is
    wrong (the runner, the media store, an overdue release) takes no process out of service: it is "degraded",
    with the details, and calls a person.
    """
    problems = health.problems()
    if problems:
        return JsonResponse({"status": "unavailable", "problems": problems}, status=503)
    details = health.details()
    is_red = any(line["state"] == "red" for line in details.values())
    return JsonResponse({"status": "degraded" if is_red else "ok", "details": details})


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the gauges that a Prometheus server collects."""
    return HttpResponse(health.metrics_text(), content_type="text/plain; version=0.0.4; charset=utf-8")


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponse | FileResponse:
    """Serve one stored image: a public one to everybody, any other with its key.

    Raises:
        Http404: no plain image file of that name stands below MEDIA_ROOT, or it is not public and the key is wrong.
    """
    if not is_public(path) and not fits(request.GET.get(KEY, ""), path):
        raise Http404
    file = _media_file(path)
    content_type = mimetypes.guess_type(file.name)[0] or ""
    if not content_type.startswith("image/") or content_type == "image/svg+xml":
        raise Http404
    modified = file.stat().st_mtime
    response: HttpResponse | FileResponse
    if was_modified_since(request.headers.get("If-Modified-Since"), modified):
        response = FileResponse(file.open("rb"), content_type=content_type)
    else:
        response = HttpResponseNotModified()
    response["Last-Modified"] = http_date(modified)
    response["Cache-Control"] = PUBLIC_MEDIA_CACHE if is_public(path) else PRIVATE_MEDIA_CACHE
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _media_file(path: str) -> Path:
    """Return the plain file at ``path``; links and dots that lead elsewhere are as good as missing.

    So is a name that the file system cannot hold: too long, or no text in its encoding.
    """
    root = Path(settings.MEDIA_ROOT).resolve()
    try:
        file = root / path
        resolved = file.resolve()
        is_plain = resolved == file and resolved.is_relative_to(root) and resolved.is_file()
    except (OSError, ValueError):
        raise Http404 from None
    if not is_plain:
        raise Http404
    return resolved
