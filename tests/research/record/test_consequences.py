"""What follows from a notice, whichever way it comes in."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from research import periodic
from research.models import ArticlePage, Release, SourceTask, Study, StudyNotice
from research.record import sentinel
from research.record.importing import import_record
from research.sources.records import Notice, NoticeKind, NoticeSource, PartialDate, Source, SourceRecord
from tests.factories import StudyFactory, edit, schedule

pytestmark = pytest.mark.django_db

IN_TEN_DAYS = timedelta(days=10)


def retracted(study):
    """Return a source's record of a study that says it was retracted."""
    notice = Notice(
        kind=NoticeKind.RETRACTION,
        raw_word="RetractionIn",
        source=NoticeSource.PUBMED,
        date=PartialDate(2026, 2, 20),
        doi="10.1000/notice",
    )
    return SourceRecord(Source.PUBMED, title=study.title, doi=study.doi, pmid=study.pmid, notices=(notice,))


def by_import(study, client):
    import_record(retracted(study))


def by_hand(study, client):
    response = client.post(
        reverse("research_studynotice_modeladmin_create"),
        {
            "study": study.pk,
            "kind": "retraction",
            "date": "2026-02-20",
            "source": "The journal",
            "reason": "",
            "link": "",
        },
    )
    assert response.status_code == 302, response.context["form"].errors


def notice_mails():
    return OutboxMessage.objects.filter(key__startswith="study-notice-")


@pytest.mark.parametrize("way", [by_import, by_hand])
def test_a_retraction_makes_a_task_a_hold_and_one_mail(article, reviewer, editor, client, way):
    client.force_login(editor)
    edit(article, go_live_at=timezone.now() + IN_TEN_DAYS)
    release = schedule(article, reviewer)

    way(article.study, client)

    release.refresh_from_db()
    assert Study.objects.get(pk=article.study_id).status == Study.Status.RETRACTED
    assert release.state == Release.State.HELD
    assert SourceTask.objects.get().article_id == article.pk
    assert notice_mails().count() == 1


def test_reporting_it_again_asks_nobody_again(public_article, editor):
    for _ in range(3):
        import_record(retracted(public_article.study))

    assert StudyNotice.objects.count() == SourceTask.objects.count() == notice_mails().count() == 1


def test_a_notice_of_a_study_without_an_article_is_mailed_to_nobody(editor):
    import_record(retracted(StudyFactory()))

    assert StudyNotice.objects.exists()
    assert not notice_mails().exists()


def test_the_study_of_a_draft_of_a_live_article_is_watched_and_asks_for_a_decision(public_article, writer):
    other = StudyFactory()
    edit(public_article, writer, study=other)

    assert other in sentinel.studies_to_check()
    import_record(retracted(other))

    assert SourceTask.objects.get().article_id == public_article.pk


def test_scheduled_words_are_held_by_their_own_study(public_article, writer, reviewer):
    old, other = public_article.study, StudyFactory()
    edit(public_article, writer, study=other, go_live_at=timezone.now() + IN_TEN_DAYS)
    release = schedule(ArticlePage.objects.get(pk=public_article.pk), reviewer)

    import_record(retracted(old))
    release.refresh_from_db()
    assert release.state == Release.State.PLANNED

    import_record(retracted(other))
    release.refresh_from_db()
    assert release.state == Release.State.HELD


def test_one_round_asks_about_all_that_is_due(monkeypatch):
    limits = []
    monkeypatch.setattr(sentinel, "run", lambda checkers, now, limit=None: limits.append(limit))

    periodic.watch_sources(timezone.now())

    assert limits == [None]
