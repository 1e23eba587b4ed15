"""The database as one file, while others write to it, and the way back into an empty one."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection, connections
from django.db.backends.postgresql.client import DatabaseClient

from common.backups.manifest import BackupError

FILES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}


def database_file() -> str:
    """Return the name of the file that this installation's kind of database becomes.

    Raises:
        BackupError: neither SQLite nor PostgreSQL.
    """
    try:
        return FILES[connection.vendor]
    except KeyError:
        raise BackupError(f"There is no back-up for a database of the kind {connection.vendor}.") from None


def write_database(file: Path) -> None:
    """Write the database as it is at one moment; writers go on meanwhile.

    Raises:
        BackupError: the copy could not be made, or is not sound.
    """
    if connection.vendor == "sqlite":
        _write_sqlite(file)
    else:
        arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--file={file}"]
        _run("pg_dump", arguments)


def _write_sqlite(file: Path) -> None:
    # SQLite's own copy, not the file: what was committed may still stand in the write-ahead log. In one step,
    # so that it is one moment's state however many go on writing.
    connection.ensure_connection()
    target = sqlite3.connect(file)
    try:
        connection.connection.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode=DELETE")
        _refuse_unsound(target)
    finally:
        target.close()


def settle_sqlite(file: Path) -> None:
    """Make one file again of an SQLite copy that was opened for a look."""
    opened = sqlite3.connect(file)
    try:
        opened.execute("PRAGMA journal_mode=DELETE")
    finally:
        opened.close()


def _refuse_unsound(opened: sqlite3.Connection) -> None:
    answer = [row[0] for row in opened.execute("PRAGMA integrity_check")]
    if answer != ["ok"]:
        raise BackupError(f"The copy of the database is not sound: {'; '.join(answer[:5])}.")


def refuse_a_database_in_use() -> None:
    """Refuse to restore over anything.

    Raises:
        BackupError: the database has tables.
    """
    tables = connection.introspection.table_names()
    connections.close_all()
    if tables:
        raise BackupError(
            f"The database has {len(tables)} tables already, and a restore overwrites nothing. Give it an empty one: "
            "another DATA_DIR or DATABASE_URL, or move the old database away."
        )


def read_database(file: Path) -> None:
    """Bring a back-up's file back into the empty database of this installation.

    Raises:
        BackupError: it could not be, or is not sound; nothing is left half-done.
    """
    refuse_a_database_in_use()
    if connection.vendor == "sqlite":
        _read_sqlite(file, Path(str(connection.settings_dict["NAME"])))
    else:
        arguments = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        _run("pg_restore", arguments, after=[str(file)])


def _read_sqlite(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    coming = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(file, coming)
    opened = sqlite3.connect(coming)
    try:
        _refuse_unsound(opened)
    finally:
        opened.close()
    with coming.open("rb") as written:
        os.fsync(written.fileno())
    for leftover in ("-wal", "-shm"):
        Path(f"{target}{leftover}").unlink(missing_ok=True)
    coming.replace(target)


def _run(program: str, arguments: list[str], after: list[str] | None = None) -> None:
    """Run one of PostgreSQL's own programs on this installation's database."""
    settings: dict[str, Any] = connection.settings_dict
    command, variables = DatabaseClient.settings_to_cmd_args_env(settings, arguments)
    *command, name = command
    try:
        subprocess.run(  # noqa: S603 - the program is named here, its arguments are settings
            [program, *command[1:], f"--dbname={name}", *(after or [])],
            env={**os.environ, **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
    except FileNotFoundError:
        raise BackupError(
            f"{program} is not installed. Install PostgreSQL's client programs, of the server's version or newer "
            "(on Debian: apt install postgresql-client)."
        ) from None
    except subprocess.CalledProcessError as error:
        raise BackupError(f"{program} failed: {error.stderr.strip()[-2000:]}") from error
