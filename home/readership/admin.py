"""What editors and funders are shown of the readership: a list, its numbers as a file, and a plot."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView
from wagtail.models import Page

from common.models import AnyUser
from common.rights import PermittedMixin
from home.readership.models import MONTH, DailyViews, pages_with_views

MOST_READ = 5
#: Of the plot, in its own units: a bar a day.
BAR, GAP, HEIGHT = 8, 3, 64


def may_see(user: AnyUser) -> bool:
    """True for those who may see how often pages are read."""
    return user.has_perm("home.view_dailyviews")


class ReadershipView(PermittedMixin, ReportView):
    """Pages by how often they were read; as a file, the numbers of each day."""

    rule = staticmethod(may_see)
    page_title = _("Readership")
    header_icon = "view"
    index_url_name = "home_readership"
    index_results_url_name = "home_readership_results"
    default_ordering = "-month"
    is_searchable = False
    list_export = ["day", "page.title", "page.url", "views"]
    export_headings = {"day": "Day", "page.title": "Page", "page.url": "Address", "views": "Views"}
    columns = [
        Column("title", label=_("Page"), sort_key="title"),
        Column("week", label=_("7 days"), sort_key="week"),
        Column("month", label=_("28 days"), sort_key="month"),
        Column("year", label=_("A year"), sort_key="year"),
    ]

    def get_queryset(self) -> QuerySet:
        """Return the pages with their numbers; for a file, a row a page and day."""
        if self.is_export:
            return DailyViews.objects.select_related("page").order_by("-day", "-views", "page_id")
        self.queryset = pages_with_views(timezone.localdate())
        return self.order_queryset(self.queryset)

    def get_filename(self) -> str:
        """Name the file by its day."""
        return f"readership-{timezone.localdate():%Y-%m-%d}"


class ReadershipPanel(Component):
    """The views of four weeks as a plot, and what was read most."""

    template_name = "home/admin/readership_panel.html"
    name = "readership"
    order = 300

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the bars, in the plot's units, and the pages."""
        today = timezone.localdate()
        days = DailyViews.objects.by_day(today, MONTH)
        highest = max(views for _, views in days) or 1
        heights = [round(HEIGHT * views / highest) for _, views in days]
        bars = [
            {"x": at * (BAR + GAP), "y": HEIGHT - height, "height": height, "day": day, "views": views}
            for at, (height, (day, views)) in enumerate(zip(heights, days, strict=True))
        ]
        most: QuerySet[Page] = pages_with_views(today).filter(month__gt=0).order_by("-month")[:MOST_READ]
        return {
            "name": self.name,
            "bars": bars,
            "bar": BAR,
            "width": len(bars) * (BAR + GAP) - GAP,
            "height": HEIGHT,
            "total": sum(views for _, views in days),
            "highest": highest,
            "most": most,
            "report_url": reverse("home_readership"),
        }
