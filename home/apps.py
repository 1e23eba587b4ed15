"""The home app."""

from datetime import timedelta

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The front page, the information pages and the demo."""

    name = "home"

    def ready(self) -> None:
        """Let the start command tell the demo’s accounts where it is loaded, and the runner send mails to followers."""
        from common import startup
        from home.demo.accounts import start_lines
        from home.following.sending import send_to_followers
        from research import periodic

        startup.note(start_lines)
        periodic.JOBS["followers"] = (timedelta(minutes=1), send_to_followers)
