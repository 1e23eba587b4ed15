"""The stylesheet with the publication's colour, and its logo for mails."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from common.page_store.shown import kept, leave
from home import brand
from home.models import SiteSettings, brand_of_site

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


@require_safe
def brand_logo(request: HttpRequest) -> HttpResponse:
    """Answer with the logo that mails show, which are opened at any time after.

    Raises:
        Http404: the publication has none.
    """
    settings = SiteSettings.objects.select_related("logo").first()
    if settings is None or settings.logo is None:
        raise Http404
    with settings.logo.get_rendition(brand.MAIL_LOGO_FILTER).file.open("rb") as file:
        response = HttpResponse(file.read(), content_type="image/png")
    response["Cache-Control"] = "public, max-age=3600"
    return response
