"""Pages with words that are not public are found by an index of their own, which outlives migrations."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils import timezone
from wagtail.models import Locale, Page

from common.page_index import NAME
from research.admin.board.queries import Span, articles_on_board
from research.models import ArticlePage, PublishedArticle, Release
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, publish, reviewer_user
from tests.plans import never_whole

pytestmark = pytest.mark.django_db


def plan_of(rows) -> str:
    """Return how the database would answer where most pages are public.

    On PostgreSQL as if tables were too large to be read whole, and counted anew: otherwise it depends on the tests
    before, and on when the server last counted, whether an index of so few rows is worth its while.
    """
    if connection.vendor == "postgresql":
        public = {
            "depth": 2,
            "live": True,
            "locale": Locale.objects.first(),
            "content_type": ContentType.objects.get_for_model(Page),
        }
        Page.objects.bulk_create(
            Page(title="Public", slug=f"public-{number}", path=f"Z{number:07}", **public) for number in range(500)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE wagtailcore_page")
    never_whole()
    return rows.explain()


def is_there() -> bool:
    with connection.cursor() as cursor:
        return NAME in connection.introspection.get_constraints(cursor, Page._meta.db_table)


def scanned_whole(plan: str) -> list[str]:
    """Return the lines of SQLite's plan that read a table, or an index of all of its rows, from end to end."""
    lines = (line for line in plan.splitlines() if " SCAN " in line)
    return [line for line in lines if NAME not in line and "SUBQUERY" not in line]


def test_drafts_and_newer_words_are_on_their_way():
    section, reviewer = TopicIndexPageFactory(), reviewer_user()
    draft, public, newer = (ArticlePageFactory(parent=section, slug=slug) for slug in ("draft", "public", "newer"))
    for page in (public, newer):
        publish(page, reviewer)
    ArticlePage.objects.get(pk=newer.pk).save_revision()

    assert set(ArticlePage.objects.on_their_way().values_list("pk", flat=True)) == {draft.pk, newer.pk}


def test_they_are_found_by_the_index():
    assert NAME in plan_of(ArticlePage.objects.on_their_way())


@pytest.mark.parametrize("with_overdue", [True, False])
@pytest.mark.parametrize("most", [None, 60])
def test_the_board_reads_no_table_whole(most, with_overdue):
    now = timezone.now()
    span = Span(now - timedelta(days=40), now + timedelta(days=30), most, with_overdue)
    plan = plan_of(articles_on_board(span, now))

    assert NAME in plan
    if connection.vendor == "sqlite":
        assert scanned_whole(plan) == []
    else:
        tables = (model._meta.db_table for model in (ArticlePage, PublishedArticle, Release))
        assert not [table for table in tables if f"Seq Scan on {table}" in plan]


def test_an_index_that_a_migration_dropped_is_made_again():
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {NAME}")
    assert not is_there()

    post_migrate.send(
        sender=apps.get_app_config("common"),
        app_config=apps.get_app_config("common"),
        using="default",
        verbosity=0,
        interactive=False,
        plan=[],
        apps=apps,
    )

    assert is_there()


def test_it_is_no_change_that_a_migration_would_have_to_make():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
