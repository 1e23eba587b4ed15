"""The stylesheet with the publication's colour."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from common.page_store.shown import kept, leave
from home.models import brand_of_site

KEPT = "public, max-age=31536000, immutable"  # its address changes with its content


@kept("v")
@require_safe
def brand_css(request: HttpRequest) -> HttpResponse:
    """Answer with the stylesheet; only under the address of its own version may it be kept for long."""
    found = brand_of_site()
    response = HttpResponse(found.stylesheet, content_type="text/css; charset=utf-8")
    asked = request.GET.get("v")
    response["Cache-Control"] = KEPT if asked == found.version else "no-cache"
    if asked not in (None, found.version):
        leave()
    return response
