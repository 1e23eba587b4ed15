from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.outbox import deliver_due
from research.models import PublishedArticle
from research.publishing.lists import listing
from tests.factories import ArticlePageFactory, StudyNoticeFactory, TopicFactory, publish, unpublish

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(section):
    """Return a function that publishes an article so many days ago."""

    def make_article(days_ago=1, **values):
        page = ArticlePageFactory(parent=section, **values)
        return publish(page, at=timezone.now() - timedelta(days=days_ago))

    return make_article


def offered(page):
    """Return what the page offers once the runner has told its neighbours."""
    while deliver_due(timezone.now()).sent:
        pass
    row = PublishedArticle.objects.get(page_id=page.pk)
    return [found.page_id for found in PublishedArticle.objects.beside(row, timezone.now())]


def pick(page, picks):
    """Pick by hand what no editor could: rows of before a rule was held."""
    PublishedArticle.objects.filter(page_id=page.pk).update(related_ids=picks)
    listing.follow_pages([page.pk])


def test_the_editors_picks_come_first_in_their_order(make):
    newest, older, oldest = make(1), make(5), make(9)
    page = make(related=[oldest, older])

    assert offered(page) == [oldest.pk, older.pk, newest.pk]


def test_then_come_those_that_share_the_most_topics(make):
    one, two = TopicFactory(), TopicFactory()
    both, just_one, none = make(9, topics=[one, two]), make(5, topics=[two]), make(1)
    page = make(topics=[one, two])

    assert offered(page) == [both.pk, just_one.pk, none.pk]


def test_among_equals_the_newest_comes_first(make):
    topic = TopicFactory()
    old, new = make(9, topics=[topic]), make(2, topics=[topic])
    page = make(topics=[topic])

    assert offered(page) == [new.pk, old.pk]


@pytest.mark.by_hand
def test_an_article_never_offers_itself_even_when_picked(make):
    page = make()
    pick(page, [page.pk])

    assert offered(page) == []


@pytest.mark.by_hand
def test_nothing_is_offered_twice(make):
    topic = TopicFactory()
    other = make(topics=[topic])
    page = make(topics=[topic])
    pick(page, [other.pk, other.pk])

    assert offered(page) == [other.pk]


def test_what_readers_cannot_open_is_never_offered(make, section):
    draft, withdrawn = ArticlePageFactory(parent=section), make()
    unpublish(withdrawn)
    expired = make(days_ago=3, expire_at=timezone.now() - timedelta(days=1))
    page = make(related=[draft, withdrawn, expired])

    assert offered(page) == []


def test_a_retracted_study_is_never_offered(make):
    retracted = make()
    page = make(related=[retracted])
    StudyNoticeFactory(study=retracted.study)

    assert offered(page) == []


def test_a_private_article_is_never_offered(make):
    private = make()
    page = make(related=[private])
    private.view_restrictions.create(restriction_type="login")

    assert offered(page) == []


def test_there_are_at_most_six(make):
    page = make()
    for _ in range(listing.RELATED + 1):
        make()

    assert len(offered(page)) == listing.RELATED == 6


def test_what_went_away_is_replaced_by_another(make):
    gone, other = make(1), make(5)
    page = make(related=[gone])
    assert offered(page) == [gone.pk, other.pk]

    unpublish(gone)

    assert offered(page) == [other.pk]
    newer = make(0)
    assert offered(page) == [newer.pk, other.pk]


def test_an_article_that_was_picked_before_it_was_public_is_offered_first(make, section):
    picked = ArticlePageFactory(parent=section)
    other = make()
    page = make(related=[picked])
    assert offered(page) == [other.pk]

    publish(picked)

    assert offered(page) == [picked.pk, other.pk]


def test_more_articles_and_topics_cost_the_page_no_more_queries(make):
    page = make(related=[make()], topics=[TopicFactory()])
    for _ in range(5):
        make(topics=TopicFactory.create_batch(3))
    row = PublishedArticle.objects.get(page_id=page.pk)

    with CaptureQueriesContext(connection) as queries:
        list(PublishedArticle.objects.beside(row, timezone.now()))

    assert len(queries) == 1
