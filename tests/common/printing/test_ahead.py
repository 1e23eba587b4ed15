"""Asking for a page before a reader does, at the address that readers use."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from wagtail.models import Site

import config.urls
from common.printing.ahead import ask

asked = []


def page(request):
    asked.append((request.build_absolute_uri(), request.COOKIES, request.method))
    return HttpResponse("<p>Words</p>")


urlpatterns = [path("ms/article/", page), *config.urls.urlpatterns]


@pytest.mark.django_db
@pytest.mark.parametrize("site", ["https://news.example", "http://localhost:8000"])
def test_it_asks_as_a_reader_at_the_sites_own_host(site, settings):
    asked.clear()
    host = site.partition("//")[2].partition(":")[0]
    with override_settings(ROOT_URLCONF=__name__, WAGTAILADMIN_BASE_URL=site, ALLOWED_HOSTS=[host]):
        assert [ask("/ms/article/"), ask("/ms/nothing/")] == [200, 404]

    assert asked == [(f"{site}/ms/article/", {}, "GET")]


@pytest.mark.django_db
def test_who_asks_stays_in_their_transaction(settings):
    with override_settings(
        ROOT_URLCONF=__name__, WAGTAILADMIN_BASE_URL="http://localhost", ALLOWED_HOSTS=["localhost"]
    ):
        before = connection.connection
        assert ask("/ms/nothing/") == 404
    assert connection.connection is before
    Site.objects.count()
