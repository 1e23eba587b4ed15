"""Shadows Wagtail's command of this name: operators' cron lines run the ledger instead."""

from typing import Any

from research.management.commands.run_releases import Command as RunReleases


class Command(RunReleases):
    """One round of the release runner."""

    help = "Carries out due releases, once. The same as run_releases --once."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one round."""
        super().handle(*args, **{**options, "once": True})
