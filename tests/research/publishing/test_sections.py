"""The articles of a section that gets another address, or changes places with one, stand below it."""

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import Page

from common.models import OutboxMessage
from common.outbox import deliver_due
from research.models import PublishedArticle, TopicIndexPage
from research.models.published import ListingCount
from research.periodic import run_due_jobs
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(section):
    return TopicIndexPageFactory(parent=section.get_parent(), title="Other", slug="other")


@pytest.fixture(autouse=True)
def articles(section, other, reviewer):
    for one in (section, other):
        publish(ArticlePageFactory(parent=one, slug="one"), reviewer)
    OutboxMessage.objects.all().delete()


def renamed(section, slug):
    page = TopicIndexPage.objects.get(pk=section.pk)
    page.slug = slug
    page.save_revision().publish()


def addresses():
    return set(PublishedArticle.objects.values_list("section_id", "address"))


def follow():
    while deliver_due(timezone.now()).sent:
        pass


def test_sections_that_change_places_while_nobody_follows_do_so_in_the_end(section, other):
    renamed(section, "for-now")
    renamed(other, "ms")
    renamed(section, "other")
    follow()

    assert addresses() == {(section.pk, "/other/one/"), (other.pk, "/ms/one/")}
    assert not OutboxMessage.objects.exclude(state=OutboxMessage.State.SENT).exists()


def test_the_runner_finds_what_stands_elsewhere(section, other):
    renamed(section, "renamed")
    OutboxMessage.objects.all().delete()
    run_due_jobs(timezone.now(), ["places"])

    assert addresses() == {(section.pk, "/renamed/one/"), (other.pk, "/other/one/")}


def test_they_follow_at_once(section, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        renamed(section, "renamed")

    assert Client().get("/renamed/one/").status_code == 200
    assert Client().get("/ms/one/").headers["Location"] == "/renamed/one/"


def test_so_they_do_where_code_saves_the_page_alone(section):
    Page.objects.get(pk=section.pk).unpublish()
    follow()
    in_section = ListingCount.objects.filter(section=section.pk)
    assert set(in_section.values_list("articles", flat=True)) == {0}

    page = Page.objects.get(pk=section.pk)
    page.slug = "renamed"
    page.save()
    follow()
    assert (section.pk, "/renamed/one/") in addresses()


def test_what_stands_where_it_should_is_not_written(section):
    page = TopicIndexPage.objects.get(pk=section.pk)
    page.title = "Another title"
    page.save_revision().publish()
    assert not OutboxMessage.objects.filter(kind__startswith="section").exists()
