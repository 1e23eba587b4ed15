"""Who gets mails, for the editor who is asked to end them."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from common.models import AnyUser
from home.following.models import Follower


class NobodyWritesForReaders(ModelPermissionPolicy):
    """Addresses come from their owners alone: nobody of the newsroom adds one, or chooses for them."""

    def user_has_permission(self, user: AnyUser, action: str) -> bool:
        """Refuse what only readers do, superusers too."""
        return action not in {"add", "change"} and super().user_has_permission(user, action)


register_permission_policy(Follower, NobodyWritesForReaders(Follower))


class FollowerViewSet(ModelViewSet):
    """The list of followers: to look for an address, delete it, or take all along to another program."""

    model = Follower
    name = "home_followers"
    url_prefix = "followers"
    icon = "mail"
    menu_label = _("Followers by mail")
    menu_order = 820
    form_fields = ("email",)
    list_display = (
        "email",
        Column("what", label=_("What")),
        Column("get_frequency_display", label=_("How often"), sort_key="frequency"),
        "least_credibility",
        "confirmed_at",
    )
    list_filter = ("frequency", "section")
    list_export = ("email", "what", "frequency", "least_credibility", "asked_at", "confirmed_at")
    search_fields = ("email",)
    copy_view_enabled = False
