"""The back-up for cron: what counts as whole, and what it says of back-ups that it leaves alone."""

import io
import subprocess

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from common.backups import making
from home.management.commands import backup

pytestmark = pytest.mark.django_db

OLD = "countersign-20200101T000000000000Z"


@pytest.fixture
def kept(tmp_path, settings, monkeypatch):
    """A folder with an old back-up; the database of the tests needs no copying."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(making, "write_database", lambda file: file.write_bytes(b"the database"))
    monkeypatch.setattr(backup, "settle_sqlite", lambda file: None)
    (tmp_path / "kept" / OLD).mkdir(parents=True)
    return tmp_path / "kept"


def verified_with(monkeypatch, code, said=""):
    monkeypatch.setattr(connection, "vendor", "sqlite")
    monkeypatch.setattr(subprocess, "run", lambda *given, **options: subprocess.CompletedProcess(given, code, said, ""))


def run(kept, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("backup", str(kept), keep=1, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize("code", [0, 3])
def test_one_whose_seals_are_not_broken_is_whole(kept, monkeypatch, code):
    verified_with(monkeypatch, code, "warning: a page: its row drifted")

    out, _ = run(kept)

    assert f"Deleted {kept / OLD}" in out
    assert len(list(kept.iterdir())) == 1


@pytest.mark.parametrize(
    ("code", "said", "told"),
    [
        (1, "broken: line 3: it is missing", "broken: line 3: it is missing"),
        (1, "", "its seals could not be verified: verify_seals ended with code 1."),
        (2, "usage: ", "its seals could not be verified: verify_seals ended with code 2."),
        (-9, "", "its seals could not be verified: verify_seals ended with code -9."),
        (-11, "Fatal error", "ended with code -11.\nFatal error"),
    ],
)
def test_one_whose_seals_are_broken_or_were_not_looked_at_is_no_success(kept, monkeypatch, code, said, told):
    verified_with(monkeypatch, code, said)

    with pytest.raises(CommandError) as ended:
        run(kept)

    assert f"The back-up is kept, and is as the site is. But {told}" in str(ended.value) or told in str(ended.value)
    assert (kept / OLD).is_dir(), "nothing is deleted for one that is not whole"


def test_one_from_the_future_is_left_alone_and_told(kept, monkeypatch):
    verified_with(monkeypatch, 0)
    ahead = kept / "countersign-20990101T000000000000Z"
    ahead.mkdir()

    out, err = run(kept)

    assert f"{ahead} is left alone and not counted" in err
    assert f"Deleted {kept / OLD}" in out
    assert len(list(kept.iterdir())) == 2


def test_another_sites_are_left_alone(kept, monkeypatch, settings):
    verified_with(monkeypatch, 0)
    settings.WAGTAILADMIN_BASE_URL = "https://one.example"
    run(kept)
    settings.WAGTAILADMIN_BASE_URL = "https://two.example"

    run(kept)
    run(kept)

    assert len(list(kept.iterdir())) == 2
