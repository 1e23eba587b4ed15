"""Loads the demo publication."""

import logging
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from common.models import OutboxMessage
from home.demo.accounts import create_accounts
from home.demo.articles import DemoRecord, load_articles
from home.demo.record import load_people, load_studies, load_texts, site_words
from home.models import HomePage
from home.site_setup import set_up_site
from research.models import ArticlePage, SourceTask


class Command(BaseCommand):
    """Creates what is missing of the demo; running it again changes nothing."""

    help = "Loads the demo publication Myelin: accounts, record, and articles in every state."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, saying where it is."""
        # A hundred heads of the seal chain would bury the lines that say how far this is.
        logging.getLogger("countersign.audit").setLevel(logging.WARNING)
        self._migrate()
        self.stdout.write("Loading the demo publication ...")
        users = create_accounts()
        home, section = set_up_site(site_words())
        people = load_people(users)
        studies = load_studies()
        terms = load_texts(section, users["writer"], users["reviewer"])
        record = DemoRecord(section, people, studies, terms, users)
        created = load_articles(record, self._report)
        self._keep_old_mails_back()
        self._choose_lead(home)
        self._ask_for_decisions()
        self.stdout.write(f"{created} articles created." if created else "Everything was there already.")

    def _migrate(self) -> None:
        """Bring the database up to date; where it is, this takes no time, and ``migrate`` takes seconds."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Making the database ...")
            self.stdout.flush()
            call_command("migrate", verbosity=0, interactive=False)

    def _report(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _keep_old_mails_back(self) -> None:
        """Drop the mails of what the demo says happened weeks ago: nobody waits for them."""
        OutboxMessage.objects.filter(kind="mail", state=OutboxMessage.State.PENDING).delete()

    def _ask_for_decisions(self) -> None:
        """Leave editors the task that the sentinel leaves; it never asks about invented studies itself."""
        for article in ArticlePage.objects.filter(study__is_example=True):
            for notice in article.study.notices.all():
                SourceTask.objects.get_or_create(notice=notice, article=article)

    def _choose_lead(self, home: HomePage) -> None:
        if home.lead_article_id is None:
            home.lead_article = ArticlePage.objects.filter(slug="two-faces-of-microglia").first()
            home.save()
