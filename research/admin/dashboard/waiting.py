"""What waits: reviews and texts for a signature, and for its writer what came back."""

from collections.abc import Iterable, Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import WorkflowState

from common.models import User
from research.admin.dashboard.panels import MOST_ROWS, Asked, NewsroomPanel, Row, name_of
from research.models.pages import ArticlePage
from research.models.signoffs import Contribution
from research.models.workflow import MedicalReviewState
from research.newsroom.permissions import can_reassign_reviews
from research.record import signature_queue
from research.review import blind, contributions, signing


class ReviewsWaitingPanel(NewsroomPanel):
    """Articles that this reviewer may sign; for editors, all that are under review."""

    name = "reviews-waiting"
    heading = _("Reviews waiting")
    empty_words = _("Nothing waits for a signature.")

    def is_for_user(self) -> bool:
        """Reviewers and editors."""
        self.is_reviewer = signing.is_reviewer(self.user)
        self.more = (gettext("All reviews"), reverse("research_reviews"))
        return self.is_reviewer or can_reassign_reviews(self.user)

    def asks(self) -> Asked:
        """Read the open reviews, and ask what was answered about them, who holds them, and which texts wait."""
        states = MedicalReviewState.objects.open().select_related(
            "revision", "workflow_state__requested_by", "assigned_to", "second_to"
        )
        self.states = list(states.order_by("started_at"))
        under_review = [int(state.revision.object_id) for state in self.states if self.is_reviewer]
        touched = Contribution.objects.filter(user_id=self.user.pk).values("subject_uuid")
        return {
            **blind.answers_to_each(self.states),
            **signature_queue.holders_of(self.states, timezone.localdate()),
            **signature_queue.texts_asked(),
            "own": ArticlePage.objects.filter(pk__in=under_review, subject_uuid__in=touched).values("pk"),
        }

    def rows(self) -> Iterable[Row]:
        """Return the open reviews, those given to this person first, then the oldest; then the texts."""
        blind.know_answers(self.states, self.read)
        signature_queue.know_holders(self.states, timezone.localdate(), self.read)
        own = {str(row["pk"]) for row in self.read["own"]}
        states = [state for state in self.states if state.revision.object_id not in own]
        states.sort(key=lambda state: self.user not in state.given_to())
        for state in states[:MOST_ROWS]:
            yield Row(
                state.revision.object_str,
                reverse("research_review", args=[state.pk]),
                gettext("%(whose)s, submitted by %(name)s")
                % {"whose": _whose(state, self.user), "name": name_of(state.workflow_state.requested_by)},
                state.started_at,
            )
        yield from self._texts()

    def _texts(self) -> Iterator[Row]:
        texts = signature_queue.texts_waiting(self.read)
        subjects = {text.subject_uuid for text in texts}
        touched = contributions.latest_times(self.user, subjects) if self.is_reviewer else {}
        waiting = [text for text in texts if text.subject_uuid not in touched]
        for text in waiting[:MOST_ROWS]:
            yield Row(
                str(text),
                reverse("research_sign_text", args=[text.subject_type, text.pk]),
                gettext("%(verbose_name)s: its words wait for a signature")
                % {"verbose_name": str(text._meta.verbose_name).capitalize()},
            )


class SentBackPanel(NewsroomPanel):
    """What this person submitted and got back with comments."""

    name = "sent-back"
    heading = _("Sent back to you")

    def asks(self) -> Asked:
        """Ask for what came back, the latest first."""
        back = WorkflowState.objects.filter(status=WorkflowState.STATUS_NEEDS_CHANGES, requested_by=self.user)
        task = "current_task_state__"
        columns = ("object_id", f"{task}revision__object_str", f"{task}comment", f"{task}finished_at")
        return {"sent back": back.order_by(f"-{task}finished_at").values(*columns)[:MOST_ROWS]}

    def rows(self) -> Iterable[Row]:
        """Return the articles with the reviewer's words, the latest first."""
        for row in self.read["sent back"]:
            yield Row(
                row["current_task_state__revision__object_str"],
                reverse("wagtailadmin_pages:edit", args=[row["object_id"]]),
                row["current_task_state__comment"],
                row["current_task_state__finished_at"],
            )


def _whose(state: MedicalReviewState, user: User) -> str:
    if state.two_reviewers and blind.open_gap(state) is not None:
        return gettext("Two reviewers’ ratings are far apart: an editor decides")
    if state.two_reviewers and blind.has_answered(state, user):
        return gettext("You have answered; the other reviewer has not")
    if user in state.given_to():
        whose = gettext("For you")
    else:
        whose = signature_queue.why_unheld(state, timezone.localdate()) or _for(state)
    if not state.due_on:
        return whose
    return gettext("%(whose)s, by %(day)s") % {
        "whose": whose,
        "day": date_format(state.due_on, gettext("j F")),
    }


def _for(state: MedicalReviewState) -> str:
    people = state.given_to()
    if not people:
        return gettext("For two reviewers")
    return gettext("For %(name)s") % {"name": get_text_list([name_of(person) for person in people], gettext("and"))}
