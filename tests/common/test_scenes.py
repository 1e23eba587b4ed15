"""The steps that tests begin with are written again only for a test that comes the same way."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.core.files.storage import default_storage
from django.db import connection

from research.models import ArticlePage, PublishedArticle, SignOff, Topic
from tests import factories, scenes
from tests.first_rows import read_rows
from tests.scenes import Scenes

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="elsewhere each step is taken anew"),
]


@pytest.fixture
def steps(monkeypatch):
    """The steps of this test alone, without what other tests took; says which were taken, and which written again."""
    own = Scenes()
    own.is_on, own.factories = True, scenes.scenes.factories
    own.note_first()
    for module in (scenes, factories.ways):
        monkeypatch.setattr(module, "scenes", own)
    own.seen = []
    taking, writing = own._take, own._write_again
    own._take = lambda take: own.seen.append("taken") or taking(take)
    own._write_again = lambda taken: own.seen.append("again") or writing(taken)
    return own


@pytest.fixture
def begin(steps):
    """Begin as a test does, in the database as it was."""
    savepoints = []

    def begin(*replaced):
        if savepoints:
            connection.savepoint_rollback(savepoints.pop())
        savepoints.append(connection.savepoint())
        for factory in steps.factories:
            factory.reset_sequence(100, force=True)
        steps.seen.clear()
        steps.begin(list(replaced))

    return begin


def published():
    return factories.publish(factories.ArticlePageFactory(title="Fewer relapses"), factories.reviewer_user())


def rows_but_for_savepoints():
    return {table: rows for table, rows in read_rows().items() if table != "sqlite_sequence"}


def test_what_was_taken_is_written_again_row_by_row(begin, steps):
    begin()
    first = published()
    rows, seen = rows_but_for_savepoints(), list(steps.seen)

    begin()
    again = published()

    assert (seen, steps.seen) == (["taken"] * 3, ["again"] * 3)
    assert rows_but_for_savepoints() == rows
    assert (again.pk, again.subject_uuid, again.live) == (first.pk, first.subject_uuid, True)


def test_files_are_as_they_were_whatever_became_of_them(begin):
    begin()
    published()
    (name, hashed), *_ = PublishedArticle.objects.get().pictures["lead"]["sha256"].items()
    Path(default_storage.path(name)).write_bytes(b"another")

    begin()
    published()

    assert sha256(Path(default_storage.path(name)).read_bytes()).hexdigest() == hashed


def test_names_go_on_where_they_were(begin):
    begin()
    factories.TopicFactory()
    second = factories.TopicFactory().name

    begin()
    factories.TopicFactory()
    assert factories.TopicFactory().name == second


def test_other_words_are_another_step(begin, steps):
    begin()
    factories.TopicFactory(name="Glia")
    begin()
    factories.TopicFactory(name="Myelin")

    assert steps.seen == ["taken"]
    assert Topic.objects.get().name == "Myelin"


def test_after_another_write_nothing_is_written_again(begin, steps):
    begin()
    factories.TopicFactory()
    factories.TopicFactory()
    begin()
    factories.TopicFactory()
    Topic.objects.update(name="Glia")
    factories.TopicFactory()

    assert steps.seen == ["again"]
    assert Topic.objects.count() == 2


def test_nothing_is_written_again_while_a_test_has_replaced_something(begin, steps):
    begin()
    factories.TopicFactory()
    begin(lambda: True)
    factories.TopicFactory()

    assert steps.seen == []


def test_at_each_time_at_which_a_clock_is_stopped_a_step_is_another(begin, steps):
    for day in (1, 1, 2):
        begin()
        with time_machine.travel(datetime(2027, 1, day, tzinfo=UTC), tick=False):
            factories.publish(factories.ArticlePageFactory(), factories.reviewer_user())

    assert steps.seen == ["taken"] * 3
    assert ArticlePage.objects.get().first_published_at.day == 2


def test_nothing_is_written_again_by_a_clock_that_was_set_and_goes_on(begin, steps):
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC)):
        for _ in range(2):
            begin()
            factories.TopicFactory()

    assert steps.seen == []


def test_no_step_follows_one_that_was_taken_anew(begin, steps, monkeypatch):
    begin()
    factories.sign(factories.ArticlePageFactory(), factories.reviewer_user())
    (first,) = [taken for way, taken in steps._taken.items() if "ArticlePageFactory" in way]
    monkeypatch.setattr(first, "at", first.at - scenes.KEPT_SECONDS - 1)

    begin()
    article = factories.ArticlePageFactory()
    factories.sign(article, factories.reviewer_user())

    assert steps.seen == ["taken"] * 3
    assert SignOff.objects.get().digest == factories.digest_of_draft(article)


def test_what_a_step_was_given_knows_what_stands_below_it(begin):
    section = None
    for _ in range(2):
        begin()
        section = factories.TopicIndexPageFactory()
        factories.ArticlePageFactory(parent=section)
    ArticlePage.objects.get().save()
    factories.ArticlePageFactory(parent=section)

    assert section.get_children().count() == 2


def test_mails_are_sent_again(begin):
    sent = []
    for _ in range(2):
        begin()
        mail.outbox.clear()
        published()
        sent.append([each.subject for each in mail.outbox])

    assert sent[0] == sent[1]
