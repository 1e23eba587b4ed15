"""What goes live next, and what was to be public and is not."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from research.admin.dashboard.panels import MOST_ROWS, TITLES, Asked, NewsroomPanel, Row, title_of
from research.admin.titles import WITHHELD_TITLE, withheld_from
from research.models.releases import Release
from research.newsroom.permissions import can_reassign_reviews, is_editor
from research.newsroom.times import zoned
from research.record import late


class GoingLivePanel(NewsroomPanel):
    """What is on the ledger, soonest first."""

    name = "going-live"
    heading = _("Going live next")
    empty_words = _("Nothing is scheduled.")

    def is_for_user(self) -> bool:
        """Those who may see the ledger."""
        return self.user.has_perm("research.view_release")

    def asks(self) -> Asked:
        """Ask for the planned releases, soonest first."""
        states = (Release.State.PLANNED, Release.State.DUE, Release.State.CLAIMED)
        return {"going live": _lines(Release.objects.not_done().filter(kind=Release.Kind.PUBLISH, state__in=states))}

    def rows(self) -> Iterable[Row]:
        """Return the planned releases with their times."""
        withheld = withheld_from(self.user)
        for row in self.read["going live"]:
            due = str(zoned(row["due_at"]))
            if row["article"] in withheld:
                yield Row(WITHHELD_TITLE, reverse("research_board"), due)
            else:
                yield Row(title_of(row), _edit(row["article"]), due)


class StuckReleasesPanel(NewsroomPanel):
    """What was due and is not public, for editors."""

    name = "stuck-releases"
    heading = _("Held or failed releases")

    def is_for_user(self) -> bool:
        """Editors decide what becomes of them."""
        return can_reassign_reviews(self.user)

    def asks(self) -> Asked:
        """Ask for the releases that no later one replaced, the oldest first."""
        return {"stuck": _lines(Release.objects.not_done().stuck().unreplaced())}

    def rows(self) -> Iterable[Row]:
        """Return those releases, each with why it is not public."""
        for row in self.read["stuck"]:
            state = Release.State(row["state"]).label
            yield Row(
                title_of(row),
                _edit(row["article"]),
                gettext("%(state)s, was due %(due_at)s. %(reason)s")
                % {"state": state, "due_at": zoned(row["due_at"]), "reason": row["reason"]},
            )


class LateGoLivePanel(NewsroomPanel):
    """What was to go live and nobody signed, for editors and for its writer."""

    name = "late-go-lives"
    heading = _("Late: not countersigned")

    def asks(self) -> Asked:
        """Ask for the go-live times that nobody signed for."""
        return {"late": late.unsigned_go_lives().values(*late.COLUMNS, "draft_title", "title", "owner")}

    def rows(self) -> Iterable[Row]:
        """Return the articles, the longest late first."""
        runs_it = is_editor(self.user)
        passed = late.passed(self.read["late"], timezone.now())
        mine = [(row, due_at) for row, due_at in passed if runs_it or row["owner"] == self.user.pk]
        for row, due_at in mine[:MOST_ROWS]:
            yield Row(
                row["draft_title"] or row["title"],
                reverse("research_plan" if runs_it else "wagtailadmin_pages:edit", args=[row["pk"]]),
                gettext("Was to go live on %(time)s. Set another time, or none.") % {"time": zoned(due_at)}
                if runs_it
                else gettext("Was to go live on %(time)s. It goes live as soon as it is signed.")
                % {"time": zoned(due_at)},
            )


def _lines(releases: QuerySet[Release]) -> QuerySet[Release, dict[str, Any]]:
    return releases.order_by("due_at").values("state", "due_at", "reason", *TITLES)[:MOST_ROWS]


def _edit(article_id: int) -> str:
    return reverse("wagtailadmin_pages:edit", args=[article_id])
