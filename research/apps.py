"""The research app: connects the guard and registers the checks; holds no rules."""

from django.apps import AppConfig
from django.db.models.signals import m2m_changed, post_delete, post_migrate, post_save, pre_delete, pre_save


class ResearchConfig(AppConfig):
    """The editorial domain: articles, their sources, review and publication."""

    name = "research"
    verbose_name = "Research"

    def ready(self) -> None:
        """Put the guard under the models, for every sender, and let the ledger follow Wagtail."""
        # Models are not ready before, so neither is what needs them.
        from django.contrib.auth.models import Group
        from wagtail import hooks
        from wagtail.models import Page, PageViewRestriction, Revision
        from wagtail.signals import (
            page_published,
            page_slug_changed,
            page_unpublished,
            post_page_move,
            pre_page_move,
        )

        from common import health, tree
        from common.models import Image, OutboxMessage, User
        from common.names import translate_names
        from common.outbox import given_up
        from common.page_store import changes
        from research import checks, receivers
        from research.models import (
            Person,
            PublishedArticle,
            PublishedText,
            SignableText,
            Study,
            StudyNotice,
            Topic,
            TopicIndexPage,
        )
        from research.publishing import alerts, finish, public_row, showing
        from research.publishing.ledger import wait_for_releases

        for signal, receiver, sender in (
            (pre_save, receivers.guard_save, None),
            (pre_save, receivers.guard_sealed, PublishedArticle),
            (pre_save, receivers.guard_sealed, PublishedText),
            *((pre_delete, receivers.keep_record_of_text, model) for model in SignableText.__subclasses__()),
            (pre_delete, receivers.keep_record_of_notice, StudyNotice),
            (post_save, receivers.follow_base_page, None),
            (post_save, receivers.follow_picture, Image),
            (post_save, receivers.follow_person, Person),
            (pre_save, receivers.follow_group, Group),
            (pre_save, receivers.follow_name, Topic),
            (pre_save, receivers.follow_name, TopicIndexPage),
            (pre_save, receivers.follow_section, TopicIndexPage),
            (pre_save, receivers.follow_section, Page),
            (pre_save, receivers.wait_before, Person),
            (pre_save, receivers.wait_before, Study),
            (post_save, receivers.follow_schedule, Revision),
            (post_save, receivers.follow_notice, StudyNotice),
            (post_delete, receivers.follow_notice, StudyNotice),
            (post_save, receivers.follow_study, Study),
            (post_save, receivers.follow_text, PublishedText),
            (pre_save, receivers.announce_restriction, PageViewRestriction),
            (post_save, receivers.follow_restriction, PageViewRestriction),
            (post_delete, receivers.follow_restriction, PageViewRestriction),
            (post_save, receivers.write_receipt, PublishedArticle),
            (post_migrate, receivers.keep_append_only, self),
            (page_published, receivers.follow_publication, None),
            (page_unpublished, receivers.follow_takedown, None),
            (finish.workflow_finished, receivers.follow_approval, None),
            (pre_page_move, receivers.keep_section, None),
            (post_page_move, receivers.follow_move, None),
            (page_slug_changed, receivers.follow_slug, None),
            (public_row.taken_down, receivers.follow_revocation, None),
            (m2m_changed, receivers.follow_roles, User.groups.through),
            (given_up, receivers.follow_given_up, OutboxMessage),
        ):
            signal.connect(receiver, sender=sender, dispatch_uid=f"research.{receiver.__name__}.{sender}")
        hooks.register("before_delete_page", receivers.keep_record_from_deletion)
        hooks.register("before_bulk_action", receivers.keep_record_from_bulk_action)
        receivers.keep_wagtail_from_mailing()
        showing.connect()
        tree.begin_with(wait_for_releases)
        translate_names(self)
        changes.rule(TopicIndexPage)
        checks.register_all()
        health.register("ledger", detail=alerts.health_detail, gauges=alerts.metrics)
        health.register("runner", detail=alerts.runner_detail, gauges=alerts.runner_metrics)
