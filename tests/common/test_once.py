"""What a request that only reads asks once, and that no answer outlives it."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.once import ReadingMiddleware, know, once, reading
from research.newsroom.permissions import EDITORS, has_role
from tests.factories import editor_user, writer_user


class Thing:
    """Something that is asked about; two of them are equal."""

    def __eq__(self, other):
        return isinstance(other, Thing)

    __hash__ = None


@pytest.fixture
def asked():
    return []


@pytest.fixture
def ask(asked):
    return once(lambda thing: id(thing))(lambda thing: asked.append(thing) or len(asked))


def test_while_a_request_reads_a_question_is_asked_once(ask, asked):
    thing = Thing()

    with reading():
        assert [ask(thing), ask(thing)] == [1, 1]

    assert len(asked) == 1


def test_what_is_equal_is_not_the_same(ask):
    with reading():
        assert [ask(Thing()) for _ in range(5)] == [1, 2, 3, 4, 5]


def test_no_answer_outlives_its_request(ask):
    thing = Thing()
    with reading():
        ask(thing)

    with reading():
        assert ask(thing) == 2


def test_a_block_that_changes_something_else_remembers_what_it_says_it_leaves(ask, asked):
    other = once(lambda thing: id(thing))(lambda thing: asked.append(thing) or -len(asked))
    thing = Thing()

    with reading(ask):
        know(other, 7, thing)
        know(ask, 3, thing)
        assert [ask(thing), ask(thing), other(thing), other(thing)] == [3, 3, -1, -2]


def test_where_something_may_be_written_each_question_is_asked_anew(ask):
    thing = Thing()

    assert [ask(thing), ask(thing)] == [1, 2]


@pytest.mark.parametrize(
    ("method", "address", "is_once"),
    [
        ("get", "/admin/pages/", True),
        ("head", "/admin/pages/", True),
        ("post", "/admin/pages/", False),
        ("get", "/search/", False),
    ],
)
def test_only_requests_of_the_admin_that_read_remember(method, address, is_once, ask, rf):
    thing = Thing()
    answer = ReadingMiddleware(lambda request: [ask(thing), ask(thing)])

    assert answer(getattr(rf, method)(address)) == ([1, 1] if is_once else [1, 2])


@pytest.mark.django_db
def test_who_is_no_editor_any_more_is_none_in_the_next_request():
    editor, client = editor_user(), Client()
    client.force_login(editor)
    assert client.get("/admin/erasure/").status_code == 200

    editor.groups.set([Group.objects.get(role__key="Writers")])

    assert client.get("/admin/erasure/").status_code != 200
    assert not has_role(editor, EDITORS)


@pytest.mark.django_db
def test_the_menu_asks_for_the_roles_of_a_person_once():
    client = Client()
    client.force_login(writer_user())
    client.get("/admin/")

    with CaptureQueriesContext(connection) as asked:
        client.get("/admin/")

    assert sum('"research_role"' in query["sql"] and '"auth_group"' in query["sql"] for query in asked) == 1
