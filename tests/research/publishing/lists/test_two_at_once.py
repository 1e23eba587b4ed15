"""Two who bring one article's lists in line at the same moment: it is counted once, and judged as it is."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from research.models import ArticlePage, PublishedArticle
from research.models.published import Listing, ListingCount
from research.publishing.lists import keeping, listing
from tests.factories import ArticlePageFactory, publish

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.by_hand]
#: So long one that is not held up would take to be done.
SECONDS = 1


def closing(work):
    def run():
        try:
            return work()
        finally:
            connection.close()

    return run


@pytest.fixture
def row(section, writer, reviewer):
    """Return a public article that time takes out of lists now."""
    publish(ArticlePageFactory(parent=section, by=writer, slug="one"), reviewer)
    return PublishedArticle.objects.get()


def test_an_expiry_is_counted_once(row, monkeypatch):
    end = timezone.now() - timedelta(seconds=1)
    PublishedArticle.objects.update(expires_at=end)
    Listing.objects.update(until=end)
    both, local, place = threading.Barrier(2), threading.local(), listing._place

    def place_together(*args, **kwargs):
        """Let both come this far before either goes on; whoever waits for the other goes on alone."""
        if not getattr(local, "came", False):
            local.came = True
            with suppress(threading.BrokenBarrierError):
                both.wait(SECONDS)
        return place(*args, **kwargs)

    monkeypatch.setattr(listing, "_place", place_together)
    with ThreadPoolExecutor(2) as pool:
        works = (lambda: ArticlePage.objects.get().unpublish(), lambda: keeping.end_what_time_ended(timezone.now()))
        for running in [pool.submit(closing(work)) for work in works]:
            running.result(30)

    assert both.broken, "they came there together"
    assert set(ListingCount.objects.values_list("articles", flat=True)) == {0}
    assert not Listing.objects.exists()
    assert Client().get("/ms/").status_code == 200


def test_what_is_signed_again_while_it_is_taken_out_stays(row, monkeypatch):
    good, end = row.listable_until, timezone.now() - timedelta(seconds=1)
    PublishedArticle.objects.update(listable_until=end)
    Listing.objects.update(until=end)
    asked, judged = listing._is_listable, threading.Event()

    def judge(row, now):
        found = asked(row, now)
        if not judged.is_set():
            judged.set()
            signing.submit(closing(sign_again))
            signed.wait(SECONDS)
        return found

    def sign_again():
        PublishedArticle.objects.filter(pk=row.pk).update(listable_until=good)
        listing.follow(PublishedArticle.objects.get(pk=row.pk))
        signed.set()

    signed = threading.Event()
    monkeypatch.setattr(listing, "_is_listable", judge)
    with ThreadPoolExecutor(1) as signing:
        keeping.end_what_time_ended(timezone.now())
    assert signed.is_set()

    assert Listing.objects.filter(section=None, topic=None).count() == 1
    assert set(ListingCount.objects.values_list("articles", flat=True)) == {1}
