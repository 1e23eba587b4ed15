"""Addresses of the whole site. What only Wagtail's page tree knows comes last."""

from django.conf import settings
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.urls import pages as wagtailadmin_pages_urls

from common import rich_text, tree, views

# This module is read once, by the first request, while all others wait for it.
rich_text.register_features()
tree.connect([*wagtailadmin_pages_urls.urlpatterns, *wagtailadmin_urls.urlpatterns])

urlpatterns = [
    # Before Wagtail's own form, which knows nothing of second factors and rate limits.
    path("admin/login/", views.admin_login, name="admin_login"),
    path("admin/", include(wagtailadmin_urls)),
    path("accounts/", include("allauth.urls")),
    path("health/live", views.live, name="health_live"),
    path("health/ready", views.ready, name="health_ready"),
    path("health/metrics", views.metrics, name="health_metrics"),
    path("search/", include("search.urls")),
]

if settings.SERVE_MEDIA:
    urlpatterns.append(path("media/<path:path>", views.media, name="media"))

urlpatterns += [
    path("", include("home.urls")),
    path("", include("research.urls")),
    path("", include(wagtail_urls)),
]
