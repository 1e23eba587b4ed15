"""Connects the admin to what stands in this app; holds no rules."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component

from common.menu import PermittedMenuItem
from common.models import signed_in
from common.rights import with_right
from home.following.admin import FollowerViewSet
from home.readership.admin import ReadershipPanel, ReadershipView, may_see


@hooks.register("register_admin_viewset")
def register_followers() -> FollowerViewSet:
    """The list of followers."""
    return FollowerViewSet()


@hooks.register("register_reports_menu_item")
def register_followers_menu_item() -> MenuItem:
    """Followers among the reports."""
    return PermittedMenuItem(
        _("Followers by mail"),
        reverse("home_followers:index"),
        rule=with_right("home.view_follower"),
        icon_name="mail",
        order=820,
    )


@hooks.register("register_admin_urls")
def register_readership() -> list[URLPattern]:
    """Addresses of the readership."""
    return [
        path("readership/", ReadershipView.as_view(), name="home_readership"),
        path("readership/results/", ReadershipView.as_view(results_only=True), name="home_readership_results"),
    ]


@hooks.register("register_reports_menu_item")
def register_readership_menu_item() -> MenuItem:
    """Readership among the reports."""
    return PermittedMenuItem(_("Readership"), reverse("home_readership"), rule=may_see, icon_name="view", order=815)


# After the newsroom's own lists, which put the panels in order.
@hooks.register("construct_homepage_panels", order=10)
def show_readership(request: HttpRequest, panels: list[Component]) -> None:
    """The plot of the readership, below what waits to be done."""
    if may_see(signed_in(request.user)):
        panels.append(ReadershipPanel())
