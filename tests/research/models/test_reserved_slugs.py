import re

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.urls import get_resolver, reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text

from common.models import TOP_LEVEL_ADDRESSES
from research.models import TopicIndexPage
from tests.factories import (
    ArticlePageFactory,
    InfoPageFactory,
    TopicIndexPageFactory,
)

pytestmark = pytest.mark.django_db


def words_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


@pytest.mark.parametrize("slug", sorted(TOP_LEVEL_ADDRESSES))
@pytest.mark.parametrize("factory", [TopicIndexPageFactory, InfoPageFactory])
def test_no_page_below_home_takes_an_address_of_the_site(section, factory, slug):
    with pytest.raises(ValidationError, match="address of the site itself"):
        factory(slug=slug)


def test_the_form_says_so_at_the_slug(client, section, admin):
    client.force_login(admin)
    home = section.get_parent()

    response = client.post(
        reverse("wagtailadmin_pages:add", args=["home", "infopage", home.pk]),
        nested_form_data(
            {
                **dict.fromkeys(("seo_title", "search_description", "go_live_at", "expire_at", "intro"), ""),
                "title": "Preview",
                "slug": "preview",
                "body": rich_text(""),
                "form_end": "end",
                "comments": inline_formset([]),
            }
        ),
    )

    assert "is an address of the site itself. Choose another." in words_of(response)


def test_every_address_of_the_site_is_reserved():
    patterns = [str(pattern.pattern).lstrip("^") for pattern in get_resolver().url_patterns]
    patterns += [
        str(pattern.pattern).lstrip("^")
        for resolver in get_resolver().url_patterns
        if str(resolver.pattern) == ""
        for pattern in resolver.url_patterns
    ]
    first = {match.group(1) for match in (re.match(r"([a-z_]+)/", pattern) for pattern in patterns) if match}

    assert first - TOP_LEVEL_ADDRESSES == set()


def test_an_article_may_still_be_called_preview(section):
    assert ArticlePageFactory(parent=section, slug="preview").pk
    assert TopicIndexPage.objects.get(pk=section.pk).slug == "ms"
