"""The article editor asks about clock changes, and does not undo what the board moved meanwhile."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from research.admin.board.moving import move_plan
from research.models import ArticlePage
from tests.factories import edit
from tests.research.doors.forms import editor_post


def save(client, article, **values):
    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    address = reverse("wagtailadmin_pages:edit", args=[article.pk])
    return client.post(address, {**editor_post(draft), **values})


def draft_of(article) -> ArticlePage:
    return ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()


@pytest.mark.parametrize("field", ["go_live_at", "expire_at", "embargo_until"])
def test_a_skipped_time_is_refused_in_the_editor(field, client, article, writer):
    client.force_login(writer)

    html = save(client, article, **{field: "2027-03-28 01:30"}).content.decode()

    assert "There is no 01:30 on 28 March 2027 in Europe/London" in html
    assert getattr(draft_of(article), field) is None


def test_a_repeated_time_is_asked_about_in_the_editor(client, article, writer):
    client.force_login(writer)

    html = save(client, article, go_live_at="2027-10-31 01:30").content.decode()

    assert "first 01:30 BST" in html
    assert draft_of(article).go_live_at is None
    assert 'name="go_live_at-reading"' in html
    save(client, article, **{"go_live_at": "2027-10-31 01:30", "go_live_at-reading": "second"})
    assert draft_of(article).go_live_at.astimezone(UTC) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_an_open_editor_does_not_undo_a_move_on_the_board(client, planned, writer, editor):
    opened = timezone.now() - timedelta(minutes=5)
    move_plan(planned.pk, date(2026, 12, 9), editor)
    client.force_login(writer)

    save(client, planned, **{"planned_for": "2026-12-01", "planned_for-loaded": f"{opened.isoformat()} 2026-12-01"})

    assert draft_of(planned).planned_for == date(2026, 12, 9)


def test_what_is_typed_in_the_editor_counts(client, planned, writer, editor):
    opened = timezone.now() - timedelta(minutes=5)
    move_plan(planned.pk, date(2026, 12, 9), editor)
    client.force_login(writer)

    save(client, planned, **{"planned_for": "2026-12-24", "planned_for-loaded": f"{opened.isoformat()} 2026-12-01"})

    assert draft_of(planned).planned_for == date(2026, 12, 24)


def test_without_a_move_the_editor_sets_the_plan_back_and_forth(client, planned, writer):
    opened = timezone.now()
    edit(planned, writer, planned_for=date(2026, 12, 5))  # as an autosave of the same form does
    client.force_login(writer)

    save(client, planned, **{"planned_for": "2026-12-01", "planned_for-loaded": f"{opened.isoformat()} 2026-12-01"})

    assert draft_of(planned).planned_for == date(2026, 12, 1)


def test_the_editor_says_which_date_it_was_opened_with(client, planned, writer):
    edit(planned, writer, planned_for=date(2026, 12, 3))
    client.force_login(writer)

    html = client.get(reverse("wagtailadmin_pages:edit", args=[planned.pk])).content.decode()

    assert 'name="planned_for-loaded"' in html
    assert ' 2026-12-03">' in html
