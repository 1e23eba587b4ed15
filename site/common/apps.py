from django.apps import AppConfig
from django.conf import settings


class CommonConfig(AppConfig):
    """Users, images, the base page, the outbox and the processes of a site."""

    name = "common"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the outbox try failed background tasks again, and limits count for all processes."""
        from django.db.models.signals import post_migrate
        from django_tasks.signals import task_finished
        from modelsearch import signal_handlers as search_handlers
        from wagtail import signal_handlers

        from common import failed_tasks, health, limits, page_index, references, storage_health
        from common.names import translate_names
        from common.page_store import watching
        from common.printing.version import version

        translate_names(self)
        limits.install()
        health.register("storage", detail=storage_health.detail, gauges=storage_health.gauges)
        references.install(signal_handlers, search_handlers)
        watching.start()
        if settings.PRINTED_DIR:
            version()  # of the files that this process runs: later they may be those of another release
        post_migrate.connect(page_index.keep, sender=self, dispatch_uid="common.page_index")
        task_finished.connect(failed_tasks.follow, dispatch_uid="common.failed_tasks")
