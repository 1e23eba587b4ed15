from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from wagtail.models import Workflow

from common.models import OutboxMessage
from common.outbox import deliver_due
from research.content.article import content_of
from research.models import ArticlePage, MedicalReviewState, Release, SignOff
from research.review.signing import IncompleteArticle, MayNotSign
from tests.factories import (
    ArticlePageFactory,
    approve,
    edit,
    reviewer_user,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def on_commit(django_capture_on_commit_callbacks):
    """What happens after the commit, as in production."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def mails(prefix):
    return OutboxMessage.objects.filter(key__startswith=prefix)


def test_there_is_one_workflow_on_the_whole_tree(article):
    workflow = article.get_workflow()

    assert workflow.name == "Medical review"
    assert Workflow.objects.filter(active=True).count() == 1
    assert [type(task.specific).__name__ for task in workflow.tasks] == ["MedicalReviewTask"]


def test_the_review_remembers_which_words_were_submitted(article, writer):
    state = submit(article, writer)

    assert state.digest == content_of(article).digest


def test_an_incomplete_article_cannot_be_submitted_by_any_way(section, writer):
    page = ArticlePageFactory(parent=section, key_takeaway="")

    with pytest.raises(IncompleteArticle, match="key takeaway"), transaction.atomic():
        submit(page, writer)

    assert not MedicalReviewState.objects.exists()


def test_a_submission_is_mailed_to_the_reviewers(article, writer):
    reviewers = [reviewer_user(), reviewer_user()]
    reviewer_user(is_active=False)

    submit(article, writer)

    message = mails("review-asked").get()
    assert message.payload["to"] == sorted(user.email for user in reviewers)
    assert "Fewer relapses" in message.payload["subject"]
    assert "/admin/reviews/" in message.payload["body"]


def test_no_mail_leaves_before_the_commit(article, writer, reviewer):
    submit(article, writer)

    assert mail.outbox == []
    deliver_due(timezone.now() + timedelta(seconds=1))
    assert [message.to for message in mail.outbox] == [[reviewer.email]]


def test_a_submission_that_is_rolled_back_is_never_told(article, writer, reviewer):
    with transaction.atomic():
        submit(article, writer)
        transaction.set_rollback(True)

    assert not OutboxMessage.objects.exists()


def test_an_approval_is_mailed_to_who_submitted_it(article, writer, reviewer):
    state = submit(article, writer)

    approve(state, reviewer)

    message = mails("review-signed").get()
    assert message.payload["to"] == [writer.email]
    assert "being published now" in message.payload["body"]


def test_the_last_approval_by_a_reviewer_without_publish_rights_publishes(article, writer, reviewer, editor, on_commit):
    state = submit(article, writer)

    with on_commit():
        approve(state, reviewer)

    page = ArticlePage.objects.get(pk=article.pk)
    assert not page.permissions_for_user(reviewer).can_publish()
    assert page.live
    assert editor.email in mails("published").get().payload["to"]


def test_with_a_go_live_time_the_last_approval_schedules(article, writer, reviewer, on_commit):
    later = (timezone.now() + timedelta(hours=1)).replace(microsecond=0)
    edit(article, writer, go_live_at=later)
    state = submit(article, writer)

    with on_commit():
        approve(state, reviewer)

    release = Release.objects.get()
    assert (release.state, release.due_at) == (Release.State.PLANNED, later)
    assert not ArticlePage.objects.get(pk=article.pk).live
    assert "It will be published on" in mails("review-signed").get().payload["body"]


def test_a_contributor_cannot_approve(article, writer):
    contributor = reviewer_user()
    edit(article, contributor, title="A better title")
    state = submit(article, writer)

    with pytest.raises(MayNotSign) as refused:
        approve(state, contributor)
    assert str(refused.value) == "You worked on this article. Someone who did not must sign it."

    state.refresh_from_db()
    assert state.status == "in_progress"
    assert not SignOff.objects.exists()


def test_an_approval_without_answers_is_refused(article, writer, reviewer):
    state = submit(article, writer)

    with pytest.raises(ValidationError):
        approve(state, reviewer, answers={})

    assert MedicalReviewState.objects.get().status == "in_progress"


@pytest.mark.parametrize("again", ["approve", "reject"])
def test_a_review_ends_once(article, writer, reviewer, again):
    state = submit(article, writer)
    stale = MedicalReviewState.objects.get(pk=state.pk)
    approve(state, reviewer)

    with pytest.raises(PermissionDenied):
        approve(stale, reviewer) if again == "approve" else stale.reject(user=reviewer, comment="Too late")

    assert SignOff.objects.count() == 1
    assert MedicalReviewState.objects.get().status == "approved"


def test_words_that_changed_under_review_are_not_signed(article, writer, reviewer):
    state = submit(article, writer)
    edit(article, title="Changed behind the lock")

    with pytest.raises(MayNotSign):
        approve(MedicalReviewState.objects.get(pk=state.pk), reviewer)

    assert not SignOff.objects.exists()


def test_sending_back_is_mailed_with_the_comment(article, writer, reviewer):
    state = submit(article, writer)

    state.reject(user=reviewer, comment="Say how many people.")

    message = mails("review-sent-back").get()
    assert message.payload["to"] == [writer.email]
    assert "Say how many people." in message.payload["body"]


@pytest.mark.parametrize("comment", ["", "  "])
def test_sending_back_needs_a_word_of_why(article, writer, reviewer, comment):
    state = submit(article, writer)

    with pytest.raises(PermissionDenied):
        state.reject(user=reviewer, comment=comment)


def test_only_reviewers_send_back(article, writer, editor, admin):
    state = submit(article, writer)

    for user in (writer, editor, admin):
        with pytest.raises(PermissionDenied):
            state.reject(user=user, comment="No.")


def test_what_was_sent_back_can_be_mended_and_submitted_again(article, writer, reviewer, on_commit):
    submit(article, writer).reject(user=reviewer, comment="Mend the title.")
    edit(article, writer, title="A mended title")

    page = ArticlePage.objects.get(pk=article.pk)
    page.current_workflow_state.resume(user=writer)
    state = page.current_workflow_state.current_task_state.specific
    with on_commit():
        approve(state, reviewer)

    assert ArticlePage.objects.get(pk=article.pk).title == "A mended title"
    assert ArticlePage.objects.get(pk=article.pk).live


def test_the_editor_and_its_dialogs_offer_no_way_to_approve(article, writer, reviewer, admin):
    task = submit(article, writer).task.specific

    for user in (writer, reviewer, admin):
        assert task.get_actions(article, user) == []


def test_a_reviewer_is_offered_only_what_they_may_sign(article, section, writer):
    reviewer = reviewer_user()
    own = ArticlePageFactory(parent=section, by=reviewer)
    waiting = submit(article, writer)
    submit(own, writer)

    states = waiting.task.specific.get_task_states_user_can_moderate(reviewer)

    assert [state.pk for state in states] == [waiting.pk]


def test_wagtails_own_workflow_mails_stay_away(article, writer, reviewer, on_commit):
    with on_commit():
        approve(submit(article, writer), reviewer)

    assert mail.outbox == []
