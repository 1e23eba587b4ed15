"""The home app."""

from datetime import timedelta

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The front page, the information pages and the demo."""

    name = "home"

    def ready(self) -> None:
        """Connect what stands above research: mails, the runner, the demo's accounts, and what kept pages show."""
        from common import letterhead, startup
        from common.names import translate_names
        from common.page_store import changes
        from home.demo.accounts import start_lines
        from home.following.sending import send_to_followers
        from home.models import HomePage, InfoPage, SiteSettings, letterhead_of_site
        from home.readership.counting import forget_old
        from research import periodic

        for model in (HomePage, InfoPage, SiteSettings):
            changes.rule(model)

        translate_names(self)
        startup.note(start_lines)
        letterhead.use(letterhead_of_site)
        periodic.JOBS["followers"] = (timedelta(minutes=1), send_to_followers)
        periodic.JOBS["readership"] = (timedelta(days=1), forget_old)
