"""Run by tests in processes of their own, on a database with real commits.

python -m tests.research.publishing.ledger.newsroom plan 50
python -m tests.research.publishing.ledger.newsroom run [--once] [--published FILE]
        [--killed-by PAGE] [--frozen-by PAGE] [--idle-seconds 3] [--queued]
"""

import argparse
import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import django


def main() -> None:
    """Do one of the things above."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    plan = commands.add_parser("plan")
    plan.add_argument("count", type=int)
    run = commands.add_parser("run")
    run.add_argument("--once", action="store_true")
    run.add_argument("--published", type=Path)
    run.add_argument("--killed-by", type=int)
    run.add_argument("--frozen-by", type=int)
    run.add_argument("--idle-seconds", type=int)
    run.add_argument("--queued", action="store_true")
    options = parser.parse_args()

    if getattr(options, "queued", False):
        _queue_index_writes()
    django.setup()
    _share_media()
    _draw_small()
    if options.command == "plan":
        plan_releases(options.count)
    else:
        run_releases(options)


def plan_releases(count: int) -> None:
    """Plan releases, one a second, that have been due for half an hour."""
    import time_machine
    from django.utils import timezone

    from tests.factories import ArticlePageFactory, TopicIndexPageFactory, editor_user, reviewer_user, schedule

    now = timezone.now()
    with time_machine.travel(now - timedelta(hours=1)):
        section, reviewer = TopicIndexPageFactory(), reviewer_user()
        editor_user()
        for number in range(count):
            due_at = now - timedelta(minutes=30) + timedelta(seconds=number)
            schedule(ArticlePageFactory(parent=section, go_live_at=due_at), reviewer)


def run_releases(options: argparse.Namespace) -> None:
    """Run the runner; note each publication that is committed, or die or freeze in the middle of one."""
    from django.core.management import call_command
    from django.db import connections, transaction
    from django.db.models.signals import pre_save
    from wagtail.signals import page_published

    from research.models import ArticlePage

    def note(sender: type, instance: Any, **kwargs: Any) -> None:
        transaction.on_commit(lambda: _append(options.published, f"{instance.pk}\n"))

    def die(sender: type, instance: Any, **kwargs: Any) -> None:
        if instance.pk == options.killed_by and instance.live:
            os.kill(os.getpid(), signal.SIGKILL)

    def freeze(sender: type, instance: Any, **kwargs: Any) -> None:
        if instance.pk == options.frozen_by and instance.live:
            os.kill(os.getpid(), signal.SIGSTOP)

    if options.idle_seconds:
        limits = f"-c idle_in_transaction_session_timeout={options.idle_seconds}s -c lock_timeout=30s"
        connections.settings["default"].setdefault("OPTIONS", {})["options"] = limits
    if options.frozen_by:
        pre_save.connect(freeze, sender=ArticlePage, weak=False)
    if options.published:
        page_published.connect(note, weak=False)
    if options.killed_by:
        pre_save.connect(die, sender=ArticlePage, weak=False)
    call_command("run_releases", once=options.once, interval=0.2)


def _queue_index_writes() -> None:
    """Queue background tasks, as a site on PostgreSQL does."""
    from django.conf import settings

    settings.TASKS_IN_DATABASE = True
    settings.TASKS = {name: {"BACKEND": "django_tasks_db.DatabaseBackend"} for name in ("default", "imports")}


def _append(path: Path, line: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)


def _share_media() -> None:
    """Use one store, as the processes of a site do; the suite's settings give each process its own."""
    from django.conf import settings

    settings.MEDIA_ROOT = os.environ["NEWSROOM_MEDIA"]


def _draw_small() -> None:
    """Draw artwork a few pixels wide, as the rest of the suite does."""
    from research.publishing import pictures

    pictures.ARTWORK_SIZE = (32, 18)
    pictures.WIDTHS = (8, 16, 32)


if __name__ == "__main__":
    main()
