"""What follows from a notice about a study, whoever reports it: tasks, held releases, one mail.

The banner, the withheld rating and the lists follow from the notice by themselves.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.words import in_the_code_s_words
from research.models.pages import ArticlePage
from research.models.references import Study, StudyNotice
from research.models.releases import Release
from research.models.watch import SourceTask
from research.newsroom.mails.records import announce_notice
from research.publishing.ledger import change, locked, wait_for_releases
from research.publishing.public_row import call_for_review
from research.sources.standing import JUDGED_AGAIN, TAKEN_BACK, standing

# What makes an article's source unreliable: editors decide what becomes of the article.
NEEDS_DECISION = frozenset(
    {
        StudyNotice.Kind.RETRACTION,
        StudyNotice.Kind.WITHDRAWAL,
        StudyNotice.Kind.REMOVAL,
        StudyNotice.Kind.CONCERN,
        StudyNotice.Kind.REPLACEMENT,
        StudyNotice.Kind.PARTIAL_RETRACTION,
        StudyNotice.Kind.MARKED_RETRACTED,
        StudyNotice.Kind.MARKED_WITHDRAWN,
        StudyNotice.Kind.CORRECTED_REPUBLISHED,
    }
)

# After these an article is due for a review at once: what it says may not be so any more.
READ_AGAIN = frozenset(
    {
        StudyNotice.Kind.CORRECTION,
        StudyNotice.Kind.CORRECTED_REPUBLISHED,
        StudyNotice.Kind.PARTIAL_RETRACTION,
        StudyNotice.Kind.REPLACEMENT,
    }
)


@transaction.atomic
@in_the_code_s_words
def react(notice: StudyNotice) -> None:
    """Do what a new notice asks for; doing it again changes nothing.

    Scheduled releases of words that rest on an unreliable source are held, each article gets one task, and
    the editors get one mail when there is an article at all.
    """
    wait_for_releases()
    study = notice.study
    study.refresh_from_db()
    articles = articles_resting_on(study)
    if notice.kind in NEEDS_DECISION:
        for article in articles:
            SourceTask.objects.get_or_create(notice=notice, article=article)
    if notice.kind in TAKEN_BACK | JUDGED_AGAIN and notice in standing(study.notices.all()):
        _hold_releases(study, notice)
    if notice.kind in READ_AGAIN and notice in standing(study.notices.all()):
        for article in articles:
            call_for_review(article.pk, timezone.now(), f"{notice.get_kind_display()} of {study.title}")
    if articles:
        announce_notice(notice, articles)


def articles_resting_on(study: Study) -> list[ArticlePage]:
    """Return the articles whose row, draft or scheduled words are about a study or cite it."""
    drafted = {article for article, studies in drafted_sources().items() if study.pk in studies}
    resting = Q(study=study) | Q(also_cited__study=study) | Q(pk__in=drafted)
    return list(ArticlePage.objects.filter(resting).distinct().order_by("pk"))


def drafted_sources() -> dict[int, set[int]]:
    """Return the studies of words that are not in an article's row yet: drafts and scheduled versions.

    By article, two statements.
    """
    drafts = ArticlePage.objects.filter(has_unpublished_changes=True).values_list(
        "pk", "latest_revision__content__study", "latest_revision__content__also_cited"
    )
    scheduled = Release.objects.open().values_list(
        "article_id", "revision__content__study", "revision__content__also_cited"
    )
    found: dict[int, set[int]] = {}
    for article, study, cited in (*drafts, *scheduled):
        found.setdefault(article, set()).update(_studies_in(study, cited))
    return found


def _studies_in(study: int | None, cited: Iterable[Mapping[str, Any]] | None) -> set[int]:
    return {pk for pk in (study, *(row.get("study") for row in cited or ())) if pk}


@in_the_code_s_words
def _hold_releases(study: Study, notice: StudyNotice) -> None:
    waiting = Release.objects.open().filter(revision__content__study=study.pk, kind=Release.Kind.PUBLISH)
    reason = f"{notice.get_kind_display()} of its study, reported by {notice.source}."
    for release in locked(waiting.exclude(state__in=(Release.State.CLAIMED, Release.State.HELD))):
        change(release, Release.State.HELD, actor="the sentinel", reason=reason)
