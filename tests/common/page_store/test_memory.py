"""What is remembered for pages: only for those of the store, and only while nothing of it changes."""

import contextlib

import pytest
from django.core.cache import cache, caches
from django.db import transaction

from common.page_store.memory import LONGEST_KEY, remembered, remembered_for_pages
from common.page_store.shown import Page, being_made
from research.models import Topic
from tests.factories import TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked():
    return []


@pytest.fixture
def names(asked):
    def ask():
        asked.append(1)
        return list(Topic.objects.values_list("name", flat=True))

    return ask


@pytest.fixture
def page(reader):
    page = Page()
    being = being_made.set(page)
    yield page
    being_made.reset(being)


def test_what_did_not_change_is_asked_once(page, names, asked):
    TopicFactory(name="Cells")
    assert [remembered_for_pages("names", (Topic,), names) for _ in range(3)] == [["Cells"]] * 3
    assert len(asked) == 1


def test_a_page_that_was_made_from_memory_goes_with_what_it_shows(page, names):
    remembered_for_pages("names", (Topic,), names)
    page.tables.clear()

    remembered_for_pages("names", (Topic,), names)

    assert page.tables == {Topic._meta.db_table}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("remember", [remembered, remembered_for_pages])
def test_a_change_is_seen_at_once(remember, page, names):
    topic = TopicFactory(name="Cells")
    remember("names", (Topic,), names)
    Topic.objects.filter(pk=topic.pk).update(name="Glia")
    assert remember("names", (Topic,), names) == ["Glia"]


def test_who_may_have_changed_something_is_told_what_there_is(reader, names, asked):
    for _ in range(2):
        remembered_for_pages("names", (Topic,), names)
    assert len(asked) == 2


@pytest.mark.django_db(transaction=True)
def test_what_a_transaction_wrote_is_not_remembered_before_it_is_committed(reader, names):
    topic = TopicFactory(name="Cells")
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        Topic.objects.filter(pk=topic.pk).update(name="Never")
        assert remembered("names", (Topic,), names) == ["Never"]
        1 / 0  # noqa: B018

    assert remembered("names", (Topic,), names) == ["Cells"]


@pytest.mark.django_db(transaction=True)
def test_after_a_transaction_that_came_to_nothing_is_remembered_again(reader, names, asked):
    topic = TopicFactory(name="Cells")
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        Topic.objects.filter(pk=topic.pk).update(name="Never")
        1 / 0  # noqa: B018

    assert [remembered("names", (Topic,), names) for _ in range(2)] == [["Cells"]] * 2
    assert len(asked) == 1


@pytest.mark.parametrize("prefix", ["", "countersign:default"])
def test_no_address_is_too_long(page, names, asked, monkeypatch, recwarn, prefix):
    monkeypatch.setattr(caches["default"], "key_prefix", prefix)
    for _ in range(2):
        remembered_for_pages("n" * (LONGEST_KEY - 15), (Topic,), names)
    assert len(asked) == 2
    assert not recwarn


def test_nothing_is_remembered_of_what_is_not_there(page):
    assert remembered_for_pages("nothing", (Topic,), lambda: None) is None
    assert remembered_for_pages("nothing", (Topic,), lambda: "found") == "found"
    assert not cache.get("nothing")


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_is_not_remembered_where_no_pages_are_kept(names):
    topic = TopicFactory(name="Cells")
    cache.clear()
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        Topic.objects.filter(pk=topic.pk).update(name="Never")
        assert remembered("names", (Topic,), names) == ["Never"]
        raise ZeroDivisionError
    assert remembered("names", (Topic,), names) == ["Cells"]
