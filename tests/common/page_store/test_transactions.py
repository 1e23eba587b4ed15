"""Purges and transactions, as the database really ends them; run on PostgreSQL too."""

import re
from contextlib import suppress

import pytest
from django.db import connection, transaction
from wagtail.models import Page

from common.page_store import changes, place
from research.models import PublishedArticle, RelatedArticle, Topic
from tests.factories import ArticlePageFactory, TopicFactory, publish

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/ms/one/"


@pytest.fixture
def article(reader):
    topic = TopicFactory(name="Cells")
    page = publish(ArticlePageFactory(slug="one", topics=[topic]))
    reader.get(ADDRESS)
    assert reader.is_kept(ADDRESS)
    return page


def test_a_named_change_purges_before_and_after_the_commit(article, reader):
    topic, numbers = Topic.objects.get(), place.store().stamps
    before = numbers.sequence()
    with transaction.atomic():
        topic.name = "Glia"
        topic.save()
        within = numbers.sequence()
    assert before < within < numbers.sequence()
    assert "Glia" in reader.get(ADDRESS).text


def test_an_unnamed_change_purges_after_the_commit(article, reader):
    with transaction.atomic():
        Topic.objects.update(name="Glia")
    assert "Glia" in reader.get(ADDRESS).text


@pytest.mark.parametrize("in_transaction", [True, False])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE research_topic SET name = 'Glia'",
        "update research_topic set name = 'Glia'",
        "WITH one AS (SELECT 1) UPDATE research_topic SET name = 'Glia'",
        "/* by hand */ UPDATE \"research_topic\" SET name = 'Glia'",
    ],
)
def test_statements_by_hand_are_seen(statement, in_transaction, article, reader):
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    if in_transaction:
        with transaction.atomic():
            run()
    else:
        run()

    assert "Glia" in reader.get(ADDRESS).text


def test_a_change_that_is_rolled_back_ends_nothing_for_long(article, reader):
    topic = Topic.objects.get()
    with suppress(ZeroDivisionError), transaction.atomic():
        Topic.objects.update(name="Glia")
        topic.name = "Glia"
        topic.save()
        raise ZeroDivisionError

    assert "Glia" not in reader.get(ADDRESS).text
    assert reader.is_kept(ADDRESS)


def test_a_name_in_a_savepoint_that_is_rolled_back_names_nothing_later(article, reader):
    topic = Topic.objects.get()
    with transaction.atomic():
        with suppress(ZeroDivisionError), transaction.atomic():
            topic.name = "Neither"
            topic.save()
            raise ZeroDivisionError
        Topic.objects.update(name="Glia")
    assert "Glia" in reader.get(ADDRESS).text


def test_a_save_does_not_name_an_update_before_it(article, reader):
    other = TopicFactory(name="Other")
    reader.get(ADDRESS)
    with transaction.atomic():
        Topic.objects.filter(name="Cells").update(name="Glia")
        other.save()
    assert "Glia" in reader.get(ADDRESS).text


def test_deleting_rows_ends_pages(article, reader):
    row = PublishedArticle.objects.get()
    with transaction.atomic():
        row.topics.through.objects.all().delete()
    assert "Cells" not in reader.get(ADDRESS).text


def test_a_row_that_nobody_shows_yet_ends_nothing(article, reader):
    with transaction.atomic():
        TopicFactory(name="Another")

    assert reader.is_kept(ADDRESS)


def test_rows_that_nobody_saved_one_by_one_end_what_reads_their_table(article, reader):
    """They are inserted by a statement that returns its rows, and no signal tells of them."""
    with transaction.atomic():
        Topic.objects.bulk_create([Topic(name="Another", slug="another")])

    assert not reader.is_kept(ADDRESS)


def test_a_failing_callback_of_somebody_else_leaves_the_purge_before_the_commit(article, reader):
    def fail() -> None:
        raise ZeroDivisionError

    topic = Topic.objects.get()
    with suppress(ZeroDivisionError), transaction.atomic():
        transaction.on_commit(fail)
        topic.name = "Glia"
        topic.save()

    assert "Glia" in reader.get(ADDRESS).text


def test_a_callback_of_somebody_else_that_fails_first_keeps_no_purge_from_being_made(article, reader):
    """The next callback may be the one that fails, so purges go first."""

    def fail() -> None:
        raise ZeroDivisionError

    with suppress(ZeroDivisionError), transaction.atomic():
        transaction.on_commit(fail)
        Topic.objects.update(name="Glia")

    assert "Glia" in reader.get(ADDRESS).text


def test_purges_without_a_transaction_are_made_at_once(article, reader):
    changes.changed(Topic, f"topic-{Topic.objects.get().pk}")

    assert not reader.is_kept(ADDRESS)


def test_a_section_that_is_remembered_has_as_many_articles_as_there_are(article, reader):
    for number in (1, 2):
        for address in ("/ms/feed/", "/ms/"):  # the first remembers the section, the second says how many
            text = reader.get(address).text
        assert re.search(rf'"numberOfItems": ?{number}\b', text)
        publish(ArticlePageFactory(slug=f"more-{number}", parent=article.get_parent()))


def test_a_save_that_no_page_shows_names_no_statement_before_it(article, reader):
    section = article.get_parent()
    other = ArticlePageFactory(parent=section, slug="two")
    reader.get("/ms/")
    assert reader.is_kept("/ms/")
    with transaction.atomic():
        Page.objects.filter(pk=section.pk).update(title="Another section")
        other.save_revision()
    assert "Another section" in reader.get("/ms/").text


def test_a_relation_that_is_about_to_be_made_names_no_statement_before_it(article, reader):
    other, glia = publish(ArticlePageFactory(parent=article.get_parent(), slug="two")), TopicFactory(name="Glia")
    RelatedArticle.objects.all().delete()
    reader.get(ADDRESS)
    assert reader.is_kept(ADDRESS)
    row = PublishedArticle.objects.get(page_id=other.pk)
    with transaction.atomic():
        PublishedArticle.topics.through.objects.filter(publishedarticle__page_id=article.pk).update(topic=glia)
        row.topics.add(glia)
    assert "Glia" in reader.get(ADDRESS).text
