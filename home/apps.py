"""The home app."""

from datetime import timedelta

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The front page, the information pages and the demo."""

    name = "home"

    def ready(self) -> None:
        """Let mails carry the publication’s dress, the runner mail followers, and the demo name its accounts."""
        from common import letterhead, startup
        from home.demo.accounts import start_lines
        from home.following.sending import send_to_followers
        from home.models import letterhead_of_site
        from home.readership.counting import forget_old
        from research import periodic

        startup.note(start_lines)
        letterhead.use(letterhead_of_site)
        periodic.JOBS["followers"] = (timedelta(minutes=1), send_to_followers)
        periodic.JOBS["readership"] = (timedelta(days=1), forget_old)
