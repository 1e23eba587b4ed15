"""The worker of the imports that people start in the admin."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from research.record.jobs import resume_all


class Command(BaseCommand):
    """Takes up again what was cut short, then does what is queued until stopped."""

    help = "Runs the imports of studies that people start in the admin. `manage.py start` runs it too."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--batch", action="store_true", help="do what is queued, then end")

    def handle(self, *args: Any, batch: bool = False, **options: Any) -> None:
        """Work until stopped."""
        resume_all()
        options_given = ["--backend", "imports", "--no-reload", *(["--batch"] if batch else [])]
        call_command("db_worker", *options_given, verbosity=0)
