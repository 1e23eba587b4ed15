"""Who follows an old address comes to what is public, and to nothing else."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageViewRestriction

from research.models import ArticlePage
from tests.factories import (
    ArticlePageFactory,
    InfoPageFactory,
    TopicIndexPageFactory,
    edit,
    editor_user,
    publish,
    reviewer_user,
    unpublish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def section(db):
    return TopicIndexPageFactory(slug="ms")


@pytest.fixture
def reviewer(db):
    return reviewer_user()


def renamed(page, slug, capture):
    with capture(execute=True):
        page = page.specific_class.objects.get(pk=page.pk)
        page.slug = slug
        page.save()


@pytest.fixture
def capture(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


def location(address):
    answer = Client().get(address)
    return answer.get("Location") or answer.status_code


def test_an_article_is_found_where_it_stood(section, reviewer, capture):
    article = publish(ArticlePageFactory(parent=section, slug="old"), reviewer)
    renamed(article, "new", capture)

    assert location("/ms/old/") == "/ms/new/"
    assert location("/ms/old/?from=a-mail") == "/ms/new/"
    assert location("/ms/new/") == 200


def test_a_draft_leads_nobody_to_its_title(section, capture):
    draft = ArticlePageFactory(parent=section, slug="working-title")
    renamed(draft, "zorbulin-cures-relapses", capture)

    assert location("/ms/working-title/") == 404
    assert not Redirect.objects.exists()


def test_nor_does_one_that_was_public(section, reviewer, capture):
    article = publish(ArticlePageFactory(parent=section, slug="old"), reviewer)
    renamed(article, "new", capture)
    unpublish(article)
    renamed(article, "zorbulin-cures-relapses", capture)

    assert location("/ms/old/") == 404


def test_a_draft_takes_no_redirect_of_what_is_public(section, reviewer, capture):
    renamed(publish(ArticlePageFactory(parent=section, slug="old"), reviewer), "new", capture)
    draft = ArticlePageFactory(parent=section, slug="old")
    renamed(draft, "mine", capture)

    assert location("/ms/old/") == "/ms/new/"


def test_a_moved_draft_makes_none(section, capture):
    other = TopicIndexPageFactory(parent=section.get_parent(), title="ALS", slug="als")
    draft = ArticlePageFactory(parent=section, slug="draft")
    browser = Client()
    browser.force_login(editor_user())
    with capture(execute=True):
        browser.post(reverse("wagtailadmin_pages:move_confirm", args=[draft.pk, other.pk]), {})

    assert ArticlePage.objects.get(pk=draft.pk).get_parent().pk == other.pk
    assert not Redirect.objects.exists()


def test_other_pages_are_found_while_they_are_public(capture):
    page = InfoPageFactory(slug="about")
    renamed(page, "who-we-are", capture)
    assert location("/about/").endswith("/who-we-are/")

    restriction = PageViewRestriction.objects.create(page_id=page.pk, restriction_type="login")
    assert location("/about/") == 404
    restriction.delete()
    page.refresh_from_db()
    page.unpublish()
    assert location("/about/") == 404


def test_one_that_an_editor_made_leads_where_it_says(section):
    Redirect.objects.create(old_path="/gone", redirect_link="https://example.org/", is_permanent=False)
    assert location("/gone/") == "https://example.org/"


def test_an_article_that_expired_is_not_led_to(section, reviewer, capture):
    article = publish(ArticlePageFactory(parent=section, slug="old"), reviewer)
    renamed(article, "new", capture)
    edit(article, expire_at=timezone.now())
    unpublish(article)
    assert location("/ms/old/") == 404


def test_a_page_of_a_type_that_is_no_more_breaks_no_answer(section, capture):
    page = InfoPageFactory(parent=section.get_parent(), slug="about")
    renamed(page, "who-we-are", capture)
    gone = ContentType.objects.create(app_label="gone", model="gone")
    Page.objects.filter(pk=page.pk).update(content_type=gone, live=False)

    assert location("/about/") == 404
