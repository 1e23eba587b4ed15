from pathlib import Path

import pytest

pytestmark = pytest.mark.django_db  # whatever is not found is looked for among the redirects

PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


@pytest.fixture
def media_root(settings, tmp_path):
    root = tmp_path / "media"
    (root / "public").mkdir(parents=True)
    (root / "public" / "cd.gif").write_bytes(PIXEL)
    settings.MEDIA_ROOT = root
    return root


def test_a_public_image_is_served_to_be_kept_for_a_while(client, media_root):
    response = client.get("/media/public/cd.gif")

    assert response.status_code == 200
    assert b"".join(response.streaming_content) == PIXEL
    assert response["Content-Type"] == "image/gif"
    assert "max-age=3600" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_an_image_asked_for_again_is_not_sent_again(client, media_root):
    first = client.get("/media/public/cd.gif")

    again = client.get("/media/public/cd.gif", headers={"If-Modified-Since": first["Last-Modified"]})

    assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "",
        "public",
        "public/",
        "public/ef.gif",
        "public/../../secret.gif",
        "public/%2e%2e/%2e%2e/secret.gif",
        "public/%00.gif",
    ],
)
def test_what_is_no_file_below_the_media_folder_is_not_found(client, media_root, path):
    (media_root.parent / "secret.gif").write_bytes(PIXEL)

    response = client.get(f"/media/{path}")

    assert response.status_code == 404


@pytest.mark.parametrize(
    "path",
    ["a" * 300, "a" * 300 + ".jpg", "ab/" + "é" * 200 + ".gif", "/".join(["ab"] * 2000), "%ED%A0%80.gif", "%ff.gif"],
)
def test_a_name_that_no_file_system_holds_is_not_found(client, media_root, path):
    response = client.get(f"/media/{path}")

    assert response.status_code == 404


def test_a_link_that_leads_out_of_the_media_folder_is_not_followed(client, media_root):
    outside = media_root.parent / "secret.gif"
    outside.write_bytes(PIXEL)
    (media_root / "public" / "link.gif").symlink_to(outside)

    response = client.get("/media/public/link.gif")

    assert response.status_code == 404


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "notes.txt", "nameless"])
def test_only_images_are_served(client, media_root, name):
    Path(media_root / "public" / name).write_text("<script>alert(1)</script>")

    response = client.get(f"/media/public/{name}")

    assert response.status_code == 404


def test_media_cannot_be_posted_to(client, media_root):
    response = client.post("/media/public/cd.gif")

    assert response.status_code == 405
