"""The drill: back up a site at work, lose it, restore elsewhere, and miss nothing that was acknowledged."""

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
