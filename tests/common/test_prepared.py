"""Statements that are put together once give what the query set would give."""

import gc
import threading
import weakref
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.db.models import Q
from django.utils import timezone

from common.models import OutboxMessage
from common.prepared import IDENTITIES, KEY, KEYS, MOMENT, TEXT, TEXTS, Prepared
from research.models import Release, Study
from tests.factories import ArticlePageFactory, StudyFactory

pytestmark = pytest.mark.django_db


def test_rows_come_with_what_is_read_beside_them(django_assert_num_queries):
    article = ArticlePageFactory(study=StudyFactory(title="A trial"))
    release = Release.objects.create(article=article, kind=Release.Kind.PUBLISH, due_at=timezone.now())
    ask = Prepared(lambda pk: Release.objects.filter(pk=pk).select_related("article", "bundle"), KEY)

    with django_assert_num_queries(1):
        found = ask(release.pk)
        assert found == [release]
        assert found[0].article.title == article.title
        assert found[0].bundle is None
    assert (found[0].due_at, found[0].receipt, found[0]._state.adding) == (release.due_at, {}, False)


def test_the_same_statement_is_asked_with_other_values():
    first, second = StudyFactory(title="First"), StudyFactory(title="Second")
    ask = Prepared(
        lambda pk, title: Study.objects.filter(pk=pk, title=title).values_list("title", flat=True), KEY, TEXT
    )

    assert ask(first.pk, "First") == ["First"]
    assert ask(second.pk, "Second") == ["Second"]
    assert ask(second.pk, "First") == []
    assert ask.first(second.pk, "First") is None


def test_a_moment_is_compared_as_the_database_keeps_it():
    now = timezone.now()
    for minutes in (-1, 1):
        OutboxMessage.objects.create(kind="mail", key=str(minutes), payload={}, due_at=now + timedelta(minutes=minutes))
    ask = Prepared(lambda moment: OutboxMessage.objects.filter(due_at__lte=moment).values_list("key", "due_at"), MOMENT)

    assert ask(now) == [("-1", now - timedelta(minutes=1))]
    assert ask(now - timedelta(minutes=2)) == []


@pytest.mark.parametrize("number", range(6))
def test_any_number_of_keys_is_asked_for(number):
    studies = [StudyFactory() for _ in range(6)]
    ask = Prepared(lambda keys: Study.objects.filter(pk__in=keys).order_by("pk"), KEYS)

    assert ask([study.pk for study in studies[:number]]) == studies[:number]


def test_no_keys_on_one_side_leave_the_other():
    study = StudyFactory(title="Found by its title")
    ask = Prepared(lambda keys, titles: Study.objects.filter(Q(pk__in=keys) | Q(title__in=titles)), KEYS, TEXTS)

    assert ask([], ["Found by its title"]) == [study]
    assert ask([study.pk], []) == [study]
    assert ask([], []) == []


def test_rows_are_found_by_their_uuids():
    study = StudyFactory()
    ask = Prepared(
        lambda uuids: Study.objects.filter(subject_uuid__in=uuids).values_list("subject_uuid", flat=True), IDENTITIES
    )

    assert ask([uuid4(), study.subject_uuid]) == [study.subject_uuid]


@pytest.mark.django_db(transaction=True)
def test_a_statement_put_together_in_one_thread_serves_all_and_keeps_no_connection():
    moment = timezone.now()
    OutboxMessage.objects.create(kind="mail", key="one", payload={"to": []}, due_at=moment)
    ask = Prepared(lambda key: OutboxMessage.objects.filter(key=key), TEXT)
    kept, found = [], []

    def first() -> None:
        found.append(ask("one"))
        kept.append(weakref.ref(connections["default"]))
        connections["default"].close()

    thread = threading.Thread(target=first)
    thread.start()
    thread.join()
    gc.collect()

    assert kept[0]() is None
    assert [message.due_at for message in (*ask("one"), *found[0])] == [moment, moment]


def test_a_value_that_the_statement_changes_first_is_refused():
    ask = Prepared(lambda title: Study.objects.filter(title__startswith=title), TEXT)

    with pytest.raises(ValueError, match="not used in it as it is given"):
        ask("A")
