"""What carrying out a release asks of the database, and what it leaves to the outbox."""

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Page, ReferenceIndex
from wagtail.search.models import IndexEntry

from common.models import OutboxMessage
from common.outbox import deliver_due
from research.models import AlsoCited, ArticlePage, PublishedArticle, Release
from research.publishing import public_pictures
from research.publishing.carrying_out.runner import run_due
from tests.factories import ArticlePageFactory, StudyFactory, edit, publish, schedule

# Without those that only mark where a transaction begins and ends.
A_RELEASE = 66
# PostgreSQL is also asked for the lease of the index, twice, and for the lock of the page.
LOCKS = {"sqlite": 0, "postgresql": 4}


def statements_of_release(article, reviewer):
    schedule(article, reviewer)
    with CaptureQueriesContext(connection) as asked:
        assert run_due(timezone.now()) == 1
    return [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]


def cites(section, number, **values):
    article = ArticlePageFactory(parent=section, **values)
    article.also_cited = [AlsoCited(study=StudyFactory()) for _ in range(number)]
    article.save()
    article.save_revision()
    return article


def test_a_release_keeps_to_its_statements(section, reviewer):
    publish(ArticlePageFactory(parent=section), reviewer)

    assert (
        len(statements_of_release(ArticlePageFactory(parent=section), reviewer)) <= A_RELEASE + LOCKS[connection.vendor]
    )


def test_a_release_costs_no_more_for_more_studies(section, reviewer):
    publish(cites(section, 1), reviewer)

    few = statements_of_release(cites(section, 1), reviewer)
    many = statements_of_release(cites(section, 8), reviewer)

    assert len(many) <= len(few)


def test_a_release_reads_the_pictures_of_no_other_article(section, reviewer, monkeypatch):
    publish(ArticlePageFactory(parent=section), reviewer)
    monkeypatch.setattr(public_pictures, "_shown", lambda now: pytest.fail("every public article was read"))

    article = publish(ArticlePageFactory(parent=section), reviewer)

    names = public_pictures.names_in(PublishedArticle.objects.get(page_id=article.pk).pictures)
    assert names
    assert all(default_storage.exists(public_pictures.public_name(name)) for name in names)
    assert not OutboxMessage.objects.filter(kind="public-pictures").exists()


@pytest.mark.indexed
def test_the_index_of_the_admin_follows_through_the_outbox(section, reviewer):
    article = publish(cites(section, 0, title="Before"), reviewer)
    added = StudyFactory()
    edit(article, title="Zebrafish")
    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    draft.also_cited = [AlsoCited(study=added)]
    draft.save_revision()
    publish(article, reviewer)

    while deliver_due(timezone.now()).sent:
        pass

    assert [page.pk for page in Page.objects.search("Zebrafish")] == [article.pk]
    assert ReferenceIndex.get_references_to(added).exists()


def test_a_page_that_is_gone_leaves_nothing_to_index(section):
    OutboxMessage.objects.create(
        kind="page-indexes", key="page-indexes-gone", payload={"page": 987_654}, due_at=timezone.now()
    )

    assert deliver_due(timezone.now()).sent == 1


def test_a_release_that_fails_leaves_no_message_for_the_index(section, reviewer, monkeypatch):
    schedule(ArticlePageFactory(parent=section), reviewer)
    monkeypatch.setattr("research.publishing.versions.follow", lambda *args, **kwargs: 1 / 0)

    assert run_due(timezone.now()) == 0

    assert not OutboxMessage.objects.filter(kind="page-indexes").exists()
    assert Release.objects.get().state == Release.State.PLANNED


@pytest.mark.indexed
def test_an_article_that_is_deleted_leaves_the_index_of_the_admin(section):
    article = ArticlePageFactory(parent=section, title="Zebrafish")
    assert Page.objects.search("Zebrafish")

    article.delete()

    assert not IndexEntry.objects.filter(object_id=str(article.pk), content_type=article.cached_content_type).exists()
