"""The address of the front page; other pages of this app are found by Wagtail."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from wagtail.views import serve

import common.odd_input  # noqa: F401 - makes the converter "id" known
from common.page_store.shown import kept
from home import machines, views
from home.brand_view import brand_css, brand_logo
from home.following import views as following
from home.models import brand_of_site, home_for_all


@kept()
def front(request: HttpRequest) -> HttpResponse:
    """Serve the front; one that is for some readers only is Wagtail's."""
    page = home_for_all()
    return views.front(request, page, brand_of_site().name) if page else serve(request, "")


urlpatterns = [
    path("", front, name="home_front"),
    path("brand.css", brand_css, name="brand_css"),
    path("brand.png", brand_logo, name="brand_logo"),
    path("feed/", machines.feed, name="home_feed"),
    path("feed.json", machines.feed_as_json, name="home_json_feed"),
    path("follow/", following.follow, name="home_follow"),
    path("follow/<str:token>/", following.followed, name="home_followed"),
    path("follow/<str:token>/confirm/", following.confirm, name="home_follow_confirm"),
    path("follow/<str:token>/end/", following.unfollow, name="home_unfollow"),
    path("robots.txt", machines.robots, name="home_robots"),
    path("sitemap.xml", machines.sitemap_index, name="home_sitemap"),
    path("sitemap-pages.xml", machines.sitemap_pages, name="home_sitemap_pages"),
    path("sitemap-articles-<id:number>.xml", machines.sitemap_articles, name="home_sitemap_articles"),
]
