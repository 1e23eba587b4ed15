"""Backs up a running site, for cron."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from wagtail.models import Page

from common.backups.databases import settle_sqlite
from common.backups.making import from_the_future, make_backup, prune
from common.backups.manifest import BackupError
from research.management.commands.verify_seals import EXIT_BROKEN, EXIT_DRIFTED
from research.models.signoffs import SealChain

# With these, each seal was looked at and none is broken. A process that was killed ended with another.
WHOLE = (0, EXIT_DRIFTED)


class Command(BaseCommand):
    """Writes a folder with the database and the media, as they are at one moment, while people work on."""

    help = (
        "Backs up the database (SQLite or PostgreSQL) and the media of a running site into a new folder below FOLDER. "
        "Exit code 0: whole; 1: it was not made, or a picture or a seal is not as it should be: the words say which."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "folder", type=Path, help="where back-ups are kept: another disk or machine than the site's"
        )
        parser.add_argument("--keep", type=int, help="delete all but so many of this site's newest back-ups there")

    def handle(self, *args: Any, folder: Path, keep: int | None = None, **options: Any) -> None:
        """Back up, verify the copy, and say where it is."""
        if keep is not None and keep < 1:
            raise CommandError("--keep must leave at least 1: the back-up that is made now.")
        chain = SealChain.objects.filter(pk=SealChain.Name.SIGNATURES).first() or SealChain()
        facts: dict[str, Any] = {"head": chain.head, "lines": chain.length, "site": this_site()}
        broken: list[str] = []
        try:
            made, missing = make_backup(
                folder, facts=facts, look_at=lambda file: broken.extend(verify(file, chain.head))
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{made}: {chain.length} signatures or more, head then {chain.head or 'none'}.")
        wrong = [*broken, *(f"The media store lacks {name}." for name in missing)]
        if wrong:
            raise CommandError("\n".join([f"The back-up is kept, and is as the site is. But {wrong[0]}", *wrong[1:20]]))
        if keep is not None:
            for old in prune(folder, keep, made=made, site=facts["site"]):
                self.stdout.write(f"Deleted {old}.")
            for odd in from_the_future(folder):
                self.stderr.write(f"{odd} is left alone and not counted: by its name it was made later than now.")


def verify(file: Path, head: str) -> list[str]:
    """Return what is broken among the seals of an SQLite copy; a PostgreSQL dump is verified when it is restored."""
    if connection.vendor != "sqlite":
        return []
    # A process of its own, since this one's models read the running site.
    address = f"sqlite:///{file.resolve()}"
    done = subprocess.run(  # noqa: S603 - the command is ours
        [sys.executable, "-m", "django", "verify_seals", f"--head={head}"],
        env={
            **os.environ,
            "DATABASE_URL": address,
            "TEST_DATABASE_URL": address,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    settle_sqlite(file)
    if done.returncode in WHOLE:
        return []
    said = [line for line in (done.stdout + done.stderr).strip().splitlines() if line][-20:]
    if done.returncode == EXIT_BROKEN and said:
        return said
    return [f"its seals could not be verified: verify_seals ended with code {done.returncode}.", *said]


def this_site() -> str:
    """Return by what a site is told from others that keep their back-ups in the same folder."""
    root = Page.get_first_root_node()
    return f"{settings.WAGTAILADMIN_BASE_URL} {root.translation_key if root else ''}".strip()
