"""The stylesheet with the publication's colour."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from home.models import brand_of_site

KEPT = "public, max-age=31536000, immutable"  # its address changes with its content


@require_safe
def brand_css(request: HttpRequest) -> HttpResponse:
    """Answer with the stylesheet; only under the address of its own version may it be kept for long."""
    found = brand_of_site()
    response = HttpResponse(found.stylesheet, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = KEPT if request.GET.get("v") == found.version else "no-cache"
    return response
