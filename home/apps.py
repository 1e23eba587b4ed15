"""The home app."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The front page, the information pages and the demo."""

    name = "home"

    def ready(self) -> None:
        """Let the start command tell the demo’s accounts where it is loaded."""
        from common import startup
        from home.demo.accounts import start_lines

        startup.note(start_lines)
