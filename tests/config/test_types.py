"""What crosses modules as a page, a user, a revision or a request is typed: no ``Any`` hides what it is."""

import ast
import re
from collections.abc import Iterator

import pytest
from django.conf import settings

FOLDERS = [settings.BASE_DIR / name for name in ("research", "home", "search")] + [settings.SITE_DIR]
NAMES = re.compile(r"(?:^|_)(?:pages?|articles?|draft|users?|by|reviewer|revisions?|request)$")


def untyped(source: str) -> Iterator[str]:
    """Give each parameter and variable with such a name and ``Any`` for its type."""
    for node in ast.walk(ast.parse(source)):
        name, annotation = "", None
        if isinstance(node, ast.arg):
            name, annotation = node.arg, node.annotation
        elif isinstance(node, ast.AnnAssign):
            name, annotation = ast.unparse(node.target).rpartition(".")[2], node.annotation
        if annotation is not None and NAMES.search(name):
            written = ast.unparse(annotation)
            # A page in JSON is a dictionary, and says so.
            if "dict[str, Any]" not in written and re.search(r"\bAny\b", written):
                yield f"{name}: {written}"


def test_no_page_user_revision_or_request_is_any():
    modules = [path for folder in FOLDERS for path in folder.rglob("*.py") if "migrations" not in path.parts]

    found = {
        str(path.relative_to(settings.BASE_DIR)): found for path in modules if (found := [*untyped(path.read_text())])
    }

    assert len(modules) > 300
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "def sign(user: Any): ...",
        "def sign(*, asked_by: Any | None = None): ...",
        "def show(pages: list[Any]): ...",
        'def show(stock_page: "Any"): ...',
        "class Panel:\n    request: Any",
        "def show(self):\n    self.revision: Any = None",
    ],
)
def test_an_any_is_found_wherever_it_stands(source):
    assert [*untyped(source)]
