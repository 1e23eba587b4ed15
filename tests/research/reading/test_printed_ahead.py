"""What just became public is printed before a reader asks for it, and never in the way of what is due."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from common.printing.memory import memory
from research.models import Release
from research.reading.article import ahead, views
from research.reading.article.ahead import print_new
from tests.factories import ArticlePageFactory, publish, sign

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.PRINTED_DIR = tmp_path / "printed"
    return settings.PRINTED_DIR


def number_of_files(folder):
    return sum(path.is_file() for path in folder.rglob("*"))


def make_public(section, reviewer, slug):
    page = ArticlePageFactory(parent=section, slug=slug)
    sign(page, reviewer)
    publish(page, reviewer)
    return page


def test_what_became_public_is_printed_once(section, reviewer, folder, client, settings, monkeypatch):
    settings.WAGTAILADMIN_BASE_URL = "http://testserver"
    make_public(section, reviewer, "first")
    print_new(timezone.now())
    assert number_of_files(folder) == 1

    memory().clear()
    monkeypatch.setattr(views, "presentation", None)
    assert client.get("/ms/first/").status_code == 200


def test_only_what_is_new_is_asked_for(section, reviewer, monkeypatch):
    asked = []
    monkeypatch.setattr(ahead, "ask", asked.append)
    for slug in ("first", "second"):
        make_public(section, reviewer, slug)
        print_new(timezone.now())
    print_new(timezone.now())

    assert asked == ["/ms/first/", "/ms/second/"]


def test_more_than_a_round_takes_waits_for_the_next(section, reviewer, monkeypatch):
    asked = []
    monkeypatch.setattr(ahead, "ask", asked.append)
    monkeypatch.setattr(ahead, "MOST", 1)
    print_new(timezone.now())
    make_public(section, reviewer, "before")
    print_new(timezone.now())
    for slug in ("first", "second"):
        make_public(section, reviewer, slug)
    for _ in range(4):
        print_new(timezone.now())

    assert set(asked) == {"/ms/before/", "/ms/first/", "/ms/second/"}


def test_what_is_down_again_is_not_asked_for(section, reviewer, monkeypatch):
    asked = []
    monkeypatch.setattr(ahead, "ask", asked.append)
    page = make_public(section, reviewer, "first")
    page.refresh_from_db()
    page.unpublish()
    print_new(timezone.now())
    assert asked == []


def test_what_is_due_goes_first(section, reviewer, monkeypatch):
    asked = []
    monkeypatch.setattr(ahead, "ask", asked.append)
    page = make_public(section, reviewer, "first")
    now = timezone.now()
    release = Release.objects.create(article=page, kind=Release.Kind.PUBLISH, due_at=now - timedelta(seconds=1))
    print_new(now)
    assert asked == []
    release.delete()
    print_new(now)
    assert asked == ["/ms/first/"]


def test_one_that_fails_stops_no_other(section, reviewer, monkeypatch):
    asked = []

    def ask(address):
        asked.append(address)
        raise RuntimeError

    monkeypatch.setattr(ahead, "ask", ask)
    for slug in ("first", "second"):
        make_public(section, reviewer, slug)
    print_new(timezone.now())
    print_new(timezone.now())
    assert sorted(asked) == ["/ms/first/", "/ms/second/"]


def test_the_command_prints_all(section, reviewer, folder):
    for slug in ("first", "second"):
        make_public(section, reviewer, slug)
    said = StringIO()
    call_command("print_articles", stdout=said)
    assert said.getvalue() == "2 articles are printed.\n"
    assert number_of_files(folder) == 2


def test_the_command_outlives_the_connection_that_it_began_with(section, reviewer, folder, monkeypatch):
    for slug in ("first", "second"):
        make_public(section, reviewer, slug)
    monkeypatch.setattr(connection, "chunked_cursor", None)  # what it reads by would go with the connection
    assert len(list(ahead.print_all(timezone.now()))) == 2
