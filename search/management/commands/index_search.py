"""Makes the search index anew."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from search.keeping import rebuild


class Command(BaseCommand):
    """For a site whose articles were public before search kept an index, or after one was damaged."""

    help = "Reads every public article again into the search index. Search finds less while it runs."

    def handle(self, *args: Any, **options: Any) -> None:
        """Read everything, and say how much that was."""
        number = rebuild(timezone.now())
        self.stdout.write(f"{number} article{'' if number == 1 else 's'} can be found")
