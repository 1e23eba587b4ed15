"""Restores a back-up into an empty installation."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from common.backups.making import restore_backup
from common.backups.manifest import BackupError
from common.page_store import place
from research.audit import BROKEN, check_seals
from research.models.signoffs import SealChain


class Command(BaseCommand):
    """Brings the database and the media back, then checks every seal."""

    help = (
        "Restores a back-up made by `manage.py backup` into the empty database and media store that the environment "
        "names, then checks every seal. Exit code 0: all is back as signed; 1: it is not, and the words say why."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("backup", type=Path, help="the folder that `manage.py backup` named")

    def handle(self, *args: Any, backup: Path, **options: Any) -> None:
        """Restore, verify, and say what is there now."""
        try:
            manifest = restore_backup(backup)
        except BackupError as error:
            raise CommandError(str(error)) from error
        place.empty()
        self.stdout.write(f"Back as of {manifest.began_at} or a little later, with {len(manifest.media)} media files.")
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write(
                f"This version is newer than the back-up. Now: manage.py migrate, then manage.py verify_seals "
                f"--head={manifest.facts.get('head', '')}"
            )
            return
        problems = list(check_seals(known_head=manifest.facts.get("head", "")))
        for problem in problems:
            self.stdout.write(f"{problem.weight}: {problem.subject}: {problem.words}")
        if any(problem.weight == BROKEN for problem in problems):
            raise CommandError("The data is back, and not all of it is as signed. Keep the back-up and look into it.")
        chain = SealChain.objects.filter(pk=SealChain.Name.SIGNATURES).first() or SealChain()
        self.stdout.write(f"{chain.length} signatures verified, head {chain.head or 'none'}.")
