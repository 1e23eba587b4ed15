"""Connects the admin to what editors do about search; holds no rules."""

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from common.menu import PermittedMenuItem
from common.rights import with_right
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


@hooks.register("register_reports_menu_item")
def register_missed_searches_menu_item() -> MenuItem:
    """Searches without result among the reports."""
    return PermittedMenuItem(
        _("Searches without result"),
        reverse("search_missed"),
        rule=with_right("search.view_missedsearch"),
        icon_name="search",
        order=810,
    )


@hooks.register("register_settings_menu_item")
def register_promoted_menu_item() -> MenuItem:
    """Promoted results among the settings."""
    return PermittedMenuItem(
        _("Promoted results"),
        reverse("search_promoted:index"),
        rule=with_right("search.view_promotedresult"),
        icon_name="arrow-up",
        order=700,
    )
