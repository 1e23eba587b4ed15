from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from research.models import PublishedArticle
from research.reading.related import LIMIT, related_articles
from tests.factories import ArticlePageFactory, StudyNoticeFactory, TopicFactory, publish, unpublish

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(section):
    """Return a function that publishes an article so many days ago."""

    def make_article(days_ago=1, **values):
        page = ArticlePageFactory(parent=section, **values)
        return publish(page, at=timezone.now() - timedelta(days=days_ago))

    return make_article


def offered(page, **kwargs):
    row = PublishedArticle.objects.get(page_id=page.pk)
    topics = list(row.topics.values_list("pk", flat=True))
    return [found.page_id for found in related_articles(row, topic_ids=topics, now=timezone.now(), **kwargs)]


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


def test_an_article_never_offers_itself_even_when_picked(make):
    page = make()
    PublishedArticle.objects.filter(page_id=page.pk).update(related_ids=[page.pk])

    assert offered(page) == []


def test_nothing_is_offered_twice(make):
    topic = TopicFactory()
    other = make(topics=[topic])
    page = make(topics=[topic])
    PublishedArticle.objects.filter(page_id=page.pk).update(related_ids=[other.pk, other.pk])

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
    for _ in range(LIMIT + 1):
        make()

    assert len(offered(page)) == LIMIT == 6
    assert len(offered(page, limit=2)) == 2


def test_more_articles_and_topics_cost_no_more_queries(make):
    page = make(related=[make()], topics=[TopicFactory()])
    row = PublishedArticle.objects.get(page_id=page.pk)
    for _ in range(5):
        make(topics=TopicFactory.create_batch(3))
    row.related_ids = [*row.related_ids, *PublishedArticle.objects.values_list("page_id", flat=True)]

    with CaptureQueriesContext(connection) as queries:
        related_articles(row, topic_ids=list(range(1, 12)), now=timezone.now())

    assert len(queries) == 2
