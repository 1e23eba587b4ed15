"""The review task: countersigning by a medical reviewer who never contributed to the article."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.locks import WorkflowLock
from wagtail.models import AbstractGroupApprovalTask, Page, Revision, TaskState, WorkflowState
from wagtail.models.workflows import BaseTaskStateManager, TaskStateQuerySet

from common.models import AnyUser, User
from research.models.signoffs import Submission
from research.newsroom.mails import announce_send_back, announce_signature, announce_submission, announce_taken_over
from research.publishing import freezing
from research.review import contributions, signing
from research.review.frozen import Shown
from research.review.questions import given_answers


class ReviewLock(WorkflowLock):
    """Nobody edits what is being read for signature; who submitted it can take it back."""

    def get_message(self, user: AnyUser) -> str:
        """Return what the bar above the editor says."""
        words = gettext("This article is under medical review: nobody changes it until it is signed or sent back.")
        if self._can_withdraw(user):
            words += gettext(" To go on writing, choose “Withdraw from review” in the menu below.")
        return words

    def get_locked_by(self, user: AnyUser, can_lock: bool = False) -> str:
        """Return what holds the lock."""
        return gettext("Locked by the review")

    def get_description(self, user: AnyUser, can_lock: bool = False) -> str:
        """Return what the lock means."""
        return gettext("Nobody changes an article while a reviewer reads it")

    def _can_withdraw(self, user: AnyUser) -> bool:
        state = self.object.current_workflow_state
        return bool(state and state.user_can_cancel(user))


class MedicalReviewStateQuerySet(TaskStateQuerySet):
    def open(self) -> "MedicalReviewStateQuerySet":
        """Reviews that nobody has decided yet."""
        return self.filter(status=TaskState.STATUS_IN_PROGRESS)


class MedicalReviewState(TaskState):
    """One round of review: which words were submitted, who was asked, what was answered."""

    subject_uuid = models.UUIDField(null=True, db_index=True)
    digest = models.CharField(max_length=64, blank=True)
    submission = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="+")
    assigned_to = models.ForeignKey("common.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    answers: models.JSONField = models.JSONField(default=list)

    objects = BaseTaskStateManager.from_queryset(MedicalReviewStateQuerySet)()

    @transaction.atomic
    def take_new_version(self, user: AnyUser) -> Submission:
        """Freeze the article as it stands now and put that before the reviewers instead.

        Raises:
            PermissionDenied: the review is over, or the article is not complete.
        """
        revision = Revision.objects.get(pk=self._open_row().revision_id)
        revision = revision.as_object().get_latest_revision() or revision
        submission = freezing.freeze(revision, user)
        self.revision = revision
        self._put_before_reviewers(submission)
        return submission

    def _put_before_reviewers(self, submission: Submission) -> None:
        self.submission = submission
        self.subject_uuid, self.digest = submission.subject_uuid, submission.digest
        self.save(update_fields=["submission", "subject_uuid", "digest", "revision"])

    def _frozen(self) -> Submission:
        """Return the version that is under review.

        Raises:
            PermissionDenied: there is none.
        """
        if self.submission is None:
            raise PermissionDenied(
                gettext("Nothing was submitted in this review. Ask for the article to be sent again.")
            )
        return self.submission

    @transaction.atomic
    def approve(
        self,
        user: AnyUser | None = None,
        update: bool = True,
        comment: str = "",
        *,
        shown: Shown | None = None,
        answers: Mapping[str, Any] | None = None,
        conflict_statement: str = "",
        take_over: str = "",
        ticks: Collection[str] = (),
    ) -> TaskState:
        """Countersign the words that were frozen and shown, then let the workflow finish.

        Args:
            user: who signs.
            update: whether the workflow goes on.
            comment: kept with the signature.
            shown: what the form was shown with.
            answers: by question, as the form has them.
            conflict_statement: the declaration.
            take_over: why somebody else than the one it was given to signs.
            ticks: the keys of the claims that were ticked.

        Raises:
            PermissionDenied: this user may not sign these words, they are not the ones that were shown, or the
                review is over.
            ValidationError: an item of the form has no complete answer, or a claim that must be ticked is not.
        """
        row = self._open_row()
        if shown is None:
            raise signing.MayNotSign(
                [gettext("An article is countersigned on its review screen, where its words are read.")]
            )
        given_to = row.assigned_to if row.assigned_to != user else None
        if given_to is not None and not take_over.strip():
            name = given_to.get_full_name() or given_to.get_username()
            raise signing.MayNotSign(
                [gettext("This review was given to %(name)s. Say why you sign in their place.") % {"name": name}]
            )
        line = signing.sign_article(
            row._frozen(),
            user,
            shown=shown,
            answers=answers or {},
            conflict_statement=conflict_statement,
            ticks=ticks,
            comment=f"{comment}\nSigned in place of {given_to}: {take_over}".strip() if given_to else comment,
        )
        if given_to is not None:
            announce_taken_over(row, user, take_over)
        self.answers = line.answers
        self.save(update_fields=["answers"])
        state = super().approve(user=user, update=update, comment=comment)
        announce_signature(self, user)
        return state

    @transaction.atomic
    def reject(
        self,
        user: AnyUser | None = None,
        update: bool = True,
        comment: str = "",
        *,
        answers: Mapping[str, Any] | None = None,
    ) -> TaskState:
        """Send the article back with a comment.

        Args:
            user: who sends it back.
            update: whether the workflow goes on.
            comment: what should change.
            answers: by question, as far as they were given; they stand beside the questions of the next round.

        Raises:
            PermissionDenied: this user does not review, says nothing of why, or the review is over.
        """
        signing.refuse_unless_reviewer(user)
        self._open_row()
        if not comment.strip():
            raise PermissionDenied(gettext("Say what should change before you send an article back."))
        self.answers = given_answers(answers or {})
        self.save(update_fields=["answers"])
        state = super().reject(user=user, update=update, comment=comment)
        announce_send_back(self, user)
        return state

    def _open_row(self) -> "MedicalReviewState":
        """Return the row as it is now, locked: of two who decide at once, the first one does."""
        row = MedicalReviewState.objects.select_for_update().get(pk=self.pk)
        if row.status != self.STATUS_IN_PROGRESS:
            raise PermissionDenied(gettext("This review is already over."))
        return row


class MedicalReviewTask(AbstractGroupApprovalTask):
    """The step in which the words of an article are countersigned."""

    task_state_class = MedicalReviewState
    lock_class = ReviewLock

    class Meta:
        verbose_name = _("medical review task")
        verbose_name_plural = _("medical review tasks")

    def start(self, workflow_state: WorkflowState, user: AnyUser | None = None) -> MedicalReviewState:
        """Start a review of the latest revision, frozen as it is now; incomplete articles are refused.

        Raises:
            PermissionDenied: parts are missing; the message lists them.
        """
        submission = freezing.freeze(_latest_revision(workflow_state.content_object), user)
        state = super().start(workflow_state, user=user)
        state._put_before_reviewers(submission)
        announce_submission(state, user)
        return state

    def user_can_access_editor(self, obj: Page, user: AnyUser) -> bool:
        """Reviewers read the article on a screen of their own; the editor is for writers."""
        return self._user_in_groups(user)

    def locked_for_user(self, obj: Page, user: AnyUser) -> bool:
        """Nobody edits what is being read for signature."""
        return True

    def user_can_lock(self, obj: Page, user: AnyUser) -> bool:
        """The review is the lock."""
        return False

    def get_actions(self, obj: Page, user: AnyUser) -> list[tuple[str, str, bool]]:
        """Offer nothing in the editor and its dialogs: the review screen is the one place to sign."""
        return []

    def get_task_states_user_can_moderate(self, user: User, **kwargs: Any) -> models.QuerySet[TaskState]:
        """Reviews waiting for this user, without those they may not sign."""
        if not self._user_in_groups(user):
            return TaskState.objects.none()
        own = MedicalReviewState.objects.open().filter(subject_uuid__in=contributions.subjects_touched_by(user))
        return self.task_states.filter(status=TaskState.STATUS_IN_PROGRESS).exclude(pk__in=own.values("pk"))

    @classmethod
    def get_description(cls) -> str:
        """Say what the step is for."""
        return gettext("A medical reviewer who did not work on the article countersigns its words")


def _latest_revision(page: Page) -> Revision:
    """Return the newest revision; a page that never had one gets it."""
    return page.get_latest_revision() or page.save_revision()
