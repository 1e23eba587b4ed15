"""Back-ups that fail leave nothing that could be taken for one; a restore overwrites nothing."""

import json
import stat
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from common.backups import databases, making
from common.backups.making import from_the_future, make_backup, prune, restore_backup
from common.backups.manifest import BackupError, Manifest
from common.media import make_ready, ready_name
from common.models import Image
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path, monkeypatch):
    """A store of the test's own, and a database that needs no copying: the drill copies real ones."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(making, "write_database", lambda file: file.write_bytes(b"the database"))


@pytest.fixture
def picture():
    return ImageFactory().file.name


@pytest.fixture
def made(picture, tmp_path):
    folder, missing = make_backup(tmp_path / "kept", facts={"head": "abc"}, look_at=lambda file: None)
    assert missing == []
    return folder


@pytest.fixture
def emptied(settings, tmp_path, monkeypatch):
    """An empty installation: no media, and a database that only notes what it would take."""
    taken = []
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    monkeypatch.setattr(making, "refuse_a_database_in_use", lambda: None)
    monkeypatch.setattr(making, "read_database", taken.append)
    return taken


def test_a_backup_lists_what_it_holds(made, picture):
    manifest = json.loads((made / "manifest.json").read_text())

    assert manifest["vendor"] == connection.vendor
    assert manifest["facts"] == {"head": "abc"}
    assert picture in manifest["media"]
    assert (made / "media" / picture).is_file()
    assert manifest["migrations"]["common"].startswith("0002")


def test_copies_that_wait_for_a_release_are_not_in_it(picture, tmp_path):
    make_ready(picture, "public/one.jpg")
    assert default_storage.exists(ready_name(picture))

    folder, _ = make_backup(tmp_path / "kept", facts={}, look_at=lambda file: None)

    kept = json.loads((folder / "manifest.json").read_text())["media"]
    assert picture in kept
    assert not [name for name in kept if name.startswith("ready/")]


def test_nobody_else_may_read_it(made):
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_picture_that_the_store_lost_is_named(picture, tmp_path):
    default_storage.delete(picture)

    _, missing = make_backup(tmp_path / "kept", facts={}, look_at=lambda file: None)

    assert missing == [picture]


def test_a_picture_stored_while_the_database_is_copied_is_in_it(tmp_path, monkeypatch):
    write = making.write_database

    def write_and_store(file):
        write(file)
        default_storage.save("originals/late.gif", ContentFile(b"late"))

    monkeypatch.setattr(making, "write_database", write_and_store)

    folder, _ = make_backup(tmp_path / "kept", facts={}, look_at=lambda file: None)

    assert (folder / "media" / "originals" / "late.gif").read_bytes() == b"late"


@pytest.mark.parametrize(
    "error", [BackupError("pg_dump failed"), OSError(28, "No space left on device"), KeyboardInterrupt()]
)
def test_one_that_was_cut_short_leaves_nothing(tmp_path, monkeypatch, error):
    def fail(file):
        raise error

    monkeypatch.setattr(making, "write_database", fail)

    with pytest.raises((BackupError, KeyboardInterrupt)):
        make_backup(tmp_path / "kept", facts={}, look_at=lambda file: None)

    assert list((tmp_path / "kept").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(BackupError, match="could not be written to"):
        make_backup(tmp_path / "file", facts={}, look_at=lambda file: None)


def test_a_restore_brings_every_file_back(made, picture, emptied):
    restore_backup(made)

    assert default_storage.exists(picture)
    assert emptied == [made / databases.database_file()]


def test_a_restore_that_was_cut_short_can_be_run_again(made, picture, emptied):
    restore_backup(made)

    restore_backup(made)

    assert [path.name for path in Path(default_storage.path(picture)).parent.iterdir()] == [Path(picture).name]


def test_a_restore_overwrites_no_database(made):
    Image.objects.get()

    with pytest.raises(BackupError, match="overwrites nothing"):
        restore_backup(made)


def test_a_restore_overwrites_no_file(made, picture, emptied):
    default_storage.save(picture, ContentFile(b"other"))

    with pytest.raises(BackupError, match="other files of these names"):
        restore_backup(made)

    assert emptied == []


@pytest.mark.parametrize("harm", ["change", "remove"])
def test_a_damaged_backup_is_refused_before_anything_is_written(made, picture, emptied, harm):
    file = made / "media" / picture
    if harm == "change":
        file.write_bytes(b"other")
    else:
        file.unlink()

    with pytest.raises(BackupError, match="is not whole"):
        restore_backup(made)

    assert emptied == []
    assert not default_storage.exists(picture)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"vendor": "oracle"}, "its own kind"), ({"format": 99}, "format 99"), ({"unheard": "of"}, "cannot be read")],
)
def test_a_backup_that_this_installation_cannot_take_is_refused(made, emptied, change, words):
    manifest = made / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **change}))

    with pytest.raises(BackupError, match=words):
        restore_backup(made)


def test_what_is_no_backup_is_refused(tmp_path):
    with pytest.raises(BackupError, match="no whole back-up"):
        restore_backup(tmp_path)


def test_without_postgresqls_programs_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BackupError, match="pg_dump is not installed"):
        databases.write_database(tmp_path / "database.dump")


def test_only_whole_old_backups_are_deleted(made, tmp_path):
    kept = made.parent
    for name in ("countersign-20200101T000000000000Z", "countersign-20210101T000000000000Z"):
        (kept / name).mkdir()
    (kept / "countersign-20190101T000000000000Z.unfinished").mkdir()
    (kept / "family-photos").mkdir()

    deleted = prune(kept, 2)

    assert [path.name for path in deleted] == ["countersign-20200101T000000000000Z"]
    assert len(list(kept.iterdir())) == 4


def whole(folder, *moments, site=None):
    """Make whole back-ups, by their names, of a site; without one they do not say whose they are."""
    made = [folder / f"countersign-{moment}T000000000000Z" for moment in moments]
    for path in made:
        path.mkdir(parents=True)
        if site is not None:
            Manifest("", connection.vendor, "", facts={"site": site}).write(path)
    return made


def test_the_one_that_is_made_now_is_kept_whatever_a_clock_said_before(made, tmp_path):
    old, ahead, far_ahead = whole(made.parent, 20200101, 20990101, 21990101)

    deleted = prune(made.parent, 1, made=made)

    assert deleted == [old]
    assert from_the_future(made.parent) == [ahead, far_ahead]
    assert made.is_dir()


def test_by_a_clock_that_is_far_behind_nothing_is_deleted(tmp_path):
    (made,) = whole(tmp_path, 20010101)
    others = whole(tmp_path, 20260101, 20260102)

    with time_machine.travel("2001-01-02T00:00:00Z"):
        assert prune(tmp_path, 1, made=made) == []
        assert from_the_future(tmp_path) == others


def test_those_from_the_future_are_not_counted(tmp_path):
    past = whole(tmp_path, 20200101, 20200102, 20200103)
    whole(tmp_path, 20990101, 20990102)

    assert prune(tmp_path, 2) == past[:1]


def test_of_two_sites_in_one_folder_neither_deletes_the_other_s(tmp_path):
    ours, theirs = whole(tmp_path, 20200101, 20200103, site="a"), whole(tmp_path, 20200102, 20200104, site="b")

    assert prune(tmp_path, 1, site="a") == ours[:1]

    assert all(path.is_dir() for path in [*theirs, ours[1]])


def test_one_that_is_deleted_by_half_does_not_look_whole(tmp_path, monkeypatch):
    whole(tmp_path, 20200101, 20200102)

    def killed(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(making.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            prune(tmp_path, 1)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "countersign-20200101T000000000000Z.unfinished",
        "countersign-20200102T000000000000Z",
    ]
