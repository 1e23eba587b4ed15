"""What caches in front of the site are told."""

import http.server
import threading

import pytest
from django.utils import timezone

from common.models import OutboxMessage
from common.outbox import deliver_due
from common.page_store import changes, outside
from config.front_caches import front_caches
from research.models import PublishedArticle
from research.publishing import public_pictures
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, correct, publish, unpublish

pytestmark = pytest.mark.django_db


@pytest.fixture
def cache_server():
    """A cache that takes purges, and remembers them."""
    told: list[tuple[str, str, str]] = []

    class Cache(http.server.BaseHTTPRequestHandler):
        def do_PURGE(self) -> None:
            told.append((self.command, self.headers["Host"], self.path))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cache)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", told
    server.shutdown()


@pytest.fixture
def front(settings, reader, cache_server):
    address, told = cache_server
    backend = "wagtail.contrib.frontend_cache.backends.HTTPBackend"
    settings.WAGTAILFRONTENDCACHE = {"http-1": {"BACKEND": backend, "LOCATION": address}}
    return told


def test_a_cache_outside_is_told_the_addresses_that_a_change_ended(front, reader, django_capture_on_commit_callbacks):
    section = TopicIndexPageFactory()
    article = publish(ArticlePageFactory(parent=section, slug="one"))
    publish(ArticlePageFactory(parent=section, slug="two"))
    for address in ("/ms/one/", "/ms/two/", "/ms/one/?utm_source=x"):
        reader.get(address)
    OutboxMessage.objects.all().delete()

    with django_capture_on_commit_callbacks(execute=True):
        correct(article, "The dose was 20 mg.")
    deliver_due(timezone.now())

    assert set(front) == {("PURGE", "localhost", "/ms/one/")}


def test_kept_pages_name_their_tags_and_how_long_they_are_good(front, reader):
    article = publish(ArticlePageFactory(slug="one"))

    for got in (reader.get("/ms/one/"), reader.get("/ms/one/"), reader.get("/ms/one/", "HEAD")):
        assert f"article-{article.pk}" in got.headers["Cache-Tag"].split(",")
        assert f"article-{article.pk}" in got.headers["Surrogate-Key"].split(" ")
        assert 0 < int(got.headers["Surrogate-Control"].removeprefix("max-age=")) < 60
        assert got.headers["CDN-Cache-Control"] == got.headers["Surrogate-Control"]
        assert got.headers["Cache-Control"] == "no-cache"


def test_what_is_not_kept_says_nothing_to_caches(front, reader):
    for address in ("/nothing/", "/search/?q=x", "/health/live"):
        assert "Surrogate-Control" not in reader.get(address).headers


def test_without_a_cache_nothing_is_told_and_nothing_queued(reader):
    publish(ArticlePageFactory(slug="one"))

    assert "Cache-Tag" not in reader.get("/ms/one/").headers
    changes.purge({"article-1"})
    assert not OutboxMessage.objects.filter(kind=outside.KIND).exists()


def test_variables_name_the_caches(monkeypatch):
    assert front_caches() == {}

    monkeypatch.setenv("FRONT_CACHES", "http://10.0.0.5:6081, http://10.0.0.6:6081")
    monkeypatch.setenv("CLOUDFLARE_ZONE", "zone")
    monkeypatch.setenv("CLOUDFLARE_TOKEN", "token")
    monkeypatch.setenv("CLOUDFRONT_DISTRIBUTION", "E1")

    found = front_caches()
    assert [found[f"http-{number}"]["LOCATION"] for number in (1, 2)] == [
        "http://10.0.0.5:6081",
        "http://10.0.0.6:6081",
    ]
    assert (found["cloudflare"]["ZONEID"], found["cloudflare"]["BEARER_TOKEN"]) == ("zone", "token")
    assert found["cloudfront"]["DISTRIBUTION_ID"] == "E1"


def test_a_cache_outside_is_told_of_pictures_that_were_taken_down(front, django_capture_on_commit_callbacks):
    article = publish(ArticlePageFactory())
    public = public_pictures.as_public(PublishedArticle.objects.get().pictures)
    OutboxMessage.objects.all().delete()

    with django_capture_on_commit_callbacks(execute=True):
        unpublish(article)
    deliver_due(timezone.now())

    names = public_pictures.names_in(public)
    assert names
    assert {("PURGE", "localhost:8000", f"/media/{name}") for name in names} <= set(front)
