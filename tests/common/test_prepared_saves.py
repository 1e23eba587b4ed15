"""Rows written by statements that are put together once are those that Django writes."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from common.models import OutboxMessage
from common.prepared_saves import MOST_VALUES, insert_all
from research.models import ArticlePage, Release, ReleaseChange
from search.models import KnownWord
from tests.factories import ArticlePageFactory, StudyFactory

pytestmark = pytest.mark.django_db

COLUMNS = ("release_id", "state", "at", "actor", "reason")


def _message(key: str = "one") -> OutboxMessage:
    return OutboxMessage(kind="mail", key=key, payload={"to": ["é"], "none": None}, due_at=timezone.now())


def test_a_new_row_is_there_with_its_key_and_all_its_values():
    message = _message()

    message.save()

    found = OutboxMessage.objects.get(pk=message.pk)
    for field in OutboxMessage._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(message, field.attname), field.attname


def test_only_the_fields_that_are_named_are_written():
    message = _message()
    message.save()
    message.payload, message.last_error = {"changed": True}, "changed"

    message.save(update_fields=["payload"])

    found = OutboxMessage.objects.get(pk=message.pk)
    assert (found.payload, found.last_error) == ({"changed": True}, "")


def test_a_row_that_is_gone_is_written_anew():
    message = _message()
    message.save()
    OutboxMessage.objects.all().delete()

    message.save()

    assert OutboxMessage.objects.get().key == "one"


def test_what_the_database_works_out_is_left_to_it():
    message = _message()
    message.save()
    message.attempts = F("attempts") + 3

    message.save()

    assert OutboxMessage.objects.get().attempts == 3


def test_both_tables_of_a_page_are_written():
    article = ArticlePageFactory(title="Before", summary="Before")
    article.title, article.summary = "After", "After"

    article.save()

    found = type(article).objects.get(pk=article.pk)
    assert (found.title, found.summary) == ("After", "After")


def test_many_rows_are_written_at_once(django_assert_num_queries):
    release = Release.objects.create(article=ArticlePageFactory(), kind=Release.Kind.PUBLISH, due_at=timezone.now())
    states = [Release.State.DUE, Release.State.DONE]

    with django_assert_num_queries(1):
        insert_all(ReleaseChange, COLUMNS, ((release.pk, state, timezone.now(), "", "") for state in states))
        insert_all(ReleaseChange, COLUMNS, [])

    assert list(release.changes.values_list("state", flat=True)) == states


def test_more_rows_than_one_statement_takes_are_written():
    insert_all(KnownWord, ["word"], ([f"word{number}"] for number in range(MOST_VALUES + 2)))

    assert KnownWord.objects.count() == MOST_VALUES + 2


def test_what_is_there_already_is_left_out_or_refused():
    insert_all(KnownWord, ["word"], [["relapse"]])

    insert_all(KnownWord, ["word"], [["relapse"], ["lesion"]], ignore_conflicts=True)

    assert set(KnownWord.objects.values_list("word", flat=True)) == {"relapse", "lesion"}
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_all(KnownWord, ["word"], [["relapse"]])


def test_a_page_read_by_its_key_is_the_stored_one_and_nobody_elses():
    study = StudyFactory()
    mine, other = ArticlePageFactory(study=study), ArticlePageFactory()

    assert ArticlePage.objects.get(id=other.pk).title == other.title
    assert study.articles.get(id=mine.pk) == mine
    with pytest.raises(ArticlePage.DoesNotExist):
        study.articles.get(id=other.pk)
    with pytest.raises(ArticlePage.DoesNotExist):
        ArticlePage.objects.get(id=mine.pk + other.pk)
