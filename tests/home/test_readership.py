"""What is counted of readers, what never is, and who sees the numbers."""

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.handlers.wsgi import WSGIHandler
from django.db import Error, connection
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from home.models import HomePage
from home.readership import counting
from home.readership.counting import ReadershipCounter, forget_old, is_of_a_reader, write_views
from home.readership.models import DailyViews
from tests.factories import ArticlePageFactory, publish, reviewer_user, unpublish, writer_user
from tests.page_store import kept_connection

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TODAY = datetime(2027, 3, 3, 12, tzinfo=ZoneInfo("Europe/London"))


@pytest.fixture
def article(section):
    return publish(ArticlePageFactory(parent=section, title="Fewer relapses"))


@pytest.fixture
def counter():
    return ReadershipCounter(WSGIHandler())


def open_page(counter: ReadershipCounter, path: str, method: str = "get", **headers: str) -> str:
    """Ask as a browser does; return the status."""
    given = {"HTTP_USER_AGENT": FIREFOX, **headers}
    environ = getattr(RequestFactory(), method)(path, **given).environ
    told: list[str] = []
    with kept_connection():
        b"".join(counter(environ, lambda status, *_: told.append(status)))
    return told[0][:3]


def views() -> dict[str, int]:
    return {row.page.url: row.views for row in DailyViews.objects.select_related("page")}


def test_articles_sections_and_the_front_are_counted_and_nothing_else(counter, article, section):
    for path in (
        article.url,
        article.url,
        section.url,
        "/",
        "/search/?q=relapse",
        f"{article.url}report/",
        "/nothing/",
    ):
        open_page(counter, path)

    assert counter.write() == 4
    assert views() == {article.url: 2, section.url: 1, "/": 1}
    assert counter.write() == 0


def test_a_page_that_the_reader_has_already_counts_too(counter, article):
    handler = counter.application
    counter.application = lambda environ, start: (start("304 Not Modified", []), [b""])[1]
    open_page(counter, article.url)
    counter.application = handler

    counter.write()
    assert views() == {article.url: 1}


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_USER_AGENT": ""},
        {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"HTTP_USER_AGENT": "curl/8.5.0"},
        {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0.0.0"},
        {"HTTP_USER_AGENT": "FeedFetcher-Google"},
        {"HTTP_COOKIE": "sessionid=abc"},
        {"HTTP_SEC_PURPOSE": "prefetch;prerender"},
    ],
    ids=str,
)
def test_programs_people_of_the_newsroom_and_pages_fetched_ahead_are_left_out(counter, article, headers):
    assert open_page(counter, article.url, **headers) == "200"

    counter.write()
    assert not DailyViews.objects.exists()


@pytest.mark.parametrize(
    "program",
    [
        FIREFOX,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
        "Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
        "Safari/537.36 Edg/140.0.0.0",
        "Mozilla/5.0 (Linux; Android 15; SAMSUNG SM-S921B) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0 Mobile",
    ],
)
def test_browsers_are_readers(program):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/ms/", "HTTP_USER_AGENT": program}

    assert is_of_a_reader(environ)


@pytest.mark.parametrize("method", ["head", "post", "options"])
def test_other_methods_read_nothing(counter, article, method):
    open_page(counter, article.url, method)

    assert counter.write() == 0


def test_what_is_stored_is_day_page_and_number(counter, article):
    open_page(counter, article.url, REMOTE_ADDR="192.0.2.77", HTTP_REFERER="https://example.org/secret")
    counter.write()

    assert [field.name for field in DailyViews._meta.fields] == ["id", "day", "page", "views"]


def test_addresses_with_a_secret_are_forgotten(counter, article):
    counter.note("/follow/some-token/")
    counter.note("/preview/secret/")
    counter.write()

    assert not DailyViews.objects.exists()
    assert not counter._counted


def test_what_was_taken_down_is_counted_no_more(counter, article):
    unpublish(article)
    open_page(counter, article.url)
    counter.note(article.url)

    assert counter.write() == 0


def test_numbers_of_several_processes_add_up(article):
    day = timezone.localdate()
    for _ in range(3):
        write_views({(day, article.url): 2, (day - timedelta(days=1), article.url): 1})

    assert sorted(DailyViews.objects.values_list("views", flat=True)) == [3, 6]


def test_threads_lose_no_view(counter):
    def read() -> None:
        for _ in range(500):
            counter.note("/ms/")

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    counter._add_up()
    assert sum(counter._counted.values()) == 4000


def test_the_memory_has_an_end(counter, monkeypatch):
    monkeypatch.setattr(counting, "MOST_PATHS", 10)
    for number in range(50):
        counter.note(f"/{number}/")
    counter.note("/0/")
    counter._add_up()

    assert len(counter._counted) == 10
    assert counter._counted[timezone.localdate(), "/0/"] == 2


def test_what_a_busy_database_did_not_take_is_written_the_next_time(counter, article, monkeypatch):
    def busy(counted):
        raise Error("database is locked")

    open_page(counter, article.url)
    with monkeypatch.context() as patched:
        patched.setattr(counting, "write_views", busy)
        assert counter.write() == 0
    open_page(counter, article.url)

    assert counter.write() == 2


def test_the_day_is_the_sites(counter, section):
    with time_machine.travel(datetime(2027, 6, 30, 23, 30, tzinfo=ZoneInfo("UTC")), tick=False):
        counter.note(section.url)
    counter.write()

    assert DailyViews.objects.get().day.isoformat() == "2027-07-01"


def test_what_is_read_at_midnight_is_counted_on_its_own_day(counter, section):
    with time_machine.travel(datetime(2027, 3, 3, 23, 59, 59, tzinfo=ZoneInfo("Europe/London")), tick=False) as clock:
        counter.note(section.url)
        counter.note(section.url)
        clock.shift(1)
        counter.note(section.url)
        counter.write()

    found = dict(DailyViews.objects.values_list("day", "views"))
    assert {day.isoformat(): views for day, views in found.items()} == {"2027-03-03": 2, "2027-03-04": 1}


def test_a_batch_is_written_every_half_minute_whatever_the_clock_does(monkeypatch):
    written, wrote = [], threading.Event()

    def write(counter: ReadershipCounter) -> None:
        written.append(dict(counter._counted))
        counter._counted.clear()
        wrote.set()

    monkeypatch.setattr(ReadershipCounter, "_write_and_close", write)
    with time_machine.travel(TODAY, tick=False) as clock:
        counter = ReadershipCounter(WSGIHandler())
        for seconds, is_written in ((0, False), (29, False), (1, True), (-7200, False), (29, False), (1, True)):
            clock.shift(seconds)
            counter.note("/ms/")
            assert wrote.wait(2 if is_written else 0.05) == is_written
            wrote.clear()

    assert written == [{(TODAY.date(), "/ms/"): 2}, {(TODAY.date(), "/ms/"): 3}]


def test_a_batch_is_few_statements_however_many_pages_it_has(section, django_assert_max_num_queries):
    counted = {(timezone.localdate(), publish(ArticlePageFactory(parent=section)).url): 1 for _ in range(3)}
    with django_assert_max_num_queries(4 if connection.vendor == "sqlite" else 6):
        write_views(counted)


def test_old_numbers_go(section):
    page = HomePage.objects.get()
    for days in (1, 800):
        DailyViews.objects.create(day=timezone.localdate() - timedelta(days=days), page=page, views=1)

    forget_old(timezone.now())

    assert DailyViews.objects.count() == 1


@pytest.fixture
def numbers(article, section):
    for days, page, number in (
        (0, article, 5),
        (3, article, 7),
        (3, section, 1200),
        (20, article, 100),
        (40, article, 1000),
    ):
        DailyViews.objects.create(day=TODAY.date() - timedelta(days=days), page=page, views=number)
    with time_machine.travel(TODAY, tick=False):
        yield


def test_the_report_has_sums_and_its_file_the_days(client, editor, numbers, article):
    client.force_login(editor)

    pages = client.get(reverse("home_readership")).context["object_list"]
    assert [(page.title, page.week, page.month, page.year) for page in pages] == [
        ("Multiple sclerosis", 1200, 1200, 1200),
        ("Fewer relapses", 12, 112, 1112),
    ]
    lines = b"".join(client.get(reverse("home_readership"), {"export": "csv"}).streaming_content).decode().splitlines()
    assert lines[:2] == ["Day,Page,Address,Views", f"2027-03-03,Fewer relapses,{article.url},5"]
    assert len(lines) == 6


def test_the_dashboard_has_a_plot_with_a_bar_a_day(client, editor, numbers):
    client.force_login(editor)

    page = client.get(reverse("wagtailadmin_home")).content.decode()

    assert "1,312 views in 28 days, at most 1,207 a day" in page
    assert page.count("<rect") >= 28
    assert "3 March 2027: 5" in page


@pytest.mark.parametrize("address", ["home_readership", "home_readership_results"])
def test_everybody_of_the_newsroom_sees_it_and_nobody_else(client, section, address, django_user_model):
    assert client.get(reverse(address)).status_code == 302
    for make in (writer_user, reviewer_user):
        client.force_login(make(username=f"{make.__name__}-1"))
        assert client.get(reverse(address)).status_code == 200
    client.force_login(django_user_model.objects.create_user("outsider", password="x"))
    assert client.get(reverse(address)).status_code != 200


def test_the_served_application_counts():
    from config import wsgi

    assert isinstance(wsgi.application, ReadershipCounter)
