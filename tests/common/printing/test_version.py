"""Processes that print alike say the same; another release of the site says another."""

import os
import subprocess
import sys

import pytest

from common.printing import version
from common.printing.version import _parts

SAY = "import django; django.setup(); from common.printing.version import version; print(version())"


def test_all_processes_say_the_same(tmp_path):
    same = {**os.environ, "TEST_MEDIA_ROOT": str(tmp_path)}
    said = {
        subprocess.run(
            [sys.executable, "-c", SAY],
            env={**same, "PYTHONHASHSEED": seed, "PORT": port, "WEB_CONCURRENCY": port[0]},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed, port in (("1", "8000"), ("2", "9000"))
    }
    assert len(said) == 1
    assert len(said.pop().strip()) == 16


def test_a_process_that_keeps_what_it_prints_says_what_it_began_with():
    keeping = {**os.environ, "TEST_PAGE_STORE": "1"}
    begun = "import django; django.setup(); from common.printing.version import version; print(version.cache_info())"
    said = subprocess.run([sys.executable, "-c", begun], env=keeping, check=True, capture_output=True, text=True).stdout
    assert "currsize=1" in said


@pytest.fixture
def project(tmp_path, settings):
    """A project of two files, and names of static files."""
    settings.BASE_DIR, settings.STATIC_ROOT = tmp_path, str(tmp_path / "static")
    for name, text in (
        ("templates/page.html", "<p>"),
        ("research/build.py", "x = 1"),
        ("static/staticfiles.json", "{}"),
    ):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["templates/page.html", "research/build.py", "static/staticfiles.json", "site/locale/de.mo"]
)
def test_another_file_is_another_release(name, project):
    before = said()
    assert said() == before
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("other")
    assert said() != before


def test_another_setting_is_another_release(project, settings):
    before = said()
    settings.MEDIA_URL = "https://media.example/"
    changed = said()
    assert changed != before
    settings.PORT = 9_999
    assert said() == changed


def test_files_of_nothing_that_prints_are_no_part_of_it(project):
    before = said()
    (project / "research" / "notes.md").write_text("other")
    assert said() == before


def said():
    return version.version.__wrapped__()


def test_parts_cannot_be_taken_for_one_another(project):
    (project / "research" / "build.py").rename(project / "research" / "build.html")
    assert b"research/build.html" in list(_parts())
