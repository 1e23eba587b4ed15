"""Names in docstrings stand between two backticks on each side, everywhere."""

import ast
import re

import pytest
from django.conf import settings

SINGLE = re.compile(r"(?<!`)`[^`\n]+`(?!`)")


def singles(source: str) -> list[str]:
    """Return what stands between single backticks in the docstrings of a module."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
    return [found for node in nodes for found in SINGLE.findall(ast.get_docstring(node) or "")]


@pytest.mark.parametrize("folder", ["research", "home", "search", "site", "tests", "docs"])
def test_docstrings_keep_to_one_dialect(folder):
    modules = [path for path in (settings.BASE_DIR / folder).rglob("*.py") if "migrations" not in path.parts]

    assert modules
    assert {str(path): found for path in modules if (found := singles(path.read_text()))} == {}


def test_a_single_backtick_is_found_and_a_double_one_is_not():
    assert singles('def sign():\n    """Sign what `given` holds; see ``permit``."""') == ["`given`"]
