import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from common.models import Image

pytestmark = pytest.mark.django_db

RANDOM_NAME = re.compile(r"^(originals|renditions)/[0-9a-f]{2}/[0-9a-f]{32}\.(png|jpg)$")


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_the_site_uses_its_own_image_model():
    assert get_image_model() is Image


def test_the_name_of_an_upload_does_not_tell_what_it_shows():
    file = get_test_image_file(filename="embargoed-trial-result.PNG")

    image = Image.objects.create(title="Result", file=file)

    assert RANDOM_NAME.match(image.file.name)


def test_the_name_of_a_rendition_does_not_tell_its_original():
    image = Image.objects.create(title="Result", file=get_test_image_file())

    rendition = image.get_rendition("width-100")

    assert RANDOM_NAME.match(rendition.file.name)
    assert image.file.name.split("/")[-1].split(".")[0] not in rendition.file.name


@pytest.mark.parametrize(
    ("name", "content"),
    [("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ("text.png", b"not an image at all")],
)
def test_a_file_that_is_no_picture_is_refused_with_a_message(admin_client, name, content):
    response = admin_client.post(
        "/admin/images/add/", {"title": "Odd", "file": SimpleUploadedFile(name, content), "collection": "1"}
    )

    assert response.status_code == 200
    assert response.context["form"].errors["file"]
    assert not Image.objects.exists()


def test_a_picture_with_too_many_pixels_is_refused_with_a_message(admin_client, settings):
    settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS = 100
    upload = SimpleUploadedFile("huge.png", get_test_image_file(size=(20, 20)).file.getvalue())

    response = admin_client.post("/admin/images/add/", {"title": "Huge", "file": upload, "collection": "1"})

    assert "pixels" in str(response.context["form"].errors["file"])
    assert not Image.objects.exists()
