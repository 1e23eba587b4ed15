"""Connects the admin to what stands in this app; holds no rules."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component

from common.models import signed_in
from home.following.admin import FollowerViewSet
from home.readership.admin import ReadershipPanel, ReadershipView, may_see


@hooks.register("register_admin_viewset")
def register_followers() -> FollowerViewSet:
    """The list of followers."""
    return FollowerViewSet()


class FollowersMenuItem(MenuItem):
    """Shown to those who may see readers' addresses."""

    def is_shown(self, request: HttpRequest) -> bool:
        """True with the right."""
        return request.user.has_perm("home.view_follower")


@hooks.register("register_reports_menu_item")
def register_followers_menu_item() -> MenuItem:
    """Followers among the reports."""
    return FollowersMenuItem("Followers by mail", reverse("home_followers:index"), icon_name="mail", order=820)


@hooks.register("register_admin_urls")
def register_readership() -> list[URLPattern]:
    """Addresses of the readership."""
    return [
        path("readership/", ReadershipView.as_view(), name="home_readership"),
        path("readership/results/", ReadershipView.as_view(results_only=True), name="home_readership_results"),
    ]


class ReadershipMenuItem(MenuItem):
    """Shown to those who may see how often pages are read."""

    def is_shown(self, request: HttpRequest) -> bool:
        """True with the right."""
        return may_see(request.user)


@hooks.register("register_reports_menu_item")
def register_readership_menu_item() -> MenuItem:
    """Readership among the reports."""
    return ReadershipMenuItem("Readership", reverse("home_readership"), icon_name="view", order=815)


# After the newsroom's own lists, which put the panels in order.
@hooks.register("construct_homepage_panels", order=10)
def show_readership(request: HttpRequest, panels: list[Component]) -> None:
    """The plot of the readership, below what waits to be done."""
    if may_see(signed_in(request.user)):
        panels.append(ReadershipPanel())
