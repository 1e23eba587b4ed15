"""Who may sign after what they did elsewhere, and who is told of a new reviewer."""

import logging
import threading
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from research.models import ArticlePage, MedicalReviewState, PublishedArticle, Release, Study, StudyNotice
from research.models.pages import AlsoCited, ArticleAuthor
from research.newsroom.permissions import MEDICAL_REVIEWERS
from research.publishing import planning
from research.review import contributions
from research.review.guard import NotPermitted, Reason, permit
from research.review.signing import reasons_not_to_sign
from tests.factories import (
    ANSWERS,
    ArticlePageFactory,
    JournalFactory,
    StudyFactory,
    StudyNoticeFactory,
    approve,
    edit,
    editor_user,
    publish,
    reviewer_user,
    schedule,
    submit,
    writer_user,
)

pytestmark = pytest.mark.django_db

IN_FIVE_DAYS = timedelta(days=5)


def draft_of(article):
    return ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()


def test_who_signed_cannot_become_a_named_author(public_article, reviewer):
    draft = draft_of(public_article)
    draft.authors = [ArticleAuthor(person=reviewer.person)]

    with pytest.raises(NotPermitted) as refused:
        permit(draft)

    assert [refusal.reason for refusal in refused.value.refusals] == [Reason.AUTHOR]


def test_a_byline_with_who_signed_is_not_published(client, public_article, reviewer):
    draft = draft_of(public_article)
    draft.authors = [ArticleAuthor(person=reviewer.person)]
    revision = draft.save_revision(user=editor_user())

    with pytest.raises(NotPermitted):
        revision.publish(user=editor_user())

    assert reviewer.person.name not in PublishedArticle.objects.get().authors


@pytest.mark.parametrize("work", ["also cited", "journal"])
def test_work_on_any_source_of_an_article_keeps_from_signing_it(client, article, reviewer, work):
    cited = StudyFactory(journal=JournalFactory())
    draft = draft_of(article)
    draft.also_cited = [AlsoCited(study=cited)]
    draft.save_revision()
    reviewer.groups.add(Group.objects.get(name="Writers"))
    client.force_login(reviewer)

    if work == "also cited":
        contributions.record(cited.subject_uuid, reviewer)
    else:
        address = reverse("research_journal_modeladmin_edit", args=[cited.journal_id])
        response = client.post(address, {"name": "Another name", "kind": "journal", "issn": ""})
        assert response.status_code == 302, response.context["form"].errors

    assert "record of its study" in " ".join(reasons_not_to_sign(reviewer, draft_of(article)))


def test_reviewers_are_told_of_a_new_one_and_it_is_an_audit_line(caplog):
    first, user = reviewer_user(), writer_user()
    OutboxMessage.objects.all().delete()
    caplog.clear()

    with caplog.at_level(logging.INFO, logger="countersign.audit"):
        user.groups.add(Group.objects.get(name=MEDICAL_REVIEWERS))
        user.groups.clear()

    lines = [record.getMessage() for record in caplog.records if record.name == "countersign.audit"]
    assert lines == [
        f"role Medical reviewers given to {user.username} by a command",
        f"role Medical reviewers taken from {user.username} by a command",
    ]
    message = OutboxMessage.objects.get(key__startswith="reviewer-added-")
    assert first.email in message.payload["to"]


def test_the_role_is_noticed_from_the_groups_side_too_and_no_other_group_is():
    user = writer_user()
    OutboxMessage.objects.all().delete()

    Group.objects.get(name="Editors").user_set.add(user)
    assert not OutboxMessage.objects.exists()

    Group.objects.get(name=MEDICAL_REVIEWERS).user_set.add(user)
    assert OutboxMessage.objects.filter(key__startswith="reviewer-added-").exists()


def reassign(client, state, value):
    return client.post(reverse("research_reassign", args=[state.pk]), {"reviewer": value}, follow=True)


@pytest.mark.parametrize("value", ["abc", "1.5", "\x00", "99999999999999999999"])
def test_a_review_is_given_to_nobody_unknown(client, article, writer, editor, value):
    state = submit(article, writer)
    client.force_login(editor)

    assert "Nothing was changed" in reassign(client, state, value).content.decode()
    assert MedicalReviewState.objects.get().assigned_to is None


def test_a_review_is_given_to_those_only_who_may_sign(client, article, writer, editor):
    contributor, able = reviewer_user(), reviewer_user()
    contributions.record(article.subject_uuid, contributor)
    state = submit(article, writer)
    client.force_login(editor)

    assert "may not sign this article" in reassign(client, state, contributor.pk).content.decode()
    reassign(client, state, able.pk)

    assert MedicalReviewState.objects.get().assigned_to == able


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_review_that_ends_meanwhile_is_given_to_nobody(client, article, writer, editor):
    state, able = submit(article, writer), reviewer_user()
    client.force_login(editor)

    def end_it():
        with transaction.atomic():
            MedicalReviewState.objects.filter(pk=state.pk).update(status=MedicalReviewState.STATUS_APPROVED)
            begun.set()
            time.sleep(1)
        connection.close()

    begun, thread = threading.Event(), threading.Thread(target=end_it)
    thread.start()
    begun.wait(10)
    reassign(client, state, able.pk)
    thread.join()

    assert MedicalReviewState.objects.get().assigned_to is None


def test_the_review_keeps_the_answers_with_the_questions(article, writer, reviewer):
    state = submit(article, writer)

    approve(state, reviewer)

    kept = MedicalReviewState.objects.get().answers
    assert [row["key"] for row in kept if not row["key"].startswith("claim:")] == list(ANSWERS)
    assert all(row["asked"] and row["answer"] == "yes" for row in kept)


@pytest.mark.parametrize("note", ["   ", "\u200b", "…", " \u00a0\u200b- "])
def test_a_reason_without_a_word_is_none(article, writer, reviewer, note):
    state = submit(article, writer)
    first = next(iter(ANSWERS))

    with pytest.raises(ValidationError, match="reason why it does not apply"):
        approve(state, reviewer, answers=ANSWERS | {first: {"answer": "na", "note": note}})


def test_a_study_also_cited_holds_an_article_back_until_its_embargo_ends(section, reviewer):
    cited = StudyFactory(embargo_until=timezone.now() + IN_FIVE_DAYS, embargo_source="Its journal")
    page = ArticlePageFactory(parent=section, also_cited=[AlsoCited(study=cited)])

    release = schedule(page, reviewer)

    assert release.due_at == cited.embargo_until


def test_an_embargo_that_is_moved_in_a_newer_draft_holds_what_was_approved(article, writer, reviewer):
    later = timezone.now() + timedelta(hours=1)
    edit(article, writer, go_live_at=later)
    release = schedule(article, reviewer)
    draft = Release.objects.get(pk=release.pk).revision.as_object()
    draft.embargo_until, draft.embargo_source = timezone.now() + IN_FIVE_DAYS, "Its journal"
    draft.save_revision()

    planning.run_due(later + timedelta(seconds=1))

    release.refresh_from_db()
    assert release.state == Release.State.HELD
    assert "embargo" in release.reason


def test_a_notice_stays_what_it_was_recorded_as(public_article):
    notice = StudyNoticeFactory(study=public_article.study, kind="retraction")
    notice.kind = "correction"

    with pytest.raises(ValidationError, match="stays what it was recorded as"):
        notice.save()

    assert Study.objects.get(pk=public_article.study_id).status == Study.Status.RETRACTED


def test_an_editor_types_no_words_into_a_notice_and_cannot_turn_it_into_another(client, public_article, editor):
    client.force_login(editor)
    notice = StudyNoticeFactory(study=public_article.study, kind="retraction", reason="")
    posted = {"study": StudyFactory().pk, "kind": "correction", "reason": "Stop your medicine", "source": "PubMed"}

    for name, args in (("create", []), ("edit", [notice.pk])):
        client.post(reverse(f"research_studynotice_modeladmin_{name}", args=args), posted)

    assert set(StudyNotice.objects.filter(study=public_article.study).values_list("kind", "reason")) == {
        ("retraction", "")
    }
    assert not StudyNotice.objects.exclude(reason="").exists()


@pytest.mark.parametrize(
    ("date_of_study", "field"),
    [({"year": 2023, "month": 2, "day": 31}, "day"), ({"year": 99999}, "year"), ({"year": 0}, "year")],
)
def test_a_study_has_a_date_that_can_be(date_of_study, field):
    study = StudyFactory.build(journal=None, **({"month": None, "day": None} | date_of_study))

    with pytest.raises(ValidationError) as refused:
        study.full_clean()

    assert field in refused.value.message_dict


def test_a_section_with_public_articles_is_not_unpublished(client, section, article, editor, reviewer):
    client.force_login(editor)
    address = reverse("wagtailadmin_pages:unpublish", args=[section.pk])
    publish(article, reviewer)

    client.post(address)

    section.refresh_from_db()
    assert section.live
