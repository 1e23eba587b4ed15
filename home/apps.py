"""The home app."""

from datetime import timedelta

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class HomeConfig(AppConfig):
    """The front page, the information pages and the demo."""

    name = "home"

    def ready(self) -> None:
        """Connect what stands above research: mails, the runner, erasure, the demo's accounts, what kept pages show."""
        from common import languages, letterhead, startup
        from common.names import translate_names
        from common.page_store import changes
        from common.printing import whole_pages
        from home.demo.accounts import start_lines
        from home.following.sending import send_to_followers
        from home.frame import around
        from home.languages import forget, languages_of_site
        from home.models import HomePage, InfoPage, SiteSettings, letterhead_of_site
        from home.readership.counting import forget_old
        from home.redirects import connect
        from research import periodic
        from research.models.sections import TopicIndexPage
        from research.record.erasure.columns import Columns, declare

        for model in (HomePage, InfoPage, SiteSettings):
            changes.rule(model)

        declare("home.Follower", Columns(words="email"))
        declare("home.SiteSettings", Columns(words="name licence", machinery="colour"))
        declare("home.HomePage", Columns(words="tagline intro contact_email"))
        declare("home.InfoPage", Columns(words="intro body"))
        translate_names(self)
        connect()
        startup.note(start_lines)
        letterhead.use(letterhead_of_site)
        languages.use(languages_of_site)
        whole_pages.use(around)
        for model in (SiteSettings, TopicIndexPage):
            post_save.connect(forget, sender=model)
            post_delete.connect(forget, sender=model)
        periodic.JOBS["followers"] = (timedelta(minutes=1), send_to_followers)
        periodic.JOBS["readership"] = (timedelta(days=1), forget_old)
