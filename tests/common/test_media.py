import errno
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from common import media

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


# A file under another name


@pytest.fixture
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return default_storage.save("artwork/one.gif", ContentFile(PIXEL))


def fails_with(error):
    def fail(*args, **kwargs):
        raise error

    return fail


@pytest.fixture(params=["a disk", "an object store"])
def store(request, monkeypatch):
    if request.param == "an object store":
        without_paths = SimpleNamespace(path=fails_with(NotImplementedError()), **_acts(default_storage))
        monkeypatch.setattr(media, "default_storage", without_paths)
    return request.param


def _acts(storage):
    return {name: getattr(storage, name) for name in ("exists", "open", "save", "delete")}


def test_a_file_is_there_under_another_name_as_well(stored, store):
    assert media.duplicate(stored, "public/deep/one.gif") is True

    assert default_storage.open("public/deep/one.gif").read() == PIXEL
    default_storage.delete("public/deep/one.gif")
    assert default_storage.open(stored).read() == PIXEL


def test_what_has_that_name_already_stays(stored, store):
    default_storage.save("public/one.gif", ContentFile(b"another"))

    assert media.duplicate(stored, "public/one.gif") is False

    assert default_storage.open("public/one.gif").read() == b"another"


def test_what_is_written_over_the_copy_leaves_the_file_as_it_was(stored):
    media.duplicate(stored, "public/one.gif")

    Path(default_storage.path("public/one.gif")).write_bytes(b"half")

    assert default_storage.open(stored).read() == PIXEL


def test_who_serves_media_may_read_the_copy(stored):
    media.duplicate(stored, "public/one.gif")

    assert Path(default_storage.path("public/one.gif")).stat().st_mode & 0o777 == settings.FILE_UPLOAD_PERMISSIONS


@pytest.mark.parametrize("store", ["an object store"], indirect=True)
def test_of_two_who_copy_at_once_one_copy_stays(stored, store, monkeypatch):
    real = default_storage.save

    def is_late(name, file):
        real(name, ContentFile(PIXEL))
        return real(name, file)

    monkeypatch.setattr(media.default_storage, "save", is_late)

    assert media.duplicate(stored, "public/one.gif") is False
    assert default_storage.listdir("public")[1] == ["one.gif"]


def test_a_copy_that_was_ended_half_way_is_not_taken_for_one(stored, monkeypatch):
    def is_killed(source, target):
        target.write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(media, "copyfile", is_killed)
        with pytest.raises(KeyboardInterrupt):
            media.duplicate(stored, "public/one.gif")

    assert not default_storage.exists("public/one.gif")
    assert media.duplicate(stored, "public/one.gif") is True


def test_of_a_file_that_is_gone_nothing_is_made(stored, store):
    default_storage.delete(stored)

    with pytest.raises(FileNotFoundError):
        media.duplicate(stored, "public/one.gif")

    assert not default_storage.exists("public/one.gif")


def test_a_copy_that_was_made_ready_gets_its_name(stored, monkeypatch):
    media.make_ready(stored, "public/deep/one.gif")
    assert not default_storage.exists("public/deep/one.gif")
    monkeypatch.setattr(media, "copyfile", fails_with(AssertionError("copied again")))

    assert media.duplicate(stored, "public/deep/one.gif") is True

    assert default_storage.open("public/deep/one.gif").read() == PIXEL
    assert default_storage.listdir("ready") == ([], [])


def test_what_is_ready_or_has_its_name_is_not_made_ready_again(stored, monkeypatch):
    media.make_ready(stored, "public/one.gif")
    monkeypatch.setattr(media, "copyfile", fails_with(AssertionError("copied again")))

    media.make_ready(stored, "public/one.gif")
    media.duplicate(stored, "public/one.gif")
    media.make_ready(stored, "public/one.gif")

    assert default_storage.listdir("ready") == ([], [])


@pytest.mark.parametrize("store", ["an object store"], indirect=True)
def test_an_object_store_is_asked_for_one_copy_only(stored, store):
    media.make_ready(stored, "public/one.gif")

    assert not default_storage.exists("ready")
    assert media.duplicate(stored, "public/one.gif") is True


def test_nobody_has_a_copy_before_it_gets_its_name(client, stored):
    media.make_ready(stored, "public/one.gif")

    (ready,) = default_storage.listdir("ready")[1]
    assert client.get(f"/media/ready/{ready}").status_code == 404
    assert client.get("/media/public/one.gif").status_code == 404


def test_a_copy_that_was_not_written_to_its_end_is_made_anew(stored):
    media.make_ready(stored, "public/one.gif")
    Path(default_storage.path(media.ready_name(stored))).write_bytes(PIXEL[:7])

    assert media.duplicate(stored, "public/one.gif") is True

    assert default_storage.open("public/one.gif").read() == PIXEL


@pytest.mark.parametrize("error", [OSError(errno.EXDEV, "another disk"), PermissionError("another account's")])
def test_a_copy_that_cannot_be_named_is_made_anew(stored, monkeypatch, error):
    media.make_ready(stored, "public/one.gif")
    ready, replace = Path(default_storage.path(media.ready_name(stored))), Path.replace

    monkeypatch.setattr(Path, "replace", lambda path, to: fails_with(error)() if path == ready else replace(path, to))

    assert media.duplicate(stored, "public/one.gif") is True
    assert default_storage.open("public/one.gif").read() == PIXEL
