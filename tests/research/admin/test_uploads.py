import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.images.tests.utils import get_test_image_file

from common.models import Image

pytestmark = pytest.mark.django_db


def png(size=(20, 20)):
    return get_test_image_file(size=size).file.getvalue()


def upload(client, content, name="picture.png"):
    """Upload a picture from the article's chooser, as a writer does; return what the form says of the file."""
    response = client.post(
        reverse("wagtailimages_chooser:create"),
        {
            "image-chooser-upload-title": "A picture",
            "image-chooser-upload-file": SimpleUploadedFile(name, content, content_type="image/png"),
            "image-chooser-upload-collection": "1",
        },
    )
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture(autouse=True)
def _writer_signed_in(client, writer):
    client.force_login(writer)


def test_a_picture_is_taken(client):
    upload(client, png())

    assert Image.objects.get().file_hash


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"no picture at all", "a.png"),
        (b"", "a.png"),
        (b"<svg/>", "a.svg"),
        (png()[:30], "a.png"),
        (png((200, 200))[:-60], "a.png"),
        (png(), "a.exe"),
    ],
    ids=["text", "empty", "svg", "cut off early", "cut off late", "wrong name"],
)
def test_what_is_no_picture_is_refused_with_a_message(client, content, name):
    said = upload(client, content, name)

    assert "error" in said
    assert not Image.objects.exists()


def test_a_file_that_is_too_large_is_refused_with_the_limit(client, settings):
    settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE = 50

    said = upload(client, png())

    assert "This file is too big" in said
    assert not Image.objects.exists()


def test_a_picture_with_too_many_pixels_is_refused_with_the_limit(client, settings):
    settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS = 100

    said = upload(client, png())

    assert "pixels" in said
    assert not Image.objects.exists()
