"""What the site tells programs of itself."""

import pytest
from defusedxml import ElementTree

from research.models import Credit
from tests.factories import (
    ArticlePageFactory,
    InfoPageFactory,
    StudyNoticeFactory,
    TopicFactory,
    TopicIndexPageFactory,
    publish,
    unpublish,
)

pytestmark = pytest.mark.django_db

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses(client, address):
    root = ElementTree.fromstring(client.get(address).content)
    return {
        place.find(f"{SITEMAP}loc").text.removeprefix("http://testserver"): place.find(f"{SITEMAP}lastmod")
        for place in root
    }


def test_the_sitemap_leads_to_every_public_page_and_to_no_other(client):
    section = TopicIndexPageFactory()
    info = InfoPageFactory(slug="about")
    topics = [TopicFactory(name="Microglia", slug="microglia")]
    TopicFactory(name="Not public")
    retracted = publish(ArticlePageFactory(parent=section, slug="retracted"))
    StudyNoticeFactory(study=retracted.study)
    publish(ArticlePageFactory(parent=section, slug="plain", topics=topics))
    unpublish(publish(ArticlePageFactory(parent=section, slug="withdrawn")))
    private = publish(ArticlePageFactory(parent=section, slug="private"))
    private.view_restrictions.create(restriction_type="login")
    ArticlePageFactory(parent=section, slug="draft")

    listed = addresses(client, "/sitemap.xml")
    found = {}
    for one in listed:
        found |= addresses(client, one)

    assert set(found) == {
        "/",
        "/ms/",
        "/ms/topics/",
        "/ms/topics/microglia/",
        f"/{info.slug}/",
        "/ms/retracted/",
        "/ms/retracted/made/",
        "/ms/plain/",
        "/ms/plain/made/",
        *(credit.person.address for credit in Credit.objects.filter(article__address="/ms/plain/")),
    }
    assert found["/ms/plain/"] is not None
    assert all(client.get(address).status_code == 200 for address in found)


def test_an_unknown_sitemap_is_not_found(client):
    assert client.get("/sitemap-articles-99.xml").status_code == 404


def test_robots_are_kept_from_results_and_told_of_the_sitemap(client):
    words = client.get("/robots.txt")

    assert words["Content-Type"].startswith("text/plain")
    assert "Disallow: /search/" in words.content.decode()
    assert "Sitemap: http://testserver/sitemap.xml" in words.content.decode()


def test_a_sitemap_that_did_not_change_is_not_sent_again(client):
    first = client.get("/sitemap.xml")

    assert client.get("/sitemap.xml", headers={"If-None-Match": first["ETag"]}).status_code == 304
