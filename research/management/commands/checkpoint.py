"""Seals the chain of signatures by a signed checkpoint, or makes the key for it."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from research.models.transparency import Checkpoint
from research.review.transparency.checkpoints import Rewritten, make_due, signing_keys
from research.review.transparency.signed_notes import BadKey, new_key, read_key


class Command(BaseCommand):
    """Prints the newest checkpoint after making one, if there is anything to seal."""

    help = "Makes a checkpoint of the chain of signatures if lines were added, and prints the newest one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--new-key", metavar="FILE", help="write a new signing key to FILE and print what verifies it"
        )
        parser.add_argument("--keys", action="store_true", help="print the verification keys of the keys that sign now")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the key, print the keys, or seal."""
        if options["new_key"]:
            self._write_key(Path(options["new_key"]))
        elif options["keys"]:
            self.stdout.write("\n".join(key.verifier for key in self._keys()))
        else:
            self._seal()

    def _write_key(self, path: Path) -> None:
        if path.resolve().is_relative_to(Path(settings.DATA_DIR).resolve()):
            raise CommandError(f"{path} is in the data folder, which is backed up: keep the key elsewhere.")
        key = new_key()
        try:
            # Nobody else reads it, and a key that is there is never written over.
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(f"{key}\n")
        except OSError as error:
            raise CommandError(f"The key was not written: {error}") from error
        self.stdout.write(read_key(settings.CHECKPOINT_ORIGIN, key).verifier)
        self.stdout.write(f"Set CHECKPOINT_KEY_FILE={path}, and publish the line above where readers find it.")

    def _keys(self) -> list[Any]:
        try:
            keys = signing_keys()
        except (BadKey, OSError) as error:
            raise CommandError(str(error)) from error
        if not keys:
            raise CommandError("No key is set. Make one with --new-key FILE and set CHECKPOINT_KEY_FILE.")
        return keys

    def _seal(self) -> None:
        self._keys()
        try:
            make_due(timezone.now())
        except Rewritten as found:
            raise CommandError(f"No checkpoint was signed. {found} Run manage.py verify_seals.") from found
        newest = Checkpoint.objects.last()
        self.stdout.write(newest.note if newest else "Nothing was signed yet, so there is nothing to seal.")
