"""What stays in the files of the database after one of many was erased."""

import sqlite3
import subprocess

import pytest

from tests.processes import own_database, run

LINES = 10_000

PROGRAM = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0)
from common.models import User
from research.audit import check_seals
from research.models import Person, SignOff
from research.record.erasure.erasing import erase_person
from tests.factories.chains import add_lines
admin = User.objects.create_superuser("admin", password="x")
user = User.objects.create(username="tquill", first_name="Theodora", last_name="Quillfeather", email="t@quill.example")
Person.objects.create(user=user, name="Theodora Quillfeather")
add_lines({LINES} // 2)
add_lines(1, reviewer_id=user.pk, name="Theodora Quillfeather")
add_lines({LINES} - {LINES} // 2 - 1)
erased = erase_person(user=user, by=admin, reason="They asked for it.")
print(SignOff.objects.count(), erased.record.counts["signatures"], erased.scrubbed, len(list(check_seals())))
"""


@pytest.mark.parametrize("vendor", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_one_of_ten_thousand_lines_is_erased_and_neither_dump_nor_file_has_it(tmp_path, vendor, migrated):
    """In a process of its own: the file must be one, and scrubbed outside any transaction."""
    with own_database(vendor, tmp_path, migrated) as address:
        told = run(PROGRAM, address)
        dump = dump_of(vendor, address, tmp_path)

    assert told.split()[-4:] == [str(LINES), "1", "True", "0"]
    for part in tmp_path.iterdir():
        data = part.read_bytes().lower()
        assert not [word for word in (b"quillfeather", b"tquill", b"quill.example") if word in data], part
    assert "ines halvard" in dump
    assert not [word for word in ("quillfeather", "tquill", "quill.example") if word in dump]


def dump_of(vendor, address, folder):
    """Return a full dump of a database, in lower case."""
    if vendor == "sqlite":
        return "\n".join(sqlite3.connect(folder / "countersign.sqlite3").iterdump()).lower()
    return subprocess.run(["pg_dump", address], capture_output=True, text=True, check=True).stdout.lower()
