"""The review task: countersigning by a medical reviewer who never contributed to the article."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.locks import WorkflowLock
from wagtail.models import AbstractGroupApprovalTask, Page, Revision, TaskState, WorkflowState
from wagtail.models.workflows import BaseTaskStateManager, TaskStateQuerySet

from common.models import AnyUser, User
from research.models.reviews.blind import BlindAnswer, RatingGap
from research.models.reviews.submissions import Submission
from research.models.signoffs import SignOff
from research.newsroom.mails.reviews import (
    announce_dropped,
    announce_lapsed,
    announce_rating_gap,
    announce_send_back,
    announce_signature,
    announce_submission,
    announce_taken_over,
)
from research.publishing import freezing
from research.review import blind, contributions, signing
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

    def in_section(self, section: Page) -> "MedicalReviewStateQuerySet":
        """Reviews of the articles that stand in a section now."""
        articles = Page.objects.child_of(section).values_list("pk", flat=True)
        return self.filter(revision__object_id__in=[str(pk) for pk in articles])


class MedicalReviewState(TaskState):
    """One round of review: which words were submitted, who was asked, what was answered."""

    subject_uuid = models.UUIDField(null=True, db_index=True)
    digest = models.CharField(max_length=64, blank=True)
    submission = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="+")
    assigned_to = models.ForeignKey("common.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Whether two read it, neither seeing what the other says; see ``research.review.blind``.
    two_reviewers = models.BooleanField(default=False)
    second_to = models.ForeignKey("common.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
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
        announce_lapsed(self, [answer.user for answer in self.blind_answers.kept().select_related("user")])
        self._put_before_reviewers(submission)
        return submission

    def follow_section(self) -> None:
        """Let two reviewers read this blind where the section asks for it by now; it never asks for fewer again."""
        if not self.two_reviewers and blind.signatures_needed(self.revision.as_object()) == blind.TWO:
            self.two_reviewers = True
            self.save(update_fields=["two_reviewers"])

    def _follow_section(self, row: "MedicalReviewState") -> None:
        row.follow_section()
        self.two_reviewers = row.two_reviewers  # Wagtail saves the whole row when it ends

    def given_to(self) -> list[User]:
        """Return whom the review was given to: nobody, one, or where two read it two."""
        people = [self.assigned_to, self.second_to if self.two_reviewers else None]
        return [person for person in people if person is not None]

    def in_place_of(self, user: AnyUser | None) -> User | None:
        """Return in whose place a user would sign: somebody's it was given to, while no place is free; else None."""
        people = self.given_to()
        if user in people or len(people) < (blind.TWO if self.two_reviewers else 1):
            return None
        answered = {answer.user_id for answer in blind.answers_to(self)} if self.two_reviewers else set()
        return next((person for person in people if person.pk not in answered), None)

    def _in_their_place(self, user: AnyUser | None, take_over: str, comment: str) -> tuple[User | None, str]:
        """Return in whose place a user answers, and the comment with why.

        Raises:
            MayNotSign: somebody else was given the review, and no word says why.
        """
        given_to = self.in_place_of(user)
        if given_to is None:
            return None, comment
        if not take_over.strip():
            name = given_to.get_full_name() or given_to.get_username()
            raise signing.MayNotSign(
                [gettext("This review was given to %(name)s. Say why you sign in their place.") % {"name": name}]
            )
        return given_to, f"{comment}\nIn place of {given_to}: {take_over}".strip()

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
        ratings: Mapping[str, int | None] | None = None,
    ) -> TaskState:
        """Countersign the words that were frozen and shown, then let the workflow finish.

        Where two reviewers read it blind, nothing is signed before both have answered.

        Args:
            user: who signs.
            update: whether the workflow goes on.
            comment: kept with the signature.
            shown: what the form was shown with.
            answers: by question, as the form has them.
            conflict_statement: the declaration.
            take_over: why somebody else than the one it was given to signs.
            ticks: the keys of the claims that were ticked.
            ratings: where two read it blind, how this reviewer rates the study.

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
        self._follow_section(row)
        given_to, comment = row._in_their_place(user, take_over, comment)
        given = blind.Given(shown, answers or {}, conflict_statement, comment, ticks, ratings or {})
        if row.two_reviewers:
            self._answer_blind(row, user, BlindAnswer.Decision.SIGN, given)
            return self
        line = self._sign(row, user, given)
        if given_to is not None:
            announce_taken_over(row, user, take_over)
        self.answers = line.answers
        self.save(update_fields=["answers"])
        return self._finish_signed(user, update=update, comment=comment)

    def _sign(
        self, row: "MedicalReviewState", user: AnyUser | None, given: blind.Given, now: datetime | None = None
    ) -> SignOff:
        return signing.sign_article(
            row._frozen(),
            user,
            shown=given.shown,
            answers=given.answers,
            conflict_statement=given.conflict_statement,
            ticks=given.ticks,
            comment=given.comment,
            now=now,
        )

    def _finish_signed(self, user: AnyUser | None, *, update: bool = True, comment: str = "") -> TaskState:
        state = super().approve(user=user, update=update, comment=comment)
        blind.show_notes(self)
        announce_signature(self, user)
        return state

    def _answer_blind(self, row: "MedicalReviewState", user: AnyUser | None, decision: str, given: blind.Given) -> None:
        """Keep what one of two answered; once both have, open both and do what follows."""
        blind.take(row, user, decision, given)
        answers = blind.answers_to(row)
        if len(answers) < blind.TWO:
            return
        dropped = blind.drop_who_may_not_sign(row, answers)
        if dropped:
            announce_dropped(row, [answer.user for answer in dropped])
            return
        now = timezone.now()
        blind.open_all(row, answers, now)
        sent_back = [answer for answer in answers if answer.decision == BlindAnswer.Decision.SEND_BACK]
        if sent_back:
            self._go_back(sent_back[-1].user, comment=blind.words_to_the_writer(answers))
            return
        apart = blind.gap_between(answers)
        if apart:
            blind.note_gap(row, apart, now)
            announce_rating_gap(row)
            return
        self._sign_both(row, answers)

    def _sign_both(self, row: "MedicalReviewState", answers: Sequence[BlindAnswer], comment: str = "") -> None:
        """Add both signatures, each with the time at which it was given, and let the workflow finish."""
        submission = row._frozen()
        shown = Shown.of(submission)
        for answer in answers:  # before the first line: a signature narrows what is asked of the next one
            signing.ready_to_sign(
                submission,
                answer.user,
                shown=shown,
                answers=answer.answers,
                conflict_statement=answer.conflict_statement,
                ticks=answer.ticks,
            )
        for answer in answers:
            given = blind.Given(shown, answer.answers, answer.conflict_statement, answer.comment, answer.ticks)
            self._sign(row, answer.user, given, answer.given_at)
        self._finish_signed(answers[-1].user, comment=comment)

    @transaction.atomic
    def decide_gap(self, user: User, decision: str, reason: str) -> None:
        """Do what an editor decides about two ratings that are far apart, and keep why.

        Raises:
            PermissionDenied: this user does not decide it, it is decided, or the article may not be signed any more.
        """
        row = self._open_row()
        blind.decide(row, user, decision, reason)
        answers = blind.answers_to(row)
        if len(answers) < blind.TWO:
            raise PermissionDenied(_("One of the two answers was erased. Another reviewer has to read it."))
        if decision == RatingGap.Decision.STANDS:
            self._sign_both(row, answers, comment=reason)
        else:
            words = "\n\n".join(part for part in [reason.strip(), blind.words_to_the_writer(answers)] if part)
            self._go_back(user, comment=words)

    @transaction.atomic
    def reject(
        self,
        user: AnyUser | None = None,
        update: bool = True,
        comment: str = "",
        *,
        answers: Mapping[str, Any] | None = None,
        conflict_statement: str = "",
        take_over: str = "",
        ticks: Collection[str] = (),
        ratings: Mapping[str, int | None] | None = None,
    ) -> TaskState:
        """Send the article back with a comment; where two read it blind, once both have answered.

        Args:
            user: who sends it back.
            update: whether the workflow goes on.
            comment: what should change.
            answers: by question, as far as they were given; they stand beside the questions of the next round.
            conflict_statement, ticks, ratings: as for ``approve``, as far as they were given.
            take_over: where two read it blind, why somebody else than one of those it was given to takes a place.

        Raises:
            PermissionDenied: this user does not review, says nothing of why, or the review is over.
        """
        signing.refuse_unless_reviewer(user)
        row = self._open_row()
        if not comment.strip():
            raise PermissionDenied(gettext("Say what should change before you send an article back."))
        self._follow_section(row)
        if row.two_reviewers:
            _, comment = row._in_their_place(user, take_over, comment)
            given = blind.Given(blind.NOT_SHOWN, answers or {}, conflict_statement, comment, ticks, ratings or {})
            self._answer_blind(row, user, BlindAnswer.Decision.SEND_BACK, given)
            return self
        self.answers = given_answers(answers or {})
        self.save(update_fields=["answers"])
        return self._go_back(user, update=update, comment=comment)

    def _go_back(self, user: AnyUser | None, *, update: bool = True, comment: str = "") -> TaskState:
        state = super().reject(user=user, update=update, comment=comment)
        blind.show_notes(self)
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
            DoesNotExist: the article was deleted meanwhile.
        """
        _hold(workflow_state)
        submission = freezing.freeze(_latest_revision(workflow_state.content_object), user)
        state = super().start(workflow_state, user=user)
        state.follow_section()
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


def _hold(workflow_state: WorkflowState) -> None:
    """Hold the page that is submitted: who deletes it comes before, or after, and then deletes the review, too."""
    found = Page.objects.filter(pk=workflow_state.object_id).select_for_update(no_key=True)
    if not list(found.values_list("pk")):
        raise Page.DoesNotExist(f"There is no page {workflow_state.object_id}.")


def _latest_revision(page: Page) -> Revision:
    """Return the newest revision; a page that never had one gets it."""
    return page.get_latest_revision() or page.save_revision()
