"""After a save in the editor, Wagtail's indexes are what they would be if the page were read anew for them."""

import pytest
from django.urls import reverse
from wagtail.models import Page, ReferenceIndex
from wagtail.search.backends import get_search_backend

from research.models import AlsoCited, ArticlePage
from tests.factories import ArticlePageFactory, StudyFactory, TopicFactory, blocks, writer_user
from tests.research.doors.forms import editor_post

pytestmark = [pytest.mark.django_db, pytest.mark.indexed]


@pytest.fixture
def writer(db):
    return writer_user()


def references(page):
    index = ReferenceIndex.get_references_for_object(page)
    return sorted(index.values_list("to_content_type", "to_object_id", "model_path", "content_path"))


def found(words):
    return [page.pk for page in get_search_backend().search(words, Page)]


def newest(pk):
    return ArticlePage.objects.get(pk=pk).get_latest_revision_as_object()


def save(client, page, change):
    """Save the editor's form of the newest draft, changed."""
    draft = newest(page.pk)
    change(draft)
    answer = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), editor_post(draft))
    assert answer.status_code == 302


def test_the_indexes_follow_what_was_saved(client, section, writer):
    first, second, third = (StudyFactory() for _ in range(3))
    page = ArticlePageFactory(parent=section, by=writer, title="Before", study=first)
    page.also_cited = [AlsoCited(study=second)]
    page.save()
    page.save_revision(user=writer)
    client.force_login(writer)

    def change(draft):
        draft.title, draft.study = "Zorbulin afterwards", third
        draft.body = blocks.body(blocks.text("<p>Words about quibberish.</p>"))
        draft.also_cited = [*draft.also_cited.all(), AlsoCited(study=first)]
        draft.topics = [TopicFactory()]

    save(client, page, change)
    kept = references(page)

    assert {str(study.pk) for study in (first, second, third)} <= {row[1] for row in kept}
    assert found("zorbulin") == found("quibberish") == [page.pk]
    ReferenceIndex.create_or_update_for_object(ArticlePage.objects.get(pk=page.pk))
    assert references(page) == kept


def test_a_version_that_is_no_part_of_the_row_is_in_no_index(section, writer):
    page = ArticlePageFactory(parent=section, by=writer, title="Stored")
    kept = references(page)
    page.title, page.study = "Zorbulin", StudyFactory()

    page.save_revision(user=writer)
    page.save(update_fields=["live"])

    assert references(page) == kept
    assert found("zorbulin") == []
