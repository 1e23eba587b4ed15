"""Makes the sizes of signed pictures that this release asks for and an earlier one did not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from research.publishing.later_sizes import make_later_sizes
from research.publishing.pictures import PictureChanged


class Command(BaseCommand):
    """Prints each article whose pictures got new files."""

    help = "Makes the sizes of public pictures that are missing, of the signed masters. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them."""
        articles = files = 0
        try:
            for row, made in make_later_sizes():
                self.stdout.write(f"{row.address}: {made} files")
                articles, files = articles + 1, files + made
        except PictureChanged as changed:
            raise CommandError(
                f"{changed} Run manage.py verify_seals, and restore the file from a back-up."
            ) from changed
        self.stdout.write(f"{files} files for {articles} articles.")
