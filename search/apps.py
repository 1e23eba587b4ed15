from django.apps import AppConfig


class SearchConfig(AppConfig):
    """The search app: follows what becomes public, and holds no rules of its own about that."""

    name = "search"

    def ready(self) -> None:
        """Let the index follow the lists and the topics."""
        from django.core.signals import request_finished
        from django.db.models.signals import post_save

        from common.names import translate_names
        from research.audit.problems import MORE_CHECKS
        from research.models.topics import Topic
        from research.publishing.lists import keeping as lists
        from research.publishing.lists import listing
        from research.record.erasure.columns import Columns, declare
        from search import auditing, keeping, missed

        declare("search.SearchEntry", Columns(words="topics", machinery="digest marks"))
        declare("search.KnownWord", Columns(words="word"))
        declare("search.TopicPhrase", Columns(words="phrase typed"))
        declare("search.PromotedResult", Columns(words="query phrase"))
        declare("search.MissedSearch", Columns(words="words"))
        translate_names(self)
        MORE_CHECKS["search"] = auditing.check
        for signal, receiver, sender in (
            (listing.followed, keeping.follow_article, None),
            (listing.refiled, keeping.follow_some, None),
            (lists.counted, keeping.follow_all, None),
            (post_save, keeping.follow_topic, Topic),
            (request_finished, missed.follow_request, None),
        ):
            signal.connect(receiver, sender=sender, dispatch_uid=f"search.{receiver.__name__}")
