"""Connects the admin to what editors do about search; holds no rules."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from search.admin import MissedSearchesView, PromotedResultViewSet


@hooks.register("register_admin_viewset")
def register_promoted_results() -> PromotedResultViewSet:
    """The list of promoted results."""
    return PromotedResultViewSet()


@hooks.register("register_admin_urls")
def register_missed_searches() -> list[URLPattern]:
    """Addresses of the searches without result."""
    return [
        path("search/missed/", MissedSearchesView.as_view(), name="search_missed"),
        path("search/missed/results/", MissedSearchesView.as_view(results_only=True), name="search_missed_results"),
    ]


class SearchMenuItem(MenuItem):
    """Shown to those who hold a right on search."""

    def __init__(self, label: str, url: str, right: str, **kwargs: object) -> None:
        self.right = right
        super().__init__(label, url, **kwargs)

    def is_shown(self, request: HttpRequest) -> bool:
        """True with the right."""
        return request.user.has_perm(self.right)


@hooks.register("register_reports_menu_item")
def register_missed_searches_menu_item() -> MenuItem:
    """Searches without result among the reports."""
    return SearchMenuItem(
        "Searches without result", reverse("search_missed"), "search.view_missedsearch", icon_name="search", order=810
    )


@hooks.register("register_settings_menu_item")
def register_promoted_menu_item() -> MenuItem:
    """Promoted results among the settings."""
    return SearchMenuItem(
        "Promoted results",
        reverse("search_promoted:index"),
        "search.view_promotedresult",
        icon_name="arrow-up",
        order=700,
    )
