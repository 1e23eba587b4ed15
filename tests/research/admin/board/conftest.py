"""What the board's tests share: a draft with a plan, an article with an approved go-live."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from research.models import ArticlePage
from tests.factories import edit, schedule


@pytest.fixture
def planned(article, writer):
    """The writer's draft, planned for 1 December 2026."""
    edit(article, writer, planned_for=date(2026, 12, 1))
    return ArticlePage.objects.get(pk=article.pk)


@pytest.fixture
def go_live_at():
    """A time three weeks ahead, at 14:00 UTC."""
    day = (timezone.now() + timedelta(days=21)).date()
    return datetime(day.year, day.month, day.day, 14, tzinfo=UTC)


@pytest.fixture
def scheduled(article, writer, reviewer, go_live_at):
    """The article, countersigned and on the ledger; returns the line."""
    edit(article, writer, go_live_at=go_live_at)
    release = schedule(article, reviewer)
    assert release.due_at == go_live_at
    release.requested_by = writer
    release.save()
    return release
