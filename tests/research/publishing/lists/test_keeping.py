"""Whatever went wrong when a place in a list should have been made, or ended: it is put right, and soon."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction

from common.models import OutboxMessage
from common.outbox import deliver_due
from research import receivers
from research.models import Person, PublishedArticle, Study
from research.models.published import Listing, ListingCount
from research.periodic import run_due_jobs
from research.publishing.contributors import bylines
from research.publishing.lists import keeping, listing, restrictions
from tests.factories import ArticlePageFactory, TopicFactory, publish

# Rows are changed past the newsroom here, and receipts do not follow that.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.by_hand]


def broken(*args, **kwargs):
    raise OperationalError("canceling statement due to lock timeout")


@pytest.fixture
def articles(section, writer, reviewer):
    """Return three public articles of one topic."""
    topic = TopicFactory(name="Cells", slug="cells")
    return [
        publish(ArticlePageFactory(parent=section, by=writer, slug=slug, topics=[topic]), reviewer)
        for slug in ("one", "two", "three")
    ]


def places():
    return {(one.article_id, one.section_id, one.topic_id, one.until) for one in Listing.objects.all()}


def counts():
    return set(ListingCount.objects.values_list("section", "topic", "articles"))


def end(rows, moment):
    rows.update(listable_until=moment)
    Listing.objects.filter(article__in=rows).update(until=moment)


def missing_everywhere(rows):
    Listing.objects.filter(article=rows[0]).delete()


def missing_under_a_topic(rows):
    Listing.objects.filter(article=rows[0], topic__isnull=False).delete()


def missing_in_the_section(rows):
    Listing.objects.filter(article=rows[0], topic=None, section__isnull=False).delete()


def of_another_topic(rows):
    Listing.objects.filter(article=rows[0], topic__isnull=False).update(topic=TopicFactory(name="Glia", slug="glia"))


def kept_too_long(rows):
    Listing.objects.filter(article=rows[0]).update(until=timezone.now() + timedelta(days=9_000))


def of_another_day(rows):
    Listing.objects.filter(article=rows[0]).update(published_at=timezone.now() - timedelta(days=9))


def open_though_restricted(rows):
    PublishedArticle.objects.filter(pk=rows[0].pk).update(restricted=True)


FAULTS = [
    missing_everywhere, missing_under_a_topic, missing_in_the_section, of_another_topic, kept_too_long, of_another_day,
    open_though_restricted,
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_as_it_should_be_is_put_right(fault, articles):
    wanted, rows = places(), list(PublishedArticle.objects.order_by("pk"))
    assert keeping.put_right(timezone.now()) == 0

    fault(rows)
    assert keeping.put_right(timezone.now()) >= 1

    assert places() == wanted
    assert not any(PublishedArticle.objects.values_list("restricted", flat=True))
    assert keeping.put_right(timezone.now()) == 0


def test_what_may_not_be_offered_is_taken_out(articles, section):
    PublishedArticle.objects.filter(address="/ms/one/").update(withdrawn_at=timezone.now())
    PageViewRestriction.objects.bulk_create([PageViewRestriction(page=articles[1], restriction_type="login")])

    assert keeping.put_right(timezone.now()) == 2

    assert {article for article, *_ in places()} == {PublishedArticle.objects.get(address="/ms/three/").pk}
    assert Client().get("/ms/two/").status_code == 404


def test_the_runner_does_it(articles):
    wanted = places()
    missing_everywhere(list(PublishedArticle.objects.order_by("pk")))
    run_due_jobs(timezone.now(), ["places"])
    assert places() == wanted


def test_one_that_cannot_be_followed_holds_up_nobody(articles, monkeypatch):
    end(PublishedArticle.objects.all(), timezone.now() - timedelta(seconds=1))
    first = PublishedArticle.objects.order_by("pk").first().pk
    follow = bylines.follow

    def refuse_one(row, **kwargs):
        if row.pk == first:
            raise ValueError("this one cannot be read")
        follow(row, **kwargs)

    monkeypatch.setattr(bylines, "follow", refuse_one)
    run_due_jobs(timezone.now(), ["lists"])

    assert {article for article, *_ in places()} == {first}


def test_a_database_that_is_away_ends_the_round(articles, monkeypatch):
    end(PublishedArticle.objects.all(), timezone.now() - timedelta(seconds=1))
    monkeypatch.setattr(bylines, "follow", broken)
    with pytest.raises(OperationalError):
        keeping.end_what_time_ended(timezone.now())


def test_a_row_that_was_read_earlier_is_judged_as_it_is(articles):
    early = PublishedArticle.objects.get(address="/ms/one/")
    PublishedArticle.objects.filter(pk=early.pk).update(listable_until=timezone.now() - timedelta(days=1))
    listing.follow(early)
    assert early.pk not in {article for article, *_ in places()}


def test_no_count_is_below_nothing(articles):
    ListingCount.objects.update(articles=0)
    end(PublishedArticle.objects.all(), timezone.now() - timedelta(seconds=1))
    keeping.end_what_time_ended(timezone.now())

    assert {number for *_, number in counts()} == {0}
    for address in ("/", "/ms/", "/ms/topics/"):
        assert Client().get(address).status_code == 200


def offered():
    return PublishedArticle.objects.filter(pk__in=Listing.objects.values("article")).count()


def follow_outbox():
    while deliver_due(timezone.now()).sent:
        pass


def test_the_articles_of_a_section_follow_it_by_a_message_of_its_own_save(articles, section):
    section.unpublish()
    follow_outbox()
    assert offered() == 0

    section.refresh_from_db()
    with suppress(ZeroDivisionError), transaction.atomic():
        section.save_revision().publish()
        raise ZeroDivisionError
    follow_outbox()
    assert offered() == 0

    section.refresh_from_db()
    section.save_revision().publish()
    follow_outbox()
    assert offered() == 3


def test_a_section_that_says_something_else_costs_its_articles_nothing(articles, section):
    section.search_description = "Another word."
    revision = section.save_revision()
    OutboxMessage.objects.all().delete()
    with CaptureQueriesContext(connection) as asked:
        revision.publish()
    assert not OutboxMessage.objects.filter(kind__startswith="section").exists()
    assert not [one for one in asked if "research_listing" in one["sql"]]


def test_what_fails_after_a_record_is_saved_takes_the_record_back(articles, monkeypatch):
    person = articles[0].authors.first().person
    names = {tuple(row.authors) for row in PublishedArticle.objects.all()}
    study = articles[0].study
    for module in (receivers, listing):
        monkeypatch.setattr(module, "wait_for_releases", broken)

    person.name, study.status = "Another Name", Study.Status.RETRACTED
    for record in (person, study):
        with pytest.raises(OperationalError):
            record.save()

    assert not Person.objects.filter(name="Another Name").exists()
    assert Study.objects.get(pk=study.pk).status == Study.Status.NONE_KNOWN
    assert {tuple(row.authors) for row in PublishedArticle.objects.all()} == names


def test_a_restriction_that_could_not_be_followed_is_soon(articles, section, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(restrictions, "wait_for_releases", broken)
        with pytest.raises(OperationalError):
            PageViewRestriction.objects.create(page=section, restriction_type="login")
    follow_outbox()
    assert Client().get("/ms/one/").status_code == 404
