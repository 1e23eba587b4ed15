"""Which lists stand on somebody's dashboard, and in which order."""

from typing import Any

from wagtail.admin.views.home import RecentEditsPanel

from common.models import User
from common.one_statement import read_each
from research.admin.dashboard.deciding import AfterNoticePanel, ReaderReportsPanel
from research.admin.dashboard.going_live import GoingLivePanel, LateGoLivePanel, StuckReleasesPanel
from research.admin.dashboard.panels import Asked, NewsroomPanel
from research.admin.dashboard.starting import FirstStepsPanel, StartPanel
from research.admin.dashboard.waiting import ReviewsWaitingPanel, SentBackPanel

PANELS: tuple[type[NewsroomPanel], ...] = (
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
    shown = [panel for panel in ours if panel.is_for_user()]
    asked: Asked = {}
    for panel in shown:
        asked |= panel.asks()
    read = read_each(asked)
    for panel in shown:
        panel.read = read
    panels[:] = [*shown, *(panel for panel in panels if isinstance(panel, RecentEditsPanel))]
