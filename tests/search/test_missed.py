from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.signals import request_finished
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from search import missed
from search.models import MissedSearch, PromotedResult
from tests.factories import ArticlePageFactory, editor_user, publish, reviewer_user, writer_user

pytestmark = pytest.mark.django_db


def test_what_was_not_found_is_counted_once_its_answer_is_out(client, section, monkeypatch):
    with CaptureQueriesContext(connection) as captured:
        for query in ("stem cells", " Stem  CELLS ", "stem cells"):
            client.get("/search/", {"q": query})
    assert not any(query["sql"].startswith(("INSERT", "UPDATE")) for query in captured)

    monkeypatch.setattr(missed, "WRITE_AFTER_SECONDS", 0)
    missed.follow_request(sender=object)

    assert list(MissedSearch.objects.values_list("words", "times")) == [("stem cells", 3)]


def test_what_another_thread_writes_meanwhile_is_no_fault(monkeypatch):
    missed.note("stem cells")

    def later():
        missed.forget()  # the other thread was first
        return 1e9

    monkeypatch.setattr(missed, "time", SimpleNamespace(monotonic=later))
    missed.follow_request(sender=object)

    assert not MissedSearch.objects.exists()


def test_what_several_processes_write_is_written_in_one_order():
    for words in ("stem cells", "fatigue", "pregnancy"):
        missed.note(words)

    with CaptureQueriesContext(connection) as captured:
        missed.write()

    updates = [query["sql"] for query in captured if query["sql"].startswith("UPDATE")]
    assert [next(word for word in ("fatigue", "preg", "stem") if word in sql) for sql in updates] == [
        *("fatigue", "preg", "stem")
    ]


def test_it_is_written_after_an_answer():
    """Sent by hand, the signal would close the connection of the test."""
    assert missed.follow_request in request_finished._live_receivers(object)[0]


def test_what_was_found_is_not_counted(client, section):
    publish(ArticlePageFactory(parent=section, title="Relapses"))

    client.get("/search/", {"q": "relapses"})

    assert missed.write() == 0


@pytest.mark.parametrize(
    "query",
    [
        "ann@example.org",
        "0123 456789",
        "born 1984",
        "ms patient number 4711",
        "my name is ann smith and i feel ill",
        "x" * 61,
        "https://example.org/?token=abc",
        "10.1000/none",
    ],
)
def test_what_may_say_who_asks_is_not_kept(client, section, query):
    client.get("/search/", {"q": query})

    assert missed.write() == 0


def test_it_is_forgotten_after_half_a_year(db):
    MissedSearch.objects.create(words="old", times=9, last_on=timezone.localdate() - timedelta(days=181))
    missed.note("new")

    missed.write()

    assert list(MissedSearch.objects.values_list("words", flat=True)) == ["new"]


def test_a_flood_of_different_words_fills_no_memory(monkeypatch):
    monkeypatch.setattr(missed, "MOST_WAITING", 3)
    for letter in "abcdef":
        missed.note(f"word {letter}")

    assert missed.write() == 3


def test_editors_see_what_more_than_a_few_looked_for(client, db):
    for words, times in (("stem cells", 7), ("somebody", 2)):
        MissedSearch.objects.create(words=words, times=times, last_on=timezone.localdate())
    client.force_login(editor_user())

    page = client.get(reverse("search_missed")).content.decode()
    export = b"".join(client.get(reverse("search_missed"), {"export": "csv"}).streaming_content).decode()

    assert "stem cells" in page
    assert "somebody" not in page + export
    assert f"{reverse('search_promoted:add')}?query=stem+cells" in page
    assert "stem cells,7" in export


@pytest.mark.parametrize(("make", "sees"), [(editor_user, True), (writer_user, True), (reviewer_user, False)])
def test_who_sees_what_was_not_found(client, make, sees):
    client.force_login(make())

    assert (client.get(reverse("search_missed")).status_code == 200) == sees


@pytest.mark.parametrize(("make", "may"), [(editor_user, True), (writer_user, False), (reviewer_user, False)])
def test_who_promotes(client, section, make, may):
    article = publish(ArticlePageFactory(parent=section))
    client.force_login(make())

    form = client.get(reverse("search_promoted:add"), {"query": "stem cells"})
    client.post(reverse("search_promoted:add"), {"query": "Stem cells", "article": article.pk, "position": 1})

    assert (form.status_code == 200 and 'value="stem cells"' in form.content.decode()) == may
    assert PromotedResult.objects.filter(phrase="stem cell").exists() == may


def test_an_article_is_promoted_once_for_the_same_words(client, section):
    article = publish(ArticlePageFactory(parent=section))
    client.force_login(editor_user())

    for query in ("Stem cells", "stem  cell", "!"):
        client.post(reverse("search_promoted:add"), {"query": query, "article": article.pk, "position": 1})

    assert PromotedResult.objects.count() == 1
