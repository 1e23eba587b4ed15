import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

TOOLS = Path(sys.executable).parent
APPS = ("home", "research", "search", "site")


def test_site_is_a_path_entry_and_no_package():
    assert not (settings.SITE_DIR / "__init__.py").exists()


@pytest.fixture
def copied_tree(tmp_path):
    """The code alone, to plant something in."""
    for app in APPS:
        code = shutil.ignore_patterns("__pycache__", "static", "templates")
        shutil.copytree(settings.BASE_DIR / app, tmp_path / app, ignore=code)
    shutil.copy(settings.BASE_DIR / "pyproject.toml", tmp_path)
    return tmp_path


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run what ``make lint`` runs for the rule of imports."""
    return subprocess.run(
        [TOOLS / "lint-imports", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}:{folder / 'site'}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_of_the_rooms_are_kept(copied_tree):
    result = contracts(copied_tree)

    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("file", "planted", "broken"),
    [
        ("research/content/completeness.py", "from research.admin import menu\n", "rooms of research"),
        ("research/review/signing.py", "import research.publishing.carrying_out.runner\n", "rooms of research"),
        ("research/reading/build.py", "from research.models import ArticlePage\n", "never imports the page model"),
        ("search/queries.py", "from research.models.pages import ArticlePage\n", "never imports the page model"),
        ("site/common/outbox.py", "from research.rubric import Rating\n", "common <- research"),
    ],
)
def test_a_planted_upward_import_breaks_a_contract(copied_tree, file, planted, broken):
    path = copied_tree / file
    path.write_text(path.read_text(encoding="utf-8") + planted, encoding="utf-8")

    result = contracts(copied_tree)

    assert result.returncode != 0
    assert any("BROKEN" in line and broken in line for line in result.stdout.splitlines())


@pytest.mark.parametrize(
    ("planted", "rule"),
    [
        ('from importlib import import_module\n\nmenu = import_module("research.admin.menu")\n', "TID251"),
        (
            "from django.utils.module_loading import import_string\n\n"
            'menu = import_string("research.admin.menu.items")\n',
            "TID251",
        ),
        ("def menu():\n    from research.admin import menu\n\n    return menu\n", "PLC0415"),
    ],
)
def test_a_hidden_import_is_refused_by_the_linter(planted, rule):
    result = subprocess.run(
        [TOOLS / "ruff", "check", "--stdin-filename", "research/content/planted.py", "-"],
        cwd=settings.BASE_DIR,
        input=planted,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode != 0
    assert rule in result.stdout


def test_no_room_has_more_modules_than_a_person_keeps_in_mind():
    within = settings.BASE_DIR / "research"
    rooms = [within, *(folder for folder in within.rglob("*") if folder.is_dir())]
    allowed = {"sources": 30}
    counts = {str(room.relative_to(within)): len({*room.glob("*.py")} - {room / "__init__.py"}) for room in rooms}

    assert {name: count for name, count in counts.items() if count > allowed.get(name, 15)} == {}
