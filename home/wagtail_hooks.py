"""Connects the admin to what stands in this app; holds no rules."""

from django.http import HttpRequest
from django.urls import reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from home.following.admin import FollowerViewSet


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
