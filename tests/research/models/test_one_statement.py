"""Several query sets in one statement: the same rows as each alone, in the same order."""

from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import F, Model
from django.utils import timezone
from wagtail.models import Locale, Page, Revision

from common.models import User
from common.one_statement import read_each
from research.models import ArticlePage, Person, Study, Topic
from research.models.workflow import MedicalReviewState
from tests.factories import ArticlePageFactory, StudyFactory, submit

MODELS = (User, Person, Study, Topic, Locale, ContentType, Group, Page, ArticlePage)

pytestmark = pytest.mark.django_db


def values_of(row: Model):
    return {field.attname: row.__dict__[field.attname] for field in row._meta.concrete_fields if field.name != "body"}


@pytest.fixture
def newsroom(section, writer):
    StudyFactory(
        title="Ünïcode “quoted” 'n' \\ 🧠",
        embargo_until=timezone.now(),
        keywords=["a", {"b": None}],
        author_orcids={"x": "1"},
    )
    for day in (date(2026, 1, 2), None):
        article = ArticlePageFactory(parent=section, by=writer, planned_for=day)
        article.save_revision(user=writer)
    submit(article, writer)


def test_rows_are_as_each_model_reads_them(newsroom, django_assert_num_queries):
    alone = {model: list(model._default_manager.order_by("pk")) for model in MODELS}
    assert connection.features.supports_json_field  # Django asks the database for this once

    with django_assert_num_queries(1):
        together = read_each({model: model._default_manager.order_by("pk") for model in MODELS})

    assert all(alone[model] for model in (User, Study, Topic, ArticlePage))
    for model in MODELS:
        assert [values_of(row) for row in together[model]] == [values_of(row) for row in alone[model]]
        assert not any(row._state.adding for row in together[model])
    assert [str(row.body) for row in together[ArticlePage]] == [str(row.body) for row in alone[ArticlePage]]


def test_values_keep_their_order_and_limit(newsroom):
    planned = Revision.objects.filter(object_id__isnull=False).order_by("-pk")
    asked = {
        "newest": planned.values("pk", "content__title", "content__planned_for", "user__username")[:2],
        "named": Study.objects.order_by(F("embargo_until").desc(nulls_last=True), "-pk").values("pk", "embargo_until"),
        "usual": Study.objects.values("title", owner=F("kept_unwatched_by")),
        "none": Study.objects.filter(pk__in=[]).values("pk"),
        "reviews": MedicalReviewState.objects.open().values("subject_uuid", "started_at", "two_reviewers", "answers"),
    }

    assert read_each(asked) == {key: list(rows) for key, rows in asked.items()}


def test_nothing_is_asked_for_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert read_each({"none": Study.objects.none()}) == {"none": []}
