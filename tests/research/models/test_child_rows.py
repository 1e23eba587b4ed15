"""Rows below a page: what a save writes of them, and what the page knows of them meanwhile."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Comment, CommentReply

from research.models import AlsoCited, ArticleAuthor, ArticlePage
from tests.factories import ArticlePageFactory, PersonFactory, StudyFactory, TopicFactory


@pytest.fixture
def page(section):
    made = ArticlePageFactory(parent=section)
    made.also_cited = [AlsoCited(study=StudyFactory()) for _ in range(3)]
    made.authors = [ArticleAuthor(person=PersonFactory())]
    made.topics = [TopicFactory()]
    made.save()
    made.save_revision()
    return ArticlePage.objects.get(pk=made.pk).get_latest_revision_as_object()


def written(page):
    """Return the tables that a save writes."""
    with CaptureQueriesContext(connection) as asked:
        page.save()
    words = (query["sql"].split() for query in asked)
    return {sql[1 if sql[0] == "UPDATE" else 2].strip('"') for sql in words if sql[0] in ("UPDATE", "INSERT", "DELETE")}


def cited(page):
    return sorted(AlsoCited.objects.filter(page=page.pk).values_list("study", flat=True))


def test_rows_that_are_as_they_were_are_not_written(page):
    assert not any(table.startswith("research_a") and table != "research_articlepage" for table in written(page))


def test_a_changed_row_is_written(page):
    other = StudyFactory()
    row = page.also_cited.all()[0]
    row.study = other
    page.also_cited.add(row)

    assert "research_alsocited" in written(page)
    assert other.pk in cited(page)


def test_a_row_that_was_taken_out_is_deleted_and_a_new_one_is_added(page):
    gone, *kept = page.also_cited.all()
    page.also_cited = [*kept, AlsoCited(study=StudyFactory())]

    page.save()

    assert gone.study_id not in cited(page)
    assert len(cited(page)) == 3


def test_a_row_in_place_of_another_is_seen(page):
    first, *others = page.also_cited.all()
    page.also_cited = [*others, AlsoCited(study=first.study)]
    before = set(AlsoCited.objects.filter(page=page.pk).values_list("pk", flat=True))

    page.save()

    assert set(AlsoCited.objects.filter(page=page.pk).values_list("pk", flat=True)) != before


def test_topics_are_written_where_they_changed(page):
    assert "research_articlepage_topics" not in written(page)
    added = TopicFactory()
    page.topics = [added]

    page.save()

    assert list(ArticlePage.objects.get(pk=page.pk).topics.all()) == [added]


def test_after_a_save_a_page_reads_the_rows_that_are_stored(page):
    page.save()

    AlsoCited.objects.filter(page=page.pk).delete()

    assert not page.also_cited.exists()


def test_what_is_in_memory_outlives_a_save_of_other_fields(page):
    page.also_cited = []

    page.save(update_fields=["draft_title"], clean=False)

    assert page.also_cited.count() == 0
    assert len(cited(page)) == 3


def test_a_reply_to_a_comment_is_stored_though_the_comment_is_as_it_was(page, writer):
    made = Comment(user=writer, text="Is this so?", contentpath="title")
    page.wagtail_admin_comments.add(made)
    page.save()
    stored = ArticlePage.objects.get(pk=page.pk)
    comment = stored.wagtail_admin_comments.get_object_list()[0]
    comment.replies.add(CommentReply(user=writer, text="It is."))

    stored.save()

    assert list(CommentReply.objects.values_list("text", flat=True)) == ["It is."]


def test_a_refused_save_forgets_what_it_found_unchanged(page, monkeypatch):
    monkeypatch.setattr("research.review.guarded_saves.refuse_alias", lambda page: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        page.save()
    monkeypatch.undo()
    page.also_cited = []

    page.save(update_fields=["draft_title", "also_cited"], clean=False)

    assert cited(page) == []
