"""The door of the page store: what it answers, what it passes on, and what nobody can make it keep."""

import gzip
import re
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import include, path
from django.views.decorators.cache import never_cache

from common.page_store import changes, files, place, shown, stamps
from common.page_store.keys import TRACKING
from tests.page_store import Reader

pytestmark = pytest.mark.django_db

WORDS = "Fewer people had a relapse. " * 40
made: list[str] = []
slow = threading.Event()


@shown.kept("page")
def kept_view(request):
    made.append(request.get_full_path())
    shown.shows("article-1")
    left_out = ("HTTP_HOST", "HTTP_COOKIE")
    seen = {name: value for name, value in request.META.items() if name.startswith("HTTP_") and name not in left_out}
    return HttpResponse(f"{WORDS} {request.build_absolute_uri()} {request.method} {seen} {request.COOKIES}")


@shown.kept()
def slow_view(request):
    made.append(request.path)
    slow.wait(0.3)
    return HttpResponse(WORDS)


@shown.kept()
def changing_view(request):
    """A change is made while the page is made, of what it shows or of something else."""
    made.append(request.path)
    shown.shows("article-1")
    changes.purge({request.path.strip("/")})
    return HttpResponse(WORDS)


@shown.kept()
def cookie_view(request):
    made.append(request.path)
    response = HttpResponse(WORDS)
    response.set_cookie("messages", "for you")
    return response


@shown.kept()
@never_cache
def private_view(request):
    made.append(request.path)
    return HttpResponse(WORDS)


@shown.kept()
def varying_view(request):
    made.append(request.path)
    return HttpResponse(WORDS, headers={"Vary": "User-Agent"})


@shown.kept()
def error_view(request):
    made.append(request.path)
    return HttpResponse(WORDS, status=int(request.path.strip("/")))


@shown.kept()
def streamed_view(request):
    made.append(request.path)
    return StreamingHttpResponse(iter([b"one ", b"two"]))


@shown.kept()
def large_view(request):
    made.append(request.path)
    return HttpResponse("x" * files.LARGEST_BYTES)


@shown.kept()
def catalogue_view(request):
    """What a database keeps about itself is read, as Django reads types when it connects."""
    made.append(request.path)
    plain, quoted = ("FROM pg_type", 'FROM "pg_type"')
    if connection.vendor == "sqlite":
        plain, quoted = ("FROM sqlite_schema", 'FROM "sqlite_schema"')
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) " + plain)
        cursor.execute("SELECT count(*) " + quoted)
    return HttpResponse(WORDS)


def unkept_view(request):
    made.append(request.path)
    return HttpResponse(f"{WORDS} {request.headers.get('X-Word')}")


urlpatterns = [
    path("unkept/", unkept_view),
    path("slow/", slow_view),
    path("article-1/", changing_view),
    path("article-2/", changing_view),
    path("cookie/", cookie_view),
    path("private/", private_view),
    path("varying/", varying_view),
    path("streamed/", streamed_view),
    path("large/", large_view),
    path("catalogue/", catalogue_view),
    *(path(f"{status}/", error_view) for status in (302, 404, 410, 500)),
    *(path(f"{name}/", kept_view) for name in ("a", "b", "accounts", "admin", "health", "preview", "search", "media")),
    path("a/report/", kept_view),
    path("", include("config.urls")),
]


@pytest.fixture(autouse=True)
def _views(settings, reader) -> Iterator[None]:
    settings.ROOT_URLCONF = __name__
    settings.ALLOWED_HOSTS = ["localhost", ".news.example"]
    settings.WAGTAILADMIN_BASE_URL = "https://www.news.example"
    made.clear()
    slow.clear()
    yield
    slow.set()


def test_a_kept_page_comes_without_django_and_without_a_statement(reader):
    first = reader.get("/a/")
    second = reader.get("/a/")

    assert (reader.made, second.statements) == (1, [])
    assert (second.status, second.headers, second.body) == (first.status, first.headers, first.body)


def test_the_answer_is_what_django_sends(reader, client):
    client.get("/a/")
    wanted = client.get("/a/", headers={"host": "localhost"})

    got = reader.get("/a/")

    assert got.headers == dict(wanted.headers) | {"ETag": wanted.headers["ETag"]}
    assert got.body == wanted.content
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options", "Vary"):
        assert got.headers[name]


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("GZIP", True), ("", False), ("br", False),
        ("gzip;q=0", False), ("gzip; q=0.0, *", False), ("gzip;q=x.1.2", False), ("nogzip", False),
    ],
)  # fmt: skip
def test_it_is_compressed_for_who_asks(accepted, is_packed, reader):
    plain = reader.get("/a/")

    got = reader.get("/a/", HTTP_ACCEPT_ENCODING=accepted)

    assert ("Content-Encoding" in got.headers) == is_packed
    assert (gzip.decompress(got.body) if is_packed else got.body) == plain.body
    assert int(got.headers["Content-Length"]) == len(got.body)
    assert reader.made == 1


def test_who_has_the_page_gets_304(reader):
    for accepted in ("", "gzip"):
        etag = reader.get("/a/", HTTP_ACCEPT_ENCODING=accepted).headers["ETag"]
        for asked in (etag, f'"other", {etag}', etag.removeprefix("W/"), "*"):
            got = reader.get("/a/", HTTP_IF_NONE_MATCH=asked, HTTP_ACCEPT_ENCODING=accepted)
            assert got.status.startswith("304")
            assert got.body == b""
            assert got.headers["ETag"] == etag
            assert "Content-Length" not in got.headers
            assert got.headers["Content-Security-Policy"]
    assert reader.get("/a/", HTTP_IF_NONE_MATCH='"other"').status.startswith("200")
    # A date alone decides nothing: what was taken down leaves an older one behind.
    assert reader.get("/a/", HTTP_IF_MODIFIED_SINCE="Fri, 01 Jan 2100 00:00:00 GMT").status.startswith("200")


def test_head_gets_the_headers_of_the_same_page(reader):
    head = reader.get("/a/", "HEAD")
    whole = reader.get("/a/")

    assert (head.headers, head.body) == (whole.headers, b"")
    assert (reader.made, "GET" in whole.text) == (1, True)


def test_a_part_is_not_served_as_the_whole_nor_kept(reader):
    got = reader.get("/a/", HTTP_RANGE="bytes=0-3")

    assert got.status.startswith("200")
    assert len(got.body) > 4
    assert reader.get("/a/").body == got.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PURGE", "get", "BREW"])
def test_other_methods_are_djangos(method, reader):
    reader.get("/a/")
    reader.get("/a/", method, HTTP_X_HTTP_METHOD_OVERRIDE="GET")

    assert reader.made == 2
    assert "GET" in reader.get("/a/").text


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_COOKIE": "sessionid=abc"}, {"HTTP_COOKIE": "a=b; sessionid=abc"}, {"HTTP_COOKIE": "messages=x"},
        {"HTTP_COOKIE": '"sessionid"=x'}, {"HTTP_AUTHORIZATION": "Basic x"}, {"SCRIPT_NAME": "/below"},
        {"CONTENT_LENGTH": "5"}, {"HTTP_TRANSFER_ENCODING": "chunked"}, {"HTTP_IF_MATCH": '"x"'},
    ],
)  # fmt: skip
def test_who_is_somebody_or_asks_for_more_is_not_answered_from_the_store(environ, reader):
    reader.get("/a/")

    assert not reader.is_kept("/a/", **environ)
    assert reader.is_kept("/a/")


def test_what_a_request_brings_is_in_no_kept_page(reader):
    poison = {
        "HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_PORT": "444",
        "HTTP_FORWARDED": "host=evil.example", "HTTP_X_ORIGINAL_URL": "/admin/", "HTTP_X_REWRITE_URL": "/admin/",
        "HTTP_ACCEPT_LANGUAGE": "tlh", "HTTP_USER_AGENT": "<script>", "HTTP_REFERER": "https://evil.example",
        "HTTP_COOKIE": "theme=<script>; csrftoken=x", "HTTP_ACCEPT": "evil/evil", "HTTP_X_WORD": "evil",
    }  # fmt: skip
    got = reader.get("/a/?utm_source=evil&fbclid=evil", **poison)

    assert "evil" not in got.text
    assert "script" not in got.text
    assert "http://localhost/a/ GET {} {}" in got.text
    assert reader.get("/a/").body == got.body
    assert reader.made == 1


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:9", "localhost@evil.example", "a.news.example", ""]
)
def test_hosts_that_are_not_the_readers_are_not_kept(host, reader):
    for _ in range(2):
        reader.get("/a/", HTTP_HOST=host)

    assert reader.made == 2
    assert "evil" not in reader.get("/a/").text


def test_each_host_and_scheme_has_its_own_page(reader, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.TRUSTED_PROXIES = ["192.0.2.1"]
    proxied = {"HTTP_X_FORWARDED_PROTO": "https", "REMOTE_ADDR": "192.0.2.1"}

    assert "http://localhost/a/" in reader.get("/a/", HTTP_HOST="LOCALHOST").text
    assert "http://localhost:8000/a/" in reader.get("/a/", HTTP_HOST="localhost:8000").text
    assert "http://www.news.example/a/" in reader.get("/a/", HTTP_HOST="www.news.example").text
    assert "https://localhost/a/" in reader.get("/a/", **proxied).text
    # Nobody else says for others that it was over TLS.
    assert "http://localhost/a/" in reader.get("/a/", **(proxied | {"REMOTE_ADDR": "198.51.100.7"})).text
    assert reader.made == 4


def test_known_parameters_make_a_page_of_their_own_and_others_pass(reader):
    for query in ("", "page=2", "page=3"):
        reader.get(f"/a/?{query}")
    assert reader.made == 3
    for query in ("utm_source=x", "page=2&gclid=1", "fbclid=2&page=3&utm_medium=mail"):
        assert reader.is_kept(f"/a/?{query}")
    for query in ("q=1", "page=2&page=3", "page=0", "page=02", "page=x", "page=", "PAGE=2", "v=0123456789ab", "a[]=1"):
        assert not reader.is_kept(f"/a/?{query}")
        assert not reader.is_kept(f"/a/?{query}")
    assert TRACKING.fullmatch("utm_x")
    assert not TRACKING.fullmatch("q")


def test_what_a_database_keeps_about_itself_is_no_reason_not_to_keep_a_page(reader):
    reader.get("/catalogue/")
    reader.get("/catalogue/")
    assert made == ["/catalogue/"]


def test_ten_thousand_query_strings_leave_the_store_as_it_was(reader):
    reader.get("/a/")
    handler, reader.handler = reader.handler, lambda environ, start: (start("200 OK", []), [b"x"])[1]
    for number in range(10_000):
        reader.door(
            {"REQUEST_METHOD": "GET", "PATH_INFO": "/a/", "QUERY_STRING": f"x{number}=1", "HTTP_HOST": "localhost",
             "SERVER_PORT": "8000", "wsgi.url_scheme": "http"}, lambda *told: None,
        )  # fmt: skip
    reader.handler = handler

    store = place.store()
    assert store.sweep() == 1
    assert len(store._memory) == 1


def test_the_store_takes_only_so_many_pages(reader, monkeypatch):
    monkeypatch.setattr(files, "MOST_FILES", 5)
    monkeypatch.setattr(files, "MEMORY_BYTES", 20_000)
    for number in range(1, 30):
        assert reader.get(f"/a/?page={number}").status.startswith("200")

    store = place.store()
    assert store.sweep() == 5
    assert store._memory_bytes <= 20_000
    assert sum(answer.size for answer in store._memory.values()) == store._memory_bytes


@pytest.mark.parametrize(
    "path",
    ["/accounts/", "/admin/", "/health/", "/preview/", "/search/", "/media/", "/a/report/", "/cookie/", "/private/",
     "/varying/", "/302/", "/404/", "/410/", "/500/", "/streamed/", "/large/", "/unkept/", "/unknown/"],
)  # fmt: skip
def test_what_is_not_for_everybody_is_never_kept(path, reader):
    first = reader.get(path)
    second = reader.get(path)

    assert reader.made == 2
    assert first.status == second.status
    assert len(first.body) == len(second.body)


def test_what_is_not_kept_still_sees_the_whole_request(reader):
    assert "word" in reader.get("/unkept/", HTTP_X_WORD="word").text


def test_a_page_goes_with_what_it_shows(reader):
    reader.get("/a/")

    changes.purge({"article-2"})
    assert reader.is_kept("/a/")

    changes.purge({"article-1"})
    assert not reader.is_kept("/a/")


def test_a_page_that_was_begun_before_a_purge_is_not_kept(reader):
    for address in ("/article-2/", "/article-2/", "/article-1/", "/article-1/"):
        reader.get(address)

    assert made == ["/article-2/", "/article-1/", "/article-1/"]


def test_other_processes_see_a_purge_at_once(reader, settings):
    reader.get("/a/")
    other = files.Store(place.store().folder)
    assert len(list(other._files())) == 1

    other.stamps.purge(["article-1"])

    assert not reader.is_kept("/a/")
    assert reader.is_kept("/a/")


def test_a_store_that_somebody_deletes_is_made_anew(reader):
    reader.get("/a/")
    folder = place.store().folder
    (folder / stamps.NAME).unlink()
    time.sleep(stamps.TRUSTED_SECONDS)

    assert not reader.is_kept("/a/")
    assert reader.is_kept("/a/")
    # A purge goes to the new numbers, in a process that had the old ones, too.
    changes.purge({"article-1"})
    assert not reader.is_kept("/a/")


@pytest.mark.parametrize("purge", [lambda numbers: numbers.purge(["article-1"]), stamps.Stamps.purge_everything])
@pytest.mark.parametrize("is_opened_before", [True, False])
def test_a_purge_in_a_new_file_waits_for_those_who_trust_the_one_before(purge, is_opened_before, reader):
    folder = place.store().folder
    other, third = stamps.Stamps(folder), stamps.Stamps(folder)
    other.numbers()
    for _ in range(20):
        assert not reader.is_kept("/a/")
        assert reader.is_kept("/a/")
        (folder / stamps.NAME).unlink()
        if is_opened_before:
            third.numbers()

        purge(other)

        assert not reader.is_kept("/a/")
        purge(other)


def test_a_purge_waits_for_nobody_in_a_file_that_all_have(reader, monkeypatch):
    numbers, waited = place.store().stamps, []
    numbers.purge(["article-1"])
    time.sleep(stamps.TRUSTED_SECONDS)
    monkeypatch.setattr(time, "sleep", waited.append)

    for _ in range(100):
        numbers.purge(["article-1"])

    assert set(waited) == {0}


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"\0" * stamps.SIZE])
def test_numbers_that_cannot_be_read_are_made_anew(content, reader):
    folder = place.store().folder
    folder.mkdir()
    (folder / stamps.NAME).write_bytes(content)

    assert not reader.is_kept("/a/")
    assert reader.is_kept("/a/")


@pytest.mark.parametrize("content", [b"", b"{}\n", b"[]\n", b"\xff\n", b'{"sizes": [1, 2]}\nabc'])
def test_a_file_that_is_damaged_is_no_page(content, reader):
    reader.get("/a/")
    store = place.store()
    (path,) = store._files()
    path.write_bytes(content)
    store._memory.clear()

    assert reader.get("/a/").status.startswith("200")
    assert reader.is_kept("/a/")


def test_pages_of_another_release_are_gone(reader):
    reader.get("/a/")

    place.empty()

    assert not reader.is_kept("/a/")


def test_without_a_folder_readers_get_their_pages(reader, settings, tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("")
    settings.PAGE_STORE_DIR = blocked / "pages"

    assert reader.get("/a/").status.startswith("200")
    changes.purge({"article-1"})
    place.empty()


def test_switched_off_it_keeps_nothing(reader, settings):
    settings.PAGE_STORE = False

    assert not reader.is_kept("/a/")
    assert not reader.is_kept("/a/")
    assert place.store() is None
    changes.purge({"article-1"})


def test_many_who_ask_at_once_wait_for_one(reader, settings):
    # Connections of threads are their own, and not needed: nothing asks the database here.
    answers = []
    readers = [threading.Thread(target=lambda: answers.append(ask(reader, "/slow/"))) for _ in range(8)]
    for one in readers:
        one.start()
    for one in readers:
        one.join()

    assert made == ["/slow/"]
    assert len(set(answers)) == 1
    assert answers[0].count(b"relapse") == 40


def test_who_waits_too_long_makes_the_page_alone(reader, monkeypatch):
    monkeypatch.setattr(files, "MAKING_SECONDS", 0.05)
    first = threading.Thread(target=ask, args=(reader, "/slow/"))
    first.start()
    time.sleep(0.1)

    started = time.monotonic()
    slow.set()
    assert ask(reader, "/slow/").count(b"relapse") == 40
    first.join()

    assert time.monotonic() - started < 2
    assert len(made) <= 2


def ask(reader: Reader, address: str) -> bytes:
    """Ask without counting statements, which belong to one thread."""
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": address, "QUERY_STRING": "", "HTTP_HOST": "localhost",
        "SERVER_NAME": "localhost", "SERVER_PORT": "8000", "wsgi.url_scheme": "http", "REMOTE_ADDR": "192.0.2.1",
    }  # fmt: skip
    return b"".join(reader.door(environ, lambda *told: None))


def test_counts_say_what_the_store_did(reader):
    from common.page_store import watching

    for _ in range(4):
        reader.get("/a/")

    assert watching.detail() == ("3 of 4 pages came from the store", False)
    assert watching.gauges()["countersign_page_store_kept_total"] == 1
    assert re.fullmatch(r"pages are .*|\d+ of \d+ .*", watching.detail()[0])
