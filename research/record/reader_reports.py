"""What follows when an editor decides on a reader's report: an answer, and a new review where it is upheld."""

import logging

from django.db import transaction
from django.utils import timezone

from common.models import User
from research.models.reports import ReaderReport
from research.newsroom.mails.records import answer_report
from research.publishing.public_row import call_for_review

audit = logging.getLogger("countersign.audit")


@transaction.atomic
def decide(report: ReaderReport, user: User) -> None:
    """Record who decided, mail the answer, and call for a review where the report is upheld. Safe to call again."""
    row = ReaderReport.objects.select_for_update().get(pk=report.pk)
    now = timezone.now()
    if not row.is_open and row.decided_at is None:
        row.decided_by, row.decided_at = user, now
        audit.info(
            "report %s on article %s: %s by %s", row.pk, row.article.subject_uuid, row.state, user.get_username()
        )
        if row.state == ReaderReport.State.UPHELD:
            call_for_review(row.article_id, now, "A reader’s report was upheld.")
    if row.answer.strip() and row.email and row.answered_at is None:
        answer_report(row)
        row.answered_at = now
    row.save(update_fields=["decided_by", "decided_at", "answered_at"])
