"""Prints every public article, after a new release of the site or the restoring of a back-up."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from research.reading.article.ahead import print_all

SAID_EVERY = 500


class Command(BaseCommand):
    """Prints how far it is."""

    help = (
        "Prints every public article into DATA_DIR/printed, so that the first reader of none waits for it: after a new "
        "release, for what was printed by another is not used. Safe to run again, and to leave."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        done = 0
        for done, _ in enumerate(print_all(timezone.now()), start=1):
            if done % SAID_EVERY == 0:
                self.stdout.write(f"{done} articles")
        self.stdout.write(f"{done} articles are printed.")
