"""The dashboard: what waits for this person, what goes live next, and what went wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.components import Component
from wagtail.admin.views.home import RecentEditsPanel
from wagtail.models import WorkflowState

from common.models import User
from common.words import Words
from research.admin.desk.starting import sections_for
from research.admin.titles import WITHHELD_TITLE, withheld_from
from research.models.explainers import Explainer, NoticeWording
from research.models.pages import ArticlePage
from research.models.people import Person
from research.models.releases import Release
from research.models.reports import ReaderReport
from research.models.texts import PublishedText
from research.models.watch import SourceTask
from research.models.workflow import MedicalReviewState
from research.newsroom.permissions import (
    EDITORS,
    MEDICAL_REVIEWERS,
    WRITERS,
    can_import_studies,
    can_reassign_reviews,
    can_take_down,
    is_editor,
)
from research.newsroom.times import zoned
from research.record import signature_queue
from research.record.late import late_go_lives
from research.review import blind, contributions, signing

MOST_ROWS = 6
ROLES = (WRITERS, MEDICAL_REVIEWERS, EDITORS)


@dataclass(frozen=True)
class Row:
    """One line: what it is about, where it leads, and what to know of it."""

    title: str
    url: str
    words: str = ""
    since: Any = None


class NewsroomPanel(Component):
    """A list on the dashboard. It is not there for whom it cannot concern."""

    template_name = "research/admin/dashboard_panel.html"
    name = ""
    heading: Words = ""
    empty_words: Words = ""
    more: tuple[str, str] | None = None

    def __init__(self, user: User, order: int) -> None:
        self.user, self.order = user, order

    def is_for_user(self) -> bool:
        """True for those whom this list concerns."""
        return True

    def rows(self) -> Iterable[Row]:
        """Return the lines, the most pressing first."""
        raise NotImplementedError

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        """Add the lines; one more than fits is asked for, to know whether there are more."""
        return {
            "name": self.name,
            "heading": self.heading,
            "rows": list(self.rows()),
            "empty_words": self.empty_words,
            "more": self.more,
        }

    def render_html(self, parent_context: Any = None) -> str:
        """Print the list; a list without lines and without words for that is left out."""
        context = self.get_context_data(parent_context)
        if not context["rows"] and not self.empty_words:
            return ""
        return get_template(self.template_name).render(context)


class StartPanel(NewsroomPanel):
    """Where an article begins: from a study, by identifier or file, or from nothing."""

    name = "start"
    template_name = "research/admin/start_panel.html"

    def is_for_user(self) -> bool:
        """Those who may write in a section."""
        self.sections = sections_for(self.user)
        return bool(self.sections)

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        """Add the sections, and whether studies may be brought in too."""
        return {
            "name": self.name,
            "sections": self.sections,
            "may_import": can_import_studies(self.user),
            "csrf_token": get_token(parent_context["request"]),
        }

    def render_html(self, parent_context: Any = None) -> str:
        """Print the box."""
        return Component.render_html(self, parent_context)


class FirstStepsPanel(NewsroomPanel):
    """What a new newsroom needs before its first article can be public; gone once all of it is done."""

    name = "first-steps"
    heading = _("First steps")

    def is_for_user(self) -> bool:
        """Those who run the newsroom."""
        return is_editor(self.user)

    def rows(self) -> Iterable[Row]:
        """Return what is still to do, in the order in which it is done."""
        steps = (
            (
                not Person.objects.filter(user__groups__role__key=MEDICAL_REVIEWERS).exclude(credentials="").exists(),
                gettext("Invite a medical reviewer"),
                reverse("wagtailusers_users:add"),
                gettext(
                    "Without one nothing can be public: an account among Medical reviewers, with credentials on record."
                ),
            ),
            (
                User.objects.filter(is_active=True, groups__role__key__in=ROLES, person__isnull=True).exists(),
                gettext("Link accounts to people"),
                reverse("research_person_modeladmin_index"),
                gettext("Readers see the person: name, credentials, picture."),
            ),
            (
                _has_unsigned(NoticeWording),
                gettext("Sign the wordings of urgent notices"),
                reverse("research_noticewording_modeladmin_index"),
                gettext("They serve when minutes count; a reviewer countersigns each."),
            ),
            (
                not Explainer.objects.exists(),
                gettext("Write the explainer"),
                reverse("research_explainer_modeladmin_index"),
                gettext("It stands at the end of every article and says what one study can and cannot show."),
            ),
        )
        return [Row(title, url, words) for is_open, title, url, words in steps if is_open]


def _has_unsigned(model: type[NoticeWording]) -> bool:
    signed = PublishedText.objects.filter(subject_uuid=OuterRef("subject_uuid"))
    return model.objects.filter(~Exists(signed)).exists()


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

    def rows(self) -> Iterable[Row]:
        """Return the open reviews, those given to this person first, then the oldest."""
        states = self._open()
        states.sort(key=lambda state: self.user not in state.given_to())
        for state in states[:MOST_ROWS]:
            yield Row(
                state.revision.object_str,
                reverse("research_review", args=[state.pk]),
                gettext("%(whose)s, submitted by %(name)s")
                % {"whose": _whose(state, self.user), "name": _name(state.workflow_state.requested_by)},
                state.started_at,
            )
        touched = set(contributions.subjects_touched_by(self.user)) if self.is_reviewer else set()
        waiting = [text for text in signature_queue.texts_waiting() if text.subject_uuid not in touched]
        for text in waiting[:MOST_ROWS]:
            address = reverse("research_sign_text", args=[text.subject_type, text.pk])
            yield Row(
                str(text),
                address,
                gettext("%(verbose_name)s: its words wait for a signature")
                % {"verbose_name": str(text._meta.verbose_name).capitalize()},
            )

    def _open(self) -> list[MedicalReviewState]:
        states = list(
            MedicalReviewState.objects.open()
            .select_related("revision", "workflow_state__requested_by", "assigned_to", "second_to")
            .order_by("started_at")
        )
        if not self.is_reviewer or not states:
            return states
        touched = ArticlePage.objects.filter(subject_uuid__in=contributions.subjects_touched_by(self.user))
        own = {str(pk) for pk in touched.values_list("pk", flat=True)}
        return [state for state in states if state.revision.object_id not in own]


class SentBackPanel(NewsroomPanel):
    """What this person submitted and got back with comments."""

    name = "sent-back"
    heading = _("Sent back to you")

    def rows(self) -> Iterable[Row]:
        """Return the articles with the reviewer's words, the latest first."""
        states = (
            WorkflowState.objects.filter(status=WorkflowState.STATUS_NEEDS_CHANGES, requested_by=self.user)
            .select_related("current_task_state__revision")
            .order_by("-current_task_state__finished_at")
        )
        for state in states[:MOST_ROWS]:
            task_state = state.current_task_state
            yield Row(
                task_state.revision.object_str,
                reverse("wagtailadmin_pages:edit", args=[state.object_id]),
                task_state.comment,
                task_state.finished_at,
            )


class GoingLivePanel(NewsroomPanel):
    """What is on the ledger, soonest first."""

    name = "going-live"
    heading = _("Going live next")
    empty_words = _("Nothing is scheduled.")

    def is_for_user(self) -> bool:
        """Those who may see the ledger."""
        return self.user.has_perm("research.view_release")

    def rows(self) -> Iterable[Row]:
        """Return the planned releases with their times."""
        states = (Release.State.PLANNED, Release.State.DUE, Release.State.CLAIMED)
        releases = Release.objects.filter(kind=Release.Kind.PUBLISH, state__in=states)
        withheld = withheld_from(self.user)
        for release in _with_titles(releases).order_by("due_at")[:MOST_ROWS]:
            due = str(zoned(release.due_at))
            if release.article_id in withheld:
                yield Row(WITHHELD_TITLE, reverse("research_board"), due)
            else:
                yield Row(_title(release), _edit(release), due)


class StuckReleasesPanel(NewsroomPanel):
    """What was due and is not public, for editors."""

    name = "stuck-releases"
    heading = _("Held or failed releases")

    def is_for_user(self) -> bool:
        """Editors decide what becomes of them."""
        return can_reassign_reviews(self.user)

    def rows(self) -> Iterable[Row]:
        """Return the releases that no later one replaced, the oldest first."""
        for release in _with_titles(Release.objects.stuck().unreplaced()).order_by("due_at")[:MOST_ROWS]:
            yield Row(
                _title(release),
                _edit(release),
                gettext("%(state)s, was due %(due_at)s. %(reason)s")
                % {"state": release.get_state_display(), "due_at": zoned(release.due_at), "reason": release.reason},
            )


class LateGoLivePanel(NewsroomPanel):
    """What was to go live and nobody signed, for editors and for its writer."""

    name = "late-go-lives"
    heading = _("Late: not countersigned")

    def rows(self) -> Iterable[Row]:
        """Return the articles, the longest late first."""
        runs_it = is_editor(self.user)
        late = [one for one in late_go_lives(timezone.now()) if runs_it or one.article.owner_id == self.user.pk]
        for one in late[:MOST_ROWS]:
            yield Row(
                one.article.draft_title or one.article.title,
                reverse("research_plan" if runs_it else "wagtailadmin_pages:edit", args=[one.article.pk]),
                gettext("Was to go live on %(time)s. Set another time, or none.") % {"time": zoned(one.due_at)}
                if runs_it
                else gettext("Was to go live on %(time)s. It goes live as soon as it is signed.")
                % {"time": zoned(one.due_at)},
            )


class AfterNoticePanel(NewsroomPanel):
    """Articles whose study was retracted, or is in doubt, for editors to decide about."""

    name = "after-notice"
    heading = _("A study changed: decide")

    def is_for_user(self) -> bool:
        """Editors decide."""
        self.more = (gettext("All decisions"), reverse("research_source_tasks"))
        return can_take_down(self.user)

    def rows(self) -> Iterable[Row]:
        """Return the tasks that nobody has decided, the newest first."""
        waiting = SourceTask.objects.filter(decision="").select_related("notice", "article")
        for task in waiting[:MOST_ROWS]:
            yield Row(
                task.article.draft_title or task.article.title,
                reverse("research_source_task", args=[task.pk]),
                gettext("%(kind)s: withdraw, rewrite or keep with the notice")
                % {"kind": task.notice.get_kind_display()},
                task.created_at,
            )


class ReaderReportsPanel(NewsroomPanel):
    """What readers reported and nobody has decided, for editors."""

    name = "reader-reports"
    heading = _("Readers report")

    def is_for_user(self) -> bool:
        """Editors decide."""
        self.more = (gettext("All reports"), reverse("research_readerreport_modeladmin_index"))
        return is_editor(self.user)

    def rows(self) -> Iterable[Row]:
        """Return the open reports: this person's first, then the oldest."""
        waiting = ReaderReport.objects.open().select_related("article", "owner").order_by("created_at")
        reports = sorted(waiting[: MOST_ROWS * 4], key=lambda report: report.owner_id != self.user.pk)
        for report in reports[:MOST_ROWS]:
            yield Row(
                report.article.draft_title or report.article.title,
                reverse("research_readerreport_modeladmin_edit", args=[report.pk]),
                f"{report.get_kind_display()}. {_with(report.owner)}",
                report.created_at,
            )


PANELS = (
    StartPanel,
    FirstStepsPanel,
    AfterNoticePanel,
    ReaderReportsPanel,
    SentBackPanel,
    ReviewsWaitingPanel,
    LateGoLivePanel,
    StuckReleasesPanel,
    GoingLivePanel,
)


def arrange(user: User, panels: list[Any]) -> None:
    """Put the newsroom's lists on the dashboard; of Wagtail's own, keep the recent edits."""
    ours = [panel(user, order) for order, panel in enumerate(PANELS, 1)]
    panels[:] = [
        *(panel for panel in ours if panel.is_for_user()),
        *(panel for panel in panels if isinstance(panel, RecentEditsPanel)),
    ]


def _with_titles(releases: QuerySet[Release]) -> QuerySet[Release]:
    return releases.select_related("article").only(
        "pk", "kind", "state", "due_at", "reason", "article__draft_title", "article__title"
    )


def _title(release: Release) -> str:
    return release.article.draft_title or release.article.title


def _edit(release: Release) -> str:
    return reverse("wagtailadmin_pages:edit", args=[release.article_id])


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
    return gettext("For %(name)s") % {"name": get_text_list([_name(person) for person in people], gettext("and"))}


def _with(owner: User | None) -> str:
    return gettext("With %(name)s") % {"name": _name(owner)} if owner else gettext("With nobody yet")


def _name(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else gettext("a removed account")
