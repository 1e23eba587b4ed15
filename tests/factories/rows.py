"""The cheap way to something to read: signed words and their public row, without review, ledger and runner."""

from contextlib import nullcontext
from datetime import datetime

import time_machine
from django.utils import timezone

from common.models import User
from research.content.article import content_of
from research.models import ArticlePage, SignOff
from research.publishing.public_row import publish_sealed
from research.review.chain import add_line
from tests.factories.people import reviewer_user


def published_row(article: ArticlePage, reviewer: User | None = None, *, at: datetime | None = None) -> ArticlePage:
    """Give readers an article, now or as at another time; return the live page.

    For tests of lists and pages, which do not test how words become public: ``publish`` goes the newsroom's own way
    at three times the cost. The line in the chain is a real one, and the guard is asked before the row is written.
    """
    with time_machine.travel(at, tick=False) if at else nullcontext():
        now = timezone.now()
        add_line(
            SignOff.Kind.SIGNED,
            SignOff.Subject.ARTICLE,
            article.subject_uuid,
            content_of(article).canonical,
            reviewer or reviewer_user(),
            conflict_statement="I have no stake in this study.",
            now=now,
        )
        times = {"first_published_at": now, "last_published_at": now}
        ArticlePage.objects.filter(pk=article.pk).update(
            live=True, has_unpublished_changes=False, live_revision=article.latest_revision_id, **times
        )
        live = ArticlePage.objects.get(pk=article.pk)
        publish_sealed(live)
    return live
