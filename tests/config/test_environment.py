"""The README names every variable that the code reads, and no other."""

import ast
import re
import textwrap
from pathlib import Path

from django.conf import settings

from config import env

APPS = ("site", "research", "home", "search")
# Of Python and the shell, handed on as they are.
NOT_OURS = {"PYTHONPATH"}
READERS = {name for name, value in vars(env).items() if callable(value) and not name.startswith("_")}


def variables_in(source: str) -> set[str]:
    """Return the names that a module reads from its environment."""
    found = set()
    tree = ast.parse(source)
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            of, method, name = ast.unparse(node.func.value), node.func.attr, node.args[0]
            is_read = of == "env" and method in READERS
            is_read |= of == "os.environ" and method in {"get", "setdefault", "pop"}
            is_read |= (of, method) == ("os", "getenv")
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            is_read, name = True, node.slice
        else:
            continue
        name = constants.get(name.id, name) if isinstance(name, ast.Name) else name
        if is_read and isinstance(name, ast.Constant):
            found.add(str(name.value))
    return found


def variables_of_the_code() -> set[str]:
    root = Path(settings.BASE_DIR)
    modules = [path for app in APPS for path in (root / app).rglob("*.py")]
    return set().union(*(variables_in(path.read_text(encoding="utf-8")) for path in modules)) - NOT_OURS


def variables_of_the_readme() -> set[str]:
    section = (Path(settings.BASE_DIR) / "README.md").read_text(encoding="utf-8").split("## Settings by environment")[1]
    rows = [line for line in section.split("\n## ")[0].splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row.split("|")[1])}


def test_every_way_of_reading_a_variable_is_seen():
    source = """
        env.text("A", "")
        os.environ["B"]
        os.environ.get("C")
        os.getenv("D")
        env.required_names("E")
        os.environ.get(NAME)
        other.get("G")
    """
    source = 'NAME = "F"\n' + textwrap.dedent(source)

    assert variables_in(source) == set("ABCDEF")


def test_the_readme_names_every_variable_that_is_read():
    assert variables_of_the_code() - variables_of_the_readme() == set()


def test_the_readme_names_no_variable_that_nobody_reads():
    assert variables_of_the_readme() - variables_of_the_code() == set()
