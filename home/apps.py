"""The home app."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The front page, the information pages and the demo."""

    name = "home"

    def ready(self) -> None:
        """Let the start command print the demo's accounts where there are any."""
        from common import startup
        from home.demo.accounts import account_lines

        startup.note(account_lines)
