"""What an editor decides about: studies that changed, and what readers reported."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import User
from research.admin.dashboard.panels import MOST_ROWS, TITLES, Asked, NewsroomPanel, Row, name_of, title_of
from research.models.references import StudyNotice
from research.models.reports import ReaderReport
from research.models.watch import SourceTask, UnconfirmedNotice
from research.newsroom.permissions import can_add_notices, can_see_after_notice, can_take_down, is_editor


class AfterNoticePanel(NewsroomPanel):
    """Articles whose study was retracted, or is in doubt, for editors to decide about; and what only a file says."""

    name = "after-notice"
    heading = _("A study changed: decide")

    def is_for_user(self) -> bool:
        """Editors decide, and whoever may add notices."""
        self.more = (gettext("All decisions"), reverse("research_source_tasks"))
        return can_see_after_notice(self.user)

    def asks(self) -> Asked:
        """Ask for the tasks that nobody has decided, the newest first, and for what no source confirmed."""
        asked: Asked = {}
        if can_take_down(self.user):
            waiting = SourceTask.objects.filter(decision="")
            asked["after notice"] = waiting.values("pk", "created_at", "notice__kind", *TITLES)[:MOST_ROWS]
        if can_add_notices(self.user):
            unconfirmed = UnconfirmedNotice.objects.open().pressing()
            asked["unconfirmed"] = unconfirmed.values("pk", "kind", "created_at", "study__title")[:MOST_ROWS]
        return asked

    def rows(self) -> Iterable[Row]:
        """Return what no source confirmed, then those tasks."""
        for row in self.read.get("unconfirmed", ()):
            yield Row(
                row["study__title"],
                reverse("research_source_tasks"),
                gettext("A file says: %(kind)s. No source has confirmed it")
                % {"kind": UnconfirmedNotice(kind=row["kind"]).get_kind_display()},
                row["created_at"],
            )
        for row in self.read.get("after notice", ()):
            yield Row(
                title_of(row),
                reverse("research_source_task", args=[row["pk"]]),
                gettext("%(kind)s: withdraw, rewrite or keep with the notice")
                % {"kind": StudyNotice(kind=row["notice__kind"]).get_kind_display()},
                row["created_at"],
            )


class ReaderReportsPanel(NewsroomPanel):
    """What readers reported and nobody has decided, for editors."""

    name = "reader-reports"
    heading = _("Readers report")

    def is_for_user(self) -> bool:
        """Editors decide."""
        self.more = (gettext("All reports"), reverse("research_readerreport_modeladmin_index"))
        return is_editor(self.user)

    def asks(self) -> Asked:
        """Ask for the open reports, the oldest first."""
        owner = (f"owner__{name}" for name in ("first_name", "last_name", "username"))
        waiting = ReaderReport.objects.open().order_by("created_at")
        return {"reports": waiting.values("pk", "kind", "created_at", "owner", *owner, *TITLES)[: MOST_ROWS * 4]}

    def rows(self) -> Iterable[Row]:
        """Return the open reports: this person's first, then the oldest."""
        reports = sorted(self.read["reports"], key=lambda row: row["owner"] != self.user.pk)
        for row in reports[:MOST_ROWS]:
            yield Row(
                title_of(row),
                reverse("research_readerreport_modeladmin_edit", args=[row["pk"]]),
                f"{ReaderReport(kind=row['kind']).get_kind_display()}. {_with(row)}",
                row["created_at"],
            )


def _with(row: Mapping[str, Any]) -> str:
    if row["owner"] is None:
        return gettext("With nobody yet")
    names = {name: row[f"owner__{name}"] for name in ("first_name", "last_name", "username")}
    return gettext("With %(name)s") % {"name": name_of(User(**names))}
