"""What editors do about search: put articles first, and see what readers did not find."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import CreateView
from wagtail.admin.views.reports import ReportView
from wagtail.admin.viewsets.model import ModelViewSet

from common.rights import PermittedMixin, with_right
from search.missed import SHOWN_FROM
from search.models import MissedSearch, PromotedResult


class PromoteView(CreateView):
    """Puts an article first; the words may come from the list of what was not found."""

    def get_initial(self) -> dict[str, Any]:
        """Fill in the words that the address names."""
        return {**super().get_initial(), "query": self.request.GET.get("query", "")[:100]}


class PromotedResultViewSet(ModelViewSet):
    """Articles that come first for certain words."""

    model = PromotedResult
    name = "search_promoted"
    url_prefix = "search/promoted"
    icon = "arrow-up"
    menu_label = _("Promoted results")
    add_view_class = PromoteView
    panels = [FieldPanel("query"), FieldPanel("article"), FieldPanel("position")]
    list_display = ["query", "article", "position"]
    list_filter: list[str] = []
    search_fields = ["query"]
    copy_view_enabled = False


class PromoteColumn(TitleColumn):
    """The way to an answer: an article that is put first for these words."""

    def get_value(self, instance: MissedSearch) -> str:
        """Return what the link says."""
        return gettext("Promote an article")

    def get_link_url(self, instance: MissedSearch, parent_context: Any) -> str:
        """Return the form with the words filled in."""
        return f"{reverse('search_promoted:add')}?{urlencode({'query': instance.words})}"


class MissedSearchesView(PermittedMixin, ReportView):
    """Searches without result, the most frequent first; what was typed only once or twice is nobody's business."""

    rule = staticmethod(with_right("search.view_missedsearch"))
    page_title = _("Searches without result")
    header_icon = "search"
    model = MissedSearch
    index_url_name = "search_missed"
    index_results_url_name = "search_missed_results"
    default_ordering = "-times"
    is_searchable = False
    list_export = ["words", "times", "last_on"]
    export_headings = {"words": "Words", "times": "Times", "last_on": "Last"}
    columns = [
        Column("words", label=_("Words"), sort_key="words"),
        Column("times", label=_("Times"), sort_key="times"),
        Column("last_on", label=_("Last"), sort_key="last_on"),
        PromoteColumn("promote", label=_("Answer")),
    ]

    def get_queryset(self) -> QuerySet:
        """Return what was looked for often enough to be shown."""
        self.queryset = MissedSearch.objects.filter(times__gte=SHOWN_FROM)
        return self.order_queryset(self.queryset)

    def get_filename(self) -> str:
        """Name the export by its day."""
        return f"searches-without-result-{timezone.localdate():%Y-%m-%d}"
