"""What the site tells programs of itself: its feeds, its sitemap, and where they may go."""

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_safe

from common.page_store.shown import kept
from home.models import InfoPage, brand_of_site, home_for_all
from research.models.sections import TopicIndexPage
from research.reading import sitemap
from research.reading.feeds import Channel, atom_feed, json_feed
from research.reading.sitemap import Place

SUBTITLE = _("Medical research in plain words, each summary countersigned by a medical reviewer.")
#: What nobody looks for by a search engine.
KEPT_OUT = ("/accounts/", "/admin/", "/follow/", "/guest/", "/preview/", "/search/")


def _channel() -> Channel:
    """Return the feed of the whole site.

    Raises:
        Http404: the site is for some readers only, or there is none yet.
    """
    home = home_for_all()
    if home is None:
        raise Http404("There is no public front page.")
    return Channel(brand_of_site().name, "/", home.tagline or gettext(SUBTITLE))


@kept()
@require_safe
def feed(request: HttpRequest) -> HttpResponseBase:
    """Serve the newest of all sections as Atom."""
    return atom_feed(request, _channel())


@kept()
@require_safe
def feed_as_json(request: HttpRequest) -> HttpResponseBase:
    """Serve the newest of all sections as JSON Feed."""
    return json_feed(request, _channel())


@require_safe
def sitemap_index(request: HttpRequest) -> HttpResponseBase:
    """Serve the list of sitemaps."""
    numbers = range(1, sitemap.number_of_files() + 1)
    addresses = [reverse("home_sitemap_pages"), *(reverse("home_sitemap_articles", args=[n]) for n in numbers)]
    return _xml(request, "sitemap_index", [Place(address) for address in addresses])


@require_safe
def sitemap_pages(request: HttpRequest) -> HttpResponseBase:
    """Serve the addresses of all public pages that are no articles."""
    now = timezone.now()
    homes = [Place("/")] if home_for_all() else []
    sections = list(TopicIndexPage.objects.open_to_all().order_by("slug").values_list("slug", flat=True))
    listed = (Place(f"/{slug}/{rest}") for slug in sections for rest in ("", "topics/"))
    topics = (place for place in sitemap.topics(now) if place.address.split("/")[1] in sections)
    pages = InfoPage.objects.open_to_all().order_by("slug").values_list("slug", "last_published_at")
    information = (Place(f"/{slug}/", at) for slug, at in pages)
    return _xml(request, "sitemap", [*homes, *listed, *topics, *sitemap.contributors(now), *information])


@require_safe
def sitemap_articles(request: HttpRequest, number: int) -> HttpResponseBase:
    """Serve the addresses of one stretch of public articles.

    Raises:
        Http404: there is no such stretch.
    """
    if not 1 <= number <= sitemap.number_of_files():
        raise Http404(f"There is no sitemap {number}.")
    return _xml(request, "sitemap", sitemap.articles(number, timezone.now()))


@kept()
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Serve where programs may go: everywhere but behind the sign-in, and into results without end."""
    lines = ["User-agent: *", *(f"Disallow: {address}" for address in KEPT_OUT), ""]
    lines += [f"Sitemap: {request.build_absolute_uri(reverse('home_sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _xml(request: HttpRequest, name: str, places: Iterable[Place]) -> HttpResponseBase:
    site = request.build_absolute_uri("/").removesuffix("/")
    words = render_to_string(f"home/{name}.xml", {"site": site, "places": places})
    return HttpResponse(words, content_type="application/xml; charset=utf-8")
