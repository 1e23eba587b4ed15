"""The home app."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The front page, the information pages and the demo."""

    name = "home"

    def ready(self) -> None:
        """Let the start command tell the demo’s accounts where it is loaded, and changes end the pages they show in."""
        from common import startup
        from common.page_store import changes
        from home.demo.accounts import start_lines
        from home.models import HomePage, InfoPage, SiteSettings

        for model in (HomePage, InfoPage, SiteSettings):
            changes.rule(model)

        startup.note(start_lines)
