"""From facts to what stands on the board: the lane, the marks, and what this viewer may know and do."""

from datetime import datetime

from django.utils.translation import gettext
from wagtail.models import WorkflowState

from research.admin.board.access import Viewer
from research.admin.board.marks import Item, Lane, Mark, MarkKind
from research.admin.board.queries import Facts, Span, load_facts
from research.admin.titles import WITHHELD_TITLE, withheld_from
from research.models.releases import Release
from research.newsroom.times import today
from research.record.late import is_late


def load_items(viewer: Viewer, span: Span, now: datetime) -> list[Item]:
    """Return the articles on the board, by title."""
    withheld = withheld_from(viewer.user, now=now)
    return [_item(facts, viewer, now, withheld=facts.page.pk in withheld) for facts in load_facts(viewer, span, now)]


def _item(facts: Facts, viewer: Viewer, now: datetime, *, withheld: bool) -> Item:
    lane = lane_of(facts)
    is_ahead = _is_ahead(facts.release, now)
    may_edit = viewer.may_edit(facts.page) and not withheld
    may_move = viewer.is_editor and may_edit if is_ahead else may_edit
    if facts.release is not None and (
        facts.release.state == Release.State.CLAIMED or (is_ahead and facts.release.bundle_id)
    ):
        may_move = False
    return Item(
        page_id=facts.page.pk,
        uid=str(facts.page.subject_uuid),
        title=WITHHELD_TITLE if withheld else facts.draft.title,
        lane=lane,
        marks=sorted(_marks(facts, is_ahead, may_move, now), key=lambda mark: mark.order),
        note="" if withheld else _note(facts, lane),
        people={} if withheld else facts.people,
        topics={} if withheld else facts.topics,
        planned_for=facts.draft.planned_for,
        go_live_at=facts.release.due_at if facts.release and is_ahead else None,
        is_update=facts.page.live and lane != Lane.LIVE,
        is_withheld=withheld,
        late_since=facts.draft.go_live_at if _is_late(facts, now) else _stuck_since(facts.release),
        is_mine=facts.is_mine,
        may_move=may_move,
    )


def lane_of(facts: Facts) -> Lane:
    """Return where an article is: what somebody has to do next decides."""
    if facts.workflow is not None:
        sent_back = facts.workflow.status == WorkflowState.STATUS_NEEDS_CHANGES
        return Lane.SENT_BACK if sent_back else Lane.IN_REVIEW
    if facts.release is not None:
        return Lane.HELD if facts.release.is_stuck else Lane.SCHEDULED
    if facts.page.live and not facts.page.has_unpublished_changes:
        return Lane.LIVE
    return Lane.DRAFTING if facts.draft.study_id else Lane.IDEA


def _stuck_since(release: Release | None) -> datetime | None:
    return release.due_at if release is not None and release.is_stuck else None


def _is_ahead(release: Release | None, now: datetime) -> bool:
    """True for an approved go-live that is still to come."""
    return release is not None and not release.is_stuck and release.due_at > now


def _marks(facts: Facts, is_ahead: bool, may_move: bool, now: datetime) -> list[Mark]:
    draft, release, published = facts.draft, facts.release, facts.published
    marks = []
    if draft.planned_for and not (facts.page.live and not facts.page.has_unpublished_changes):
        late = draft.planned_for < today(now)
        marks.append(Mark(MarkKind.PLANNED, draft.planned_for, moves=may_move and not is_ahead, past=late))
    if release is not None:
        if is_ahead:
            marks.append(Mark.at_moment(MarkKind.GO_LIVE, release.due_at, moves=may_move))
        else:
            marks.append(Mark.at_moment(MarkKind.DUE, release.due_at, words=_late_words(release)))
    elif draft.go_live_at and (draft.go_live_at > now or _is_late(facts, now)):
        words = "" if draft.go_live_at > now else gettext("Late, not signed")
        marks.append(Mark.at_moment(MarkKind.DUE, draft.go_live_at, words=words))
    if facts.embargo:
        over = facts.embargo <= now
        words = gettext("Embargo ended") if over else ""
        marks.append(Mark.at_moment(MarkKind.EMBARGO, facts.embargo, past=over, words=words))
    if published is not None:
        marks.append(Mark.at_moment(MarkKind.GO_LIVE, published.published_at, past=True, words=gettext("Went live")))
        overdue = published.review_due_at <= now
        marks.append(
            Mark.at_moment(
                MarkKind.REVIEW, published.review_due_at, words=gettext("Re-review overdue") if overdue else ""
            )
        )
    return marks


def _is_late(facts: Facts, now: datetime) -> bool:
    """True for what was to go live, and went without a signature; what is on the ledger is late there."""
    time, on_the_way = facts.draft.go_live_at, not facts.page.live or facts.page.has_unpublished_changes
    public_since = facts.published.updated_at if facts.published else None
    return bool(time and facts.release is None and on_the_way and is_late(time, public_since, now))


def _late_words(release: Release) -> str:
    if release.state == Release.State.HELD:
        return gettext("Due, held")
    return gettext("Due, failed") if release.state == Release.State.FAILED else gettext("Due now")


def _note(facts: Facts, lane: Lane) -> str:
    if lane == Lane.HELD and facts.release is not None:
        return facts.release.reason
    if facts.release is not None and facts.release.bundle is not None:
        return gettext("Goes out with the bundle “%(bundle)s”") % {"bundle": facts.release.bundle}
    if lane == Lane.SENT_BACK and facts.workflow is not None and facts.workflow.current_task_state:
        return facts.workflow.current_task_state.comment
    return ""
