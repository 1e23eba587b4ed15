"""Where a page stands only the tree says: no save of a page that was read earlier changes it."""

import pytest
from django.test import Client
from django.urls import reverse
from wagtail import hooks
from wagtail.models import Page

from research.models import ArticlePage, TopicIndexPage
from tests.factories import ArticlePageFactory, TopicIndexPageFactory
from tests.research.doors.forms import editor_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(section):
    return TopicIndexPageFactory(parent=section.get_parent(), title="Other", slug="other")


def moved(page, target):
    Page.objects.get(pk=page.pk).move(Page.objects.get(pk=target.pk), pos="last-child")


def is_whole():
    return not any(Page.find_problems())


def posted(draft):
    """Return the form of a draft whose rows below it are stored."""
    data = editor_post(draft)
    for name in ("appraisals", "authors", "also_cited"):
        rows = list(getattr(draft, name).all())
        data[f"{name}-INITIAL_FORMS"] = str(len(rows))
        data |= {f"{name}-{number}-id": str(row.pk or "") for number, row in enumerate(rows)}
    return data


def test_a_form_saves_a_draft_where_it_was_moved_meanwhile(section, other, writer):
    article = ArticlePageFactory(parent=section, by=writer)
    data = posted(article.get_latest_revision_as_object())
    browser = Client()
    browser.force_login(writer)

    with hooks.register_temporarily("before_edit_page", lambda request, page: moved(page, other)):
        browser.post(reverse("wagtailadmin_pages:edit", args=[article.pk]), data | {"title": "Saved"})

    stored = ArticlePage.objects.get(pk=article.pk)
    assert stored.get_parent().pk == other.pk
    assert stored.url_path == f"{other.url_path}{stored.slug}/"
    assert stored.get_latest_revision_as_object().title == "Saved"
    assert is_whole()


def test_a_section_that_was_read_earlier_keeps_what_was_put_into_it(section, other):
    early = TopicIndexPage.objects.get(pk=section.pk)
    articles = [ArticlePageFactory(parent=section) for _ in range(2)]
    moved(articles[0], other)
    early.title = "Renamed"
    early.save()
    early.save_revision().publish()

    assert is_whole()
    assert TopicIndexPage.objects.get(pk=section.pk).title == "Renamed"


def test_a_new_slug_stands_below_the_new_place(section, other):
    early = ArticlePageFactory(parent=section, slug="one")
    moved(early, other)
    early.slug = "two"
    early.save()

    assert ArticlePage.objects.get(pk=early.pk).url_path == f"{other.url_path}two/"
    assert is_whole()


def test_a_page_that_was_deleted_meanwhile_is_not_saved(section):
    early = ArticlePageFactory(parent=section)
    ArticlePage.objects.get(pk=early.pk).delete()

    with pytest.raises(ArticlePage.DoesNotExist):
        early.save()
    assert is_whole()
