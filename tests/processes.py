"""Programs in processes of their own, on a database of their own: what a test's transaction would hide."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.migrated import Template

ROOT = Path(__file__).parents[1]


@contextmanager
def own_database(vendor: str, folder: Path, template: Template) -> Iterator[str]:
    """Give the address of a database of its own: a file of the folder, or one on the server that tests use.

    It is migrated already where the suite itself runs on that kind of database, and empty elsewhere.
    """
    migrated = template.connection.vendor == vendor
    if vendor == "sqlite":
        path = folder / "countersign.sqlite3"
        if migrated:
            template.write_to(path)
        yield f"sqlite:///{path}"
        return
    server = os.environ["TEST_DATABASE_URL"].rpartition("/")[0]
    name = f"countersign_{os.getpid()}_{abs(hash(folder)) % 10**8}"
    _run_sql(server, f"CREATE DATABASE {name}" + (f" TEMPLATE {template.name}" if migrated else ""))
    try:
        yield f"{server}/{name}"
    finally:
        _run_sql(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def start(program: str, address: str) -> "subprocess.Popen[str]":
    """Start a Python program with Django set up on a database."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "TEST_DATABASE_URL": address,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
    }
    words = [sys.executable, "-c", f"import django\ndjango.setup()\n{program}"]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(program: str, address: str) -> str:
    """Run a program to its end and return what it printed.

    Raises:
        AssertionError: it failed; with what it said.
    """
    process = start(program, address)
    out, errors = process.communicate()
    assert process.returncode == 0, out + errors
    return out


def _run_sql(server: str, statement: str) -> None:
    subprocess.run(["psql", f"{server}/postgres", "-c", statement], check=True, capture_output=True)
