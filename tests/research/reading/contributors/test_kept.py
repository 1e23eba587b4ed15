"""The kept page of a contributor ends with the last public article that names them, whether or not lists offer it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from wagtail.models import PageViewRestriction

from common.models import User
from research.models import ArticlePage
from research.publishing.public_row import revoke
from tests.factories import (
    ArticlePageFactory,
    PersonFactory,
    StudyNoticeFactory,
    edit,
    editor_user,
    publish,
    unpublish,
)

# What a change ends is ended when it is committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def editor():
    # Made before the page is: an account that is new is a contributor, and would end it.
    return editor_user(username="the-editor")


@pytest.fixture
def author():
    return PersonFactory()


def taken_down(page):
    unpublish(page, User.objects.get(username="the-editor"))


def restricted(page):
    PageViewRestriction.objects.create(page=page.page_ptr, restriction_type="login")


def section_closed(page):
    page.get_parent().specific.unpublish()


def revoked(page):
    revoke(page.published.sign_off, User.objects.get(username="the-editor"), "A number is wrong.")


@pytest.mark.parametrize("ends", [taken_down, restricted, section_closed, revoked])
@pytest.mark.parametrize("is_listed", [True, False])
def test_it_ends_with_the_only_article(reader, client, section, reviewer, editor, author, ends, is_listed):
    page = publish(ArticlePageFactory(parent=section, authors=[author]), reviewer)
    if not is_listed:
        StudyNoticeFactory(study=page.study)
    assert reader.get(author.address).status == "200 OK"
    assert reader.is_kept(author.address)

    ends(ArticlePage.objects.get(pk=page.pk))

    assert client.get(author.address, headers={"host": "localhost"}).status_code == 404
    assert reader.get(author.address).status == "404 Not Found"


def test_time_ends_it_with_the_only_article(reader, section, reviewer, author):
    page = ArticlePageFactory(parent=section, authors=[author])
    edit(page, expire_at=timezone.now() + timedelta(seconds=30))
    StudyNoticeFactory(study=publish(page, reviewer).study)
    assert reader.get(author.address).status == "200 OK"

    with time_machine.travel(timezone.now() + timedelta(seconds=40)):
        assert reader.get(author.address).status == "404 Not Found"
