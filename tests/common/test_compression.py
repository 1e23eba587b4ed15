"""What is text goes out compressed, once; who has a page already gets none."""

import gzip

import pytest
from django.http import FileResponse, HttpResponse
from django.test import RequestFactory

from common.middleware import TextGZipMiddleware
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, publish, unpublish

ADDRESSES = ["/", "/ms/", "/ms/topics/", "/ms/feed/", "/ms/read/", "/ms/read/made.json"]
GZIP = {"accept-encoding": "gzip, deflate, br"}


@pytest.fixture
def article(db):
    section = TopicIndexPageFactory(slug="ms")
    return publish(ArticlePageFactory(parent=section, slug="read"))


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_goes_out_compressed_to_who_asks_for_it(client, article, address):
    plain = client.get(address)
    small = client.get(address, headers=GZIP)

    assert "Content-Encoding" not in plain
    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    assert "Accept-Encoding" in small["Vary"]
    assert "Accept-Encoding" in plain["Vary"]


@pytest.mark.parametrize("headers", [{}, GZIP], ids=["plain", "gzip"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_who_has_a_page_gets_its_name_only_until_it_changes(client, article, address, headers):
    first = client.get(address, headers=headers)
    again = client.get(address, headers={**headers, "if-none-match": first["ETag"]})
    unpublish(article)
    after = client.get(address, headers={**headers, "if-none-match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert after.status_code in (200, 404, 410)
    assert after.content


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_asks_by_date_alone_gets_the_page(client, article, address):
    """What was taken down leaves an older newest date behind."""
    answer = client.get(address, headers={"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"})

    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["image/webp", "image/jpeg", "font/woff2", "application/octet-stream"])
def test_what_is_no_text_is_left_alone(kind):
    request = RequestFactory().get("/", headers=GZIP)
    answer = TextGZipMiddleware(lambda request: HttpResponse(b"x" * 1000, content_type=kind))(request)

    assert "Content-Encoding" not in answer
    assert answer.content == b"x" * 1000


def test_a_picture_from_a_file_keeps_its_length(tmp_path):
    path = tmp_path / "picture.webp"
    path.write_bytes(b"x" * 1000)

    def view(request):
        return FileResponse(path.open("rb"), content_type="image/webp")

    answer = TextGZipMiddleware(view)(RequestFactory().get("/", headers=GZIP))

    assert answer["Content-Length"] == "1000"
    answer.file_to_stream.close()
