"""The drill: back up a site at work, lose it, restore elsewhere, and miss nothing that was acknowledged."""

import json
from pathlib import Path

import pytest

from tests.research.backups.conftest import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def busy(installation, tmp_path):
    """A site that signs; the file it notes acknowledged signatures in, and its process."""
    noted = tmp_path / "acknowledged.txt"
    process = installation.start("-m", "tests.research.backups.busy_site", str(noted))
    wait_until(lambda: noted.exists() and len(lines(noted)) >= 8, process)
    yield noted, process
    process.kill()
    process.communicate()


def lines(noted: Path) -> list[list[str]]:
    return [line.split() for line in noted.read_text().splitlines()]


def test_nothing_acknowledged_before_the_backup_is_missing_after_a_restore_elsewhere(
    installation, elsewhere, busy, tmp_path
):
    noted, process = busy
    before = lines(noted)

    code, said = installation.manage("backup", str(tmp_path / "kept"))
    during = len(lines(noted))
    wait_until(lambda: len(lines(noted)) > during, process)  # and it still works
    process.kill()  # the machine is lost

    assert code == 0, said
    [kept] = (tmp_path / "kept").iterdir()
    code, said = elsewhere.manage("restore", str(kept))
    assert code == 0, said
    signed = {row[0] for row in elsewhere.rows("SELECT line_hash FROM research_signoff")}
    assert {line_hash for line_hash, _ in before} <= signed
    assert during > len(before), "nothing was written while the back-up ran"
    assert f"{len(signed)} signatures verified" in said
    for _, picture in before:
        assert (elsewhere.media / picture).read_bytes() == (installation.media / picture).read_bytes()
    named = {row[0] for row in elsewhere.rows("SELECT file FROM common_image")}
    assert all((elsewhere.media / picture).is_file() for picture in named)

    code, said = elsewhere.manage("backup", str(tmp_path / "kept"), "--keep", "1")  # what is back can be lost again
    assert code == 0, said
    assert f"Deleted {kept}" in said
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_one_made_while_a_release_is_carried_out_brings_back_the_site_and_the_release(
    installation, elsewhere, tmp_path
):
    work = "tests.research.backups.mid_release"
    process = installation.start("-m", work, "publish", str(tmp_path / "kept"))
    said = process.communicate()[0]
    assert process.returncode == 0, said
    [kept] = (tmp_path / "kept").iterdir()
    database = next(kept.glob("database.*"))
    whole = database.read_bytes()

    database.write_bytes(whole[: len(whole) // 2])
    code, said = elsewhere.manage("restore", str(kept))
    assert (code, list(elsewhere.folder.iterdir())) == (1, []), "a file was cut short: nothing may be touched"
    assert f"{database.name} was changed or is damaged" in said
    database.write_bytes(whole)
    code, said = elsewhere.manage("restore", str(kept))
    assert code == 0, said

    said = elsewhere.start("-m", work, "read").communicate()[0]
    came_back, released, then = json.loads(said.splitlines()[-1])
    assert (came_back["before"], came_back["after"], came_back["lost"]) == (200, 404, [])
    assert released == 1
    assert (then["before"], then["after"], then["lost"]) == (200, 200, [])
    assert then["files"] == 2 * came_back["files"] > 0
    code, said = elsewhere.manage("verify_seals")
    assert code == 0, said
