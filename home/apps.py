"""The home app."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The front page, the information pages and the demo."""

    name = "home"

    def ready(self) -> None:
        """Let the start command tell the demo’s accounts, and mails carry the publication’s dress."""
        from common import letterhead, startup
        from home.demo.accounts import start_lines
        from home.models import letterhead_of_site

        startup.note(start_lines)
        letterhead.use(letterhead_of_site)
