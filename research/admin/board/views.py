"""The board's screens: month, week, lanes; moving a card; confirming a new go-live time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import signed_in
from common.rights import demand
from common.way_back import way_back
from research.admin.board import calendar, moving, rescheduling
from research.admin.board.access import Viewer, may_see_board
from research.admin.board.bundles import load_bundles
from research.admin.board.forms import FilterForm, MoveForm, RescheduleForm
from research.admin.board.items import load_items
from research.admin.board.marks import MarkKind
from research.admin.board.next_views import on_the_board
from research.admin.board.queries import Span, leaves_live_out
from research.admin.frame import crumbs
from research.editor.clock import EARLIEST, FAR_WORDS, LATEST, is_in_reach
from research.models.pages import ArticlePage
from research.models.releases import Release
from research.newsroom.times import board_zone_words, same_time_on, start_of, today, week_of, zoned
from research.review.guard import NotPermitted

VIEWS = {"month": _("Month"), "week": _("Week"), "list": _("List")}
RECENT, LIST_AHEAD = timedelta(days=30), timedelta(days=90)
#: Of what went live, what is due for re-review and what is overdue, each: the rest is in the reports.
MOST_LIVE = 60


@dataclass(frozen=True)
class Page:
    """One page of the board: the days on view, its heading, and the ways to the ones beside it."""

    view: str
    day: date
    days: list[list[date]]
    heading: str
    before: date | None = None
    after: date | None = None

    @classmethod
    def of(cls, view: str, day: date) -> "Page":
        """Return the page of a view that shows a day."""
        if view == "month":
            weeks = calendar.weeks_of_month(day)
            first = day.replace(day=1)
            after = (first + timedelta(days=31)).replace(day=1)
            before = (first - timedelta(days=1)).replace(day=1)
            return cls(view, day, weeks, date_format(day, "F Y"), before, after)
        if view == "week":
            week = week_of(day)
            heading = gettext("%(week)s to %(week_2)s") % {
                "week": date_format(week[0], "j F"),
                "week_2": date_format(week[-1]),
            }
            return cls(view, day, [week], heading, day - timedelta(days=7), day + timedelta(days=7))
        return cls(view, day, [], gettext("From idea to live"))

    def span(self, now: datetime) -> Span:
        """Return the moments on view."""
        if not self.days:
            return Span(now - RECENT, now + LIST_AHEAD, MOST_LIVE, with_overdue=True)
        return Span(start_of(self.days[0][0]), start_of(self.days[-1][-1] + timedelta(days=1)), MOST_LIVE)


def board(request: HttpRequest) -> HttpResponse:
    """Show the board."""
    viewer = _viewer(request)
    now = timezone.now()
    this_day = today(now)
    chosen = request.GET.get("view", "")
    page = Page.of(chosen if chosen in VIEWS else "month", _day(request.GET.get("date")) or this_day)
    span = page.span(now)
    items = load_items(viewer, span, now)
    together = load_bundles(viewer, span, now)
    filters = FilterForm(request.GET, items)
    # A filter is of people, topics and states: a bundle has none of them.
    shown = filters.apply(items) if filters.chosen() else [*items, *together]
    context = {
        "viewer": viewer,
        "page": page,
        "this_day": this_day,
        "is_default_view": chosen not in VIEWS,
        "filters": filters,
        "is_filtered": bool(filters.chosen()),
        "most_live": MOST_LIVE if leaves_live_out(span, now) else 0,
        "links": _links(page, filters.chosen(), this_day),
        "tray": [item for item in shown if item.is_undated],
        "late": sorted(
            (item for item in [*items, *together] if item.late_since), key=lambda item: (item.late_since, item.title)
        ),
        "kinds": list(MarkKind),
        "zone_words": board_zone_words(),
        "move_form": MoveForm(auto_id="board-dialog-%s"),
        "suggestions": on_the_board(request),
        "next": request.get_full_path(),
        "header_title": gettext("Board"),
        "header_icon": "date",
        "breadcrumbs_items": crumbs(("", gettext("Board"))),
    }
    if page.view == "list":
        context["lanes"] = calendar.in_lanes(shown)
        return render(request, "research/admin/board/lanes.html", context)
    month = page.day.month if page.view == "month" else 0
    context["is_detailed"] = not month
    context["weeks"] = calendar.lay_out(page.days, shown, this_day, month)
    return render(request, "research/admin/board/calendar.html", context)


def _links(page: Page, chosen: dict[str, str], this_day: date) -> dict[str, Any]:
    def to(view: str, day: date | None) -> str:
        query = {"view": view, **({"date": day.isoformat()} if day else {}), **chosen}
        return f"{reverse('research_board')}?{urlencode(query)}"

    return {
        "views": [(view, words, to(view, page.day), view == page.view) for view, words in VIEWS.items()],
        "before": to(page.view, page.before),
        "after": to(page.view, page.after),
        "today": to(page.view, this_day),
        "unfiltered": f"{reverse('research_board')}?{urlencode({'view': page.view, 'date': page.day.isoformat()})}",
        "list": to("list", page.day),
    }


def move(request: HttpRequest, page_id: int) -> HttpResponse:
    """Plan an article for another day: the one place that cards, buttons and forms post to."""
    viewer = _viewer(request)
    article = get_object_or_404(ArticlePage, pk=page_id)
    if not viewer.may_edit(article):
        raise PermissionDenied(gettext("Only who may edit an article moves it."))
    draft = article.get_latest_revision_as_object()
    form = MoveForm(request.POST if request.method == "POST" else None, initial={"date": draft.planned_for})
    release = moving.open_release(article)
    if request.method != "POST" and moving.is_approved_ahead(release):
        return redirect(_reschedule_address(request, page_id))
    day = form.cleaned_data["date"] if form.is_valid() else None
    if day is not None and not is_in_reach(day):
        form.add_error("date", FAR_WORDS)
    if form.is_valid():
        return _move(request, page_id, form.cleaned_data["date"])
    context = {
        "article": draft,
        "form": form,
        "next": _next(request),
        "header_title": gettext("Move: %(title)s") % {"title": draft.title},
        "header_icon": "date",
        "breadcrumbs_items": crumbs((_next(request), gettext("Board")), ("", draft.title)),
    }
    return render(request, "research/admin/board/move.html", context, status=400 if form.errors else 200)


def _move(request: HttpRequest, page_id: int, day: date | None) -> HttpResponse:
    try:
        moved = moving.move_plan(page_id, day, signed_in(request.user))
    except moving.NeedsConfirmation as asks:
        if day is None:
            messages.warning(
                request, gettext("An approved go-live needs a time. To take it off, cancel the schedule in the editor.")
            )
        return redirect(_reschedule_address(request, asks.release.article_id, day))
    messages.success(request, str(moved))
    return redirect(f"{_next(request)}#article-{page_id}")


def reschedule(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show what a new go-live time would mean, and carry it out once it is confirmed."""
    viewer = _viewer(request)
    article = get_object_or_404(ArticlePage, pk=page_id)
    if not viewer.is_editor:
        raise PermissionDenied(gettext("Only editors change the time of an approved go-live."))
    release = moving.open_release(article)
    if release is None or release.revision is None:
        messages.warning(
            request, gettext("“%(draft_title)s” has no approved go-live.") % {"draft_title": article.draft_title}
        )
        return redirect(_next(request))
    form = RescheduleForm(_asked_time(request, release))
    view = rescheduling.outlook(release, form.due_at) if form.is_valid() and form.due_at else None
    confirmed = request.method == "POST" and view is not None and view.is_clear
    if confirmed and request.POST.get("before") != release.due_at.isoformat():
        messages.warning(request, gettext("Its time was changed meanwhile. Nothing was moved: please look again."))
    elif confirmed and form.due_at is not None and _reschedule(request, release, form.due_at):
        return redirect(f"{_next(request)}#article-{page_id}")
    draft = release.revision.as_object()
    context = {
        "article": draft,
        "release": release,
        "form": form,
        "view": view,
        "before": zoned(release.due_at),
        "after": zoned(form.due_at) if form.due_at else None,
        "is_same": form.due_at == release.due_at,
        "valid_until": zoned(view.sign_off.valid_until) if view and view.sign_off else "",
        "embargo": zoned(view.embargo) if view and view.embargo else "",
        "affected": rescheduling.people_affected(release, signed_in(request.user)),
        "next": _next(request),
        "header_title": gettext("Move the go-live of: %(title)s") % {"title": draft.title},
        "header_icon": "date",
        "breadcrumbs_items": crumbs((_next(request), gettext("Board")), ("", draft.title)),
    }
    return render(request, "research/admin/board/reschedule.html", context, status=400 if form.errors else 200)


def _asked_time(request: HttpRequest, release: Release) -> dict[str, str]:
    """Return the form's values: what was asked for, else the same time of day, else the time as it is."""
    given = request.POST if request.method == "POST" else request.GET
    day = _day(given.get("date")) or today(release.due_at)
    usual = same_time_on(day, release.due_at)
    values = {"date": day.isoformat(), "time": given.get("time") or f"{usual:%H:%M}"}
    return {**values, "reading": given.get("reading", "")}


def _reschedule(request: HttpRequest, release: Release, due_at: datetime) -> bool:
    try:
        new = rescheduling.reschedule(release, due_at, signed_in(request.user))
    except (rescheduling.CannotReschedule, NotPermitted) as refused:
        messages.error(request, gettext("Nothing was moved. %(refused)s") % {"refused": refused})
        return False
    messages.success(
        request,
        gettext("“%(draft_title)s” goes live on %(due_at)s.")
        % {"draft_title": new.article.draft_title, "due_at": zoned(new.due_at)},
    )
    return True


def _viewer(request: HttpRequest) -> Viewer:
    demand(may_see_board, request.user)
    return Viewer(signed_in(request.user))


def _day(text: str | None) -> date | None:
    """Return the day that is asked for, or the nearest that the board can show; None for no day."""
    try:
        day = parse_date(text or "")
    except ValueError:
        return None
    return day and min(max(day, EARLIEST), LATEST)


def _next(request: HttpRequest) -> str:
    """Return where to go back to: the board as it was looked at."""
    return way_back(request, reverse("research_board"))


def _reschedule_address(request: HttpRequest, page_id: int, day: date | None = None) -> str:
    query = {**({"date": day.isoformat()} if day else {}), "next": _next(request)}
    return f"{reverse('research_board_reschedule', args=[page_id])}?{urlencode(query)}"
