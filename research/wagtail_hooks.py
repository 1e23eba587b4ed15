"""Connects the admin to its views, lists and choosers; holds no rules."""

from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import URLPattern, reverse
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import AbstractPage, BaseLogEntry, Page
from wagtail.permissions import register_permission_policy
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail_modeladmin.options import modeladmin_register

from common.menu import PermittedMenuItem
from common.models import signed_in
from common.rights import with_right
from research.admin import (
    credentials,
    exports,
    menu,
    preview_links,
    sign_off_views,
    versions,
)
from research.admin.api import NoDocumentsEndpoint, PermittedImagesEndpoint
from research.admin.board import moving
from research.admin.board.access import Viewer
from research.admin.dashboard import arranging
from research.admin.desk import handbooks
from research.admin.ledger_lists import LedgerGroup
from research.admin.records.choosers import CHOOSERS
from research.admin.records.lists.groups import RECORD_GROUPS
from research.admin.reviewing import absences, due_report, guests, plans
from research.admin.titles import DiscreetPagePolicy, leave_out_withheld
from research.admin.urls import admin_urls
from research.editor import glossary
from research.newsroom.permissions import (
    can_decide_on_sources,
    can_import_studies,
    can_reassign_reviews,
    can_see_after_notice,
    is_editor,
)
from research.reading.page_links import PublicPageLinkHandler
from research.review import signing

exports.neutralise_all_exports()
register_permission_policy(AbstractPage, DiscreetPagePolicy(Page))
for record_group in RECORD_GROUPS:
    modeladmin_register(record_group)
modeladmin_register(LedgerGroup)


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    """Make the newsroom's screens known."""
    return admin_urls


hooks.register("construct_page_chooser_queryset", leave_out_withheld)


@hooks.register("construct_admin_api", order=100)
def complete_admin_api(router: WagtailAPIRouter) -> None:
    """Take the place of Wagtail's images, and give the admin's frame the address it wants for documents."""
    router.register_endpoint("images", PermittedImagesEndpoint)
    if not apps.is_installed("wagtail.documents"):
        router.register_endpoint("documents", NoDocumentsEndpoint)


@hooks.register("register_admin_viewset")
def register_choosers() -> list[ChooserViewSet]:
    """Make the choosers of the record available."""
    return list(CHOOSERS)


class ReviewsMenuItem(MenuItem):
    """Shown to those who review and those who hand out reviews."""

    def is_shown(self, request: HttpRequest) -> bool:
        """True for reviewers and editors."""
        return signing.is_reviewer(request.user) or can_reassign_reviews(request.user)


@hooks.register("register_admin_menu_item")
def register_reviews_menu_item() -> MenuItem:
    """The reviews in the main menu."""
    return ReviewsMenuItem(_("Reviews"), reverse("research_reviews"), icon_name="check", order=150)


@hooks.register("construct_page_action_menu")
def construct_page_action_menu(menu_items: list[ActionMenuItem], request: HttpRequest, context: dict[str, Any]) -> None:
    """Offer in the editor what the rules allow."""
    menu.reflect_the_rules(menu_items, request, context)


@hooks.register("before_publish_page")
def before_publish_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Say why a publication is refused; the refusal itself is the guard's."""
    return menu.say_why_not(request, page)


@hooks.register("construct_homepage_panels")
def construct_homepage_panels(request: HttpRequest, panels: list[Component]) -> None:
    """Show each person what waits for them."""
    arranging.arrange(signed_in(request.user), panels)


@hooks.register("insert_global_admin_js")
def words_of_scripts() -> SafeString:
    """Return the words of our scripts in the language of whoever reads them, ahead of the scripts."""
    return format_html('<script src="{}"></script>', reverse("research_words_of_scripts"))


@hooks.register("insert_global_admin_css")
def admin_css() -> SafeString:
    """Styles of the panels and the review screen."""
    addresses = ((static(f"research/{name}.css"),) for name in ("admin", "desk"))
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', addresses)


DESK_SCRIPTS = ("snapshot", "pulse", "autosave", "copies", "sign_in", "strip", "paste", "claims")


@hooks.register("insert_editor_js")
def desk_scripts() -> SafeString:
    """Return the scripts that keep every typed word; they do nothing where there is no autosave."""
    addresses = ((static(f"research/desk/{name}.js"),) for name in DESK_SCRIPTS)
    return format_html_join("\n", '<script src="{}"></script>', addresses)


@hooks.register("construct_help_menu")
def keep_our_own_help(request: HttpRequest, items: list[MenuItem]) -> None:
    """Leave out what leads to Wagtail's own pages, and the badge that counts them."""
    items[:] = [item for item in items if not item.name.startswith(("whats-new-in-wagtail", "editor-guide"))]


hooks.register("register_page_header_buttons", guests.header_buttons)
hooks.register("register_page_header_buttons", preview_links.header_buttons)
hooks.register("register_page_header_buttons", versions.header_buttons)


@hooks.register("register_rich_text_features", order=10)
def hide_addresses_that_are_not_public(features: FeatureRegistry) -> None:
    """Take the place of Wagtail's own links, which it registers before."""
    features.register_link_type(PublicPageLinkHandler)


hooks.register("register_rich_text_features", glossary.register)


@hooks.register("construct_help_menu")
def offer_handbooks(request: HttpRequest, items: list[MenuItem]) -> None:
    """Put the handbooks of what a person does first in Help; who has no role is offered all."""
    own = [name for name in handbooks.HANDBOOKS if handbooks.is_for(request.user, name)]
    items[:0] = [
        MenuItem(handbooks.HANDBOOKS[name][0], reverse("research_handbook", args=[name]), icon_name="help", order=order)
        for order, name in enumerate(own or handbooks.HANDBOOKS)
    ]


@hooks.register("insert_editor_js", order=1)
def glossary_of_the_editor() -> SafeString:
    """Give the editor of rich text the terms it knows, before it starts."""
    return json_script(glossary.known_terms(), "cs-glossary")


class BoardMenuItem(MenuItem):
    """Shown to everyone in a role."""

    def is_shown(self, request: HttpRequest) -> bool:
        """True for writers, reviewers and editors."""
        return Viewer(signed_in(request.user)).may_see_board


@hooks.register("register_admin_menu_item")
def register_board_menu_item() -> MenuItem:
    """The planning board in the main menu."""
    return BoardMenuItem(_("Board"), reverse("research_board"), icon_name="date", order=140)


@hooks.register("register_log_actions")
def register_board_log_actions(actions: LogActionRegistry) -> None:
    """What the history of an article says of its plan."""

    @actions.register_action(moving.LOG_ACTION)
    class PlanMoveFormatter(LogFormatter):
        """Names the days."""

        label = _("Change the planned date")

        def format_message(self, log_entry: BaseLogEntry) -> str:
            """Return the day, and the one before."""
            return moving.log_words(log_entry.data)

    @actions.register_action(plans.LOG_ACTION)
    class PlanTimesFormatter(LogFormatter):
        """Names the times."""

        label = _("Change when it goes live")

        def format_message(self, log_entry: BaseLogEntry) -> str:
            """Return the go-live time and the embargo."""
            return plans.log_words(log_entry.data)


@hooks.register("register_admin_menu_item")
def register_sources_menu_item() -> MenuItem:
    """What comes from outside, in the main menu."""
    entries = (
        (_("Import studies"), "research_imports", "download", can_import_studies),
        (_("Changes proposed"), "research_proposals", "edit", can_decide_on_sources),
        (_("After a notice"), "research_source_tasks", "warning", can_see_after_notice),
    )
    items = [
        PermittedMenuItem(label, reverse(name), icon_name=icon, order=order, rule=rule)
        for order, (label, name, icon, rule) in enumerate(entries)
    ]
    return SubmenuMenuItem(_("Sources"), Menu(items=items), icon_name="download", order=255)


@hooks.register("register_reports_menu_item")
def register_studies_report_menu_item() -> MenuItem:
    """The studies among the reports."""
    return PermittedMenuItem(
        _("Studies"),
        reverse("research_studies_report"),
        icon_name="doc-full-inverse",
        order=800,
        rule=with_right("research.view_study"),
    )


@hooks.register("register_reports_menu_item")
def register_due_report_menu_item() -> MenuItem:
    """What is due for a full review, among the reports."""
    return PermittedMenuItem(
        _("Re-review"), reverse("research_due_report"), icon_name="history", order=810, rule=due_report.may_see_due
    )


@hooks.register("register_reports_menu_item")
def register_record_menu_item() -> MenuItem:
    """What was signed, among the reports: a reviewer's own, for editors everybody's."""
    return PermittedMenuItem(
        _("Signatures"),
        reverse("research_record"),
        icon_name="check",
        order=805,
        rule=sign_off_views.may_see_reviews,
    )


@hooks.register("register_settings_menu_item")
def register_erasure_menu_item() -> MenuItem:
    """Erasure among the settings: rare, and not in the way of daily work."""
    return PermittedMenuItem(_("Erasure"), reverse("research_erasure"), icon_name="bin", order=900, rule=is_editor)


hooks.register("register_account_settings_panel", credentials.CredentialsPanel)
hooks.register("register_account_settings_panel", absences.AbsencePanel)
