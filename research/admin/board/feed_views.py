"""The calendar itself, at its secret address, and the page where its owner finds, renews and revokes it."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from common.models import signed_in
from common.rights import permitted
from research.admin.board import feeds
from research.admin.board.access import Viewer, may_see_board
from research.admin.frame import crumbs
from research.newsroom.times import zoned


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a calendar program. Whoever has the address reads as its owner."""
    feed = feeds.feed_of(token)
    if feed is None:
        raise Http404
    response = HttpResponse(
        feeds.calendar_of(feed.user, timezone.now()),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="board.ics"'},
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


@permitted(may_see_board)
def calendar_address(request: HttpRequest) -> HttpResponse:
    """Show a person's own address, with what can be done about it."""
    feed = feeds.standing_feed(signed_in(request.user))
    path = reverse("research_calendar_feed", args=[feed.token]) if feed else ""
    response = render(
        request,
        "research/admin/board/calendar_address.html",
        {
            "feed": feed,
            "made": zoned(feed.created_at) if feed else "",
            "address": f"{settings.WAGTAILADMIN_BASE_URL}{path}" if path else "",
            "is_editor": Viewer(signed_in(request.user)).is_editor,
            "header_title": gettext("Calendar address"),
            "header_icon": "date",
            "breadcrumbs_items": crumbs(
                (reverse("research_board"), gettext("Board")), ("", gettext("Calendar address"))
            ),
        },
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@permitted(may_see_board)
def renew_calendar_address(request: HttpRequest) -> HttpResponse:
    """Make an address, or replace the one there is."""
    had_one = feeds.standing_feed(signed_in(request.user)) is not None
    feeds.renew(signed_in(request.user))
    words = (
        gettext("Your calendar has a new address; the old one answers no more.")
        if had_one
        else gettext("Your calendar is ready.")
    )
    messages.success(request, words)
    return redirect("research_board_calendar")


@require_POST
def revoke_calendar_address(request: HttpRequest) -> HttpResponse:
    """Take the address away."""
    feeds.revoke(signed_in(request.user))
    messages.success(request, gettext("The address answers no more. Calendar programs that used it show an error."))
    return redirect("research_board_calendar")
