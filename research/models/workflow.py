"""The review task: countersigning by a medical reviewer who never contributed to the article."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from wagtail.models import AbstractGroupApprovalTask, TaskState
from wagtail.models.workflows import BaseTaskStateManager, TaskStateQuerySet

from research.newsroom.mails import announce_send_back, announce_signature, announce_submission
from research.review import contributions, signing
from research.review.lock import ReviewLock


class MedicalReviewStateQuerySet(TaskStateQuerySet):
    def open(self) -> "MedicalReviewStateQuerySet":
        """Reviews that nobody has decided yet."""
        return self.filter(status=TaskState.STATUS_IN_PROGRESS)


class MedicalReviewState(TaskState):
    """One round of review: which words were submitted, who was asked, what was answered."""

    subject_uuid = models.UUIDField(null=True, db_index=True)
    digest = models.CharField(max_length=64, blank=True)
    assigned_to = models.ForeignKey("common.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answers: models.JSONField = models.JSONField(default=list)

    objects = BaseTaskStateManager.from_queryset(MedicalReviewStateQuerySet)()

    @transaction.atomic
    def approve(
        self,
        user=None,
        update: bool = True,
        comment: str = "",
        answers: dict[str, Any] | None = None,
        conflict_statement: str = "",
    ):
        """Countersign the submitted words, then let the workflow finish.

        Raises:
            PermissionDenied: this user may not sign these words, or the review is over.
            ValidationError: an item of the form has no complete answer.
        """
        row = self._open_row()
        line = signing.sign_article(
            self.revision,
            user,
            submitted_digest=row.digest,
            answers=answers or {},
            conflict_statement=conflict_statement,
            comment=comment,
        )
        self.answers = line.answers
        self.save(update_fields=["answers"])
        state = super().approve(user=user, update=update, comment=comment)
        announce_signature(self, user)
        return state

    @transaction.atomic
    def reject(self, user=None, update: bool = True, comment: str = ""):
        """Send the article back with a comment.

        Raises:
            PermissionDenied: this user does not review, says nothing of why, or the review is over.
        """
        signing.refuse_unless_reviewer(user)
        self._open_row()
        if not comment.strip():
            raise PermissionDenied("Say what should change before you send an article back.")
        state = super().reject(user=user, update=update, comment=comment)
        announce_send_back(self, user)
        return state

    def _open_row(self) -> "MedicalReviewState":
        """Return the row as it is now, locked: of two who decide at once, the first one does."""
        row = MedicalReviewState.objects.select_for_update().get(pk=self.pk)
        if row.status != self.STATUS_IN_PROGRESS:
            raise PermissionDenied("This review is already over.")
        return row


class MedicalReviewTask(AbstractGroupApprovalTask):
    """The step in which the words of an article are countersigned."""

    task_state_class = MedicalReviewState
    lock_class = ReviewLock

    class Meta:
        verbose_name = "medical review task"
        verbose_name_plural = "medical review tasks"

    def start(self, workflow_state, user=None):
        """Start a review of the latest revision; incomplete articles are refused.

        Raises:
            PermissionDenied: parts are missing; the message lists them.
        """
        page = workflow_state.content_object.get_latest_revision_as_object()
        content = signing.content_to_sign(page)
        state = super().start(workflow_state, user=user)
        state.subject_uuid, state.digest = page.subject_uuid, content.digest
        state.save(update_fields=["subject_uuid", "digest"])
        announce_submission(state, user)
        return state

    def user_can_access_editor(self, obj, user) -> bool:
        """Reviewers read the article on a screen of their own; the editor is for writers."""
        return self._user_in_groups(user)

    def locked_for_user(self, obj, user) -> bool:
        """Nobody edits what is being read for signature."""
        return True

    def user_can_lock(self, obj, user) -> bool:
        """The review is the lock."""
        return False

    def get_actions(self, obj, user):
        """Offer nothing in the editor and its dialogs: the review screen is the one place to sign."""
        return []

    def get_task_states_user_can_moderate(self, user, **kwargs):
        """Reviews waiting for this user, without those they may not sign."""
        if not self._user_in_groups(user):
            return TaskState.objects.none()
        own = MedicalReviewState.objects.open().filter(subject_uuid__in=contributions.subjects_touched_by(user))
        return self.task_states.filter(status=TaskState.STATUS_IN_PROGRESS).exclude(pk__in=own.values("pk"))

    @classmethod
    def get_description(cls) -> str:
        """Say what the step is for."""
        return "A medical reviewer who did not work on the article countersigns its words"
