import ast
from pathlib import Path

import pytest
from django.conf import settings

OURS = ("common", "home", "research", "search")
#: `common` <- `research` <- `home` and `search`.
MAY_IMPORT = {
    "common": {"common"},
    "research": {"common", "research"},
    "home": {"common", "research", "home"},
    "search": {"common", "research", "search"},
}


def folder(app: str) -> Path:
    return settings.SITE_DIR / app if app == "common" else settings.BASE_DIR / app


def imported(file: Path) -> set[str]:
    """Return the top-level packages that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_site_is_a_path_entry_and_no_package():
    assert not (settings.SITE_DIR / "__init__.py").exists()


@pytest.mark.parametrize("app", OURS)
def test_imports_point_one_way(app):
    wrong = {
        str(file.relative_to(settings.BASE_DIR)): sorted(extra)
        for file in sorted(folder(app).rglob("*.py"))
        if (extra := (imported(file) & set(OURS)) - MAY_IMPORT[app])
    }

    assert wrong == {}
