"""How a stored version of a page is read: a statement a table, and rows whose keys lead nowhere as before."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from research.models import AlsoCited, ArticleAuthor, ArticlePage, RelatedPick
from tests.factories import ArticlePageFactory, PersonFactory, StudyFactory, TopicFactory


def stored(section, cited, **values):
    page = ArticlePageFactory(parent=section, **values)
    page.also_cited = [AlsoCited(study=StudyFactory()) for _ in range(cited)]
    page.authors = [ArticleAuthor(person=PersonFactory())]
    page.save_revision()
    return ArticlePage.objects.get(pk=page.pk)


def read(page):
    revision = page.latest_revision
    with CaptureQueriesContext(connection) as asked:
        draft = revision.as_object()
    return draft, len(asked)


def test_a_version_costs_no_more_with_more_rows(section):
    _, few = read(stored(section, 1))

    draft, many = read(stored(section, 12))

    assert many <= few
    assert draft.also_cited.count() == 12


def test_what_the_rows_point_to_is_read_with_them(section, django_assert_num_queries):
    draft, _ = read(stored(section, 3, study=StudyFactory(title="The rated one")))

    with django_assert_num_queries(0):
        names = [row.study.title for row in draft.also_cited.all()]
        people = [row.person.name for row in draft.authors.all()]
        assert draft.study.title == "The rated one"

    assert len(set(names)) == 3
    assert len(people) == 1


def test_topics_that_are_gone_are_left_out_and_the_others_stand_in_their_order(section):
    page = ArticlePageFactory(parent=section)
    topics = [TopicFactory(name=name) for name in ("Relapse", "Fatigue", "Gone")]
    page.topics = topics
    page.save_revision()

    topics[-1].delete()
    draft, _ = read(ArticlePage.objects.get(pk=page.pk))

    assert [topic.name for topic in draft.topics.all()] == ["Fatigue", "Relapse"]


def test_a_row_whose_key_leads_nowhere_any_more_is_left_out(section):
    page, picked = stored(section, 2).get_latest_revision_as_object(), ArticlePageFactory(parent=section)
    page.related_picks = [RelatedPick(article=picked), RelatedPick(article=ArticlePageFactory(parent=section))]
    page.save_revision()

    picked.delete()
    draft, _ = read(ArticlePage.objects.get(pk=page.pk))

    assert draft.related_picks.count() == 1
    assert draft.also_cited.count() == 2


@pytest.mark.parametrize("name", ["owner_id", "locale_id", "content_type_id", "latest_revision_id", "locked_by_id"])
def test_what_is_the_row_s_own_is_that_of_the_row(section, name):
    page = stored(section, 1)

    draft, _ = read(page)

    assert getattr(draft, name) == getattr(page, name)
