"""Connects the admin to its views, lists and choosers; holds no rules."""

from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog
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

import common.odd_input  # noqa: F401 - makes the converter "id" known
from common.menu import PermittedMenuItem
from common.models import signed_in
from common.rights import with_right
from research.admin import (
    credentials,
    dashboard,
    erasure,
    exports,
    findings,
    menu,
    preview_links,
    sign_off_views,
    versions,
)
from research.admin.api import NoDocumentsEndpoint, PermittedImagesEndpoint
from research.admin.board import feed_views, moving, next_views
from research.admin.board import views as board_views
from research.admin.board.access import Viewer
from research.admin.claims import desk as claim_desk
from research.admin.desk import background, comments, handbooks, starting
from research.admin.ledger_lists import LedgerGroup, decision_urls
from research.admin.records import (
    full_text,
    imports,
    joining,
    proposals,
    source_tasks,
    studies,
    studies_report,
    topic_merging,
)
from research.admin.records.choosers import CHOOSERS
from research.admin.records.lists.groups import RECORD_GROUPS
from research.admin.reviewing import absences, assigning, blindness, due_report, guests, plan_views, plans, record
from research.admin.reviewing import views as reviewing_views
from research.admin.titles import DiscreetPagePolicy, leave_out_withheld
from research.editor import glossary
from research.newsroom.permissions import (
    can_decide_on_sources,
    can_import_studies,
    can_reassign_reviews,
    can_take_down,
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
def register_ledger_urls() -> list[URLPattern]:
    """Addresses of the decisions about releases."""
    return decision_urls


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


@hooks.register("register_admin_urls")
def register_review_urls() -> list[URLPattern]:
    """Addresses of the review screens."""
    return [
        path("reviews/", reviewing_views.reviews, name="research_reviews"),
        path("reviews/<id:state_id>/", reviewing_views.review, name="research_review"),
        path("reviews/<id:state_id>/keep/", reviewing_views.keep, name="research_keep_review"),
        path("reviews/<id:state_id>/send-back/", reviewing_views.send_back, name="research_send_back"),
        path("reviews/<id:state_id>/ratings/", blindness.decide_gap, name="research_decide_gap"),
        path("reviews/<id:state_id>/new-version/", reviewing_views.take_new_version, name="research_take_new_version"),
        path("reports/re-review/", due_report.DueReportView.as_view(), name="research_due_report"),
        path(
            "reports/re-review/results/",
            due_report.DueReportView.as_view(results_only=True),
            name="research_due_report_results",
        ),
        path("reviews/again/<id:page_id>/", due_report.owner, name="research_review_owner"),
        path("plans/<id:page_id>/", plan_views.plan, name="research_plan"),
        path("reviews/<id:state_id>/reassign/", assigning.reassign, name="research_reassign"),
        path(
            "reviews/<id:state_id>/words/",
            reviewing_views.review_preview,
            name="research_review_preview",
        ),
        path("sign/<str:subject_type>/<id:pk>/", sign_off_views.sign_text, name="research_sign_text"),
        path("sign-offs/<id:sequence>/revoke/", sign_off_views.revoke, name="research_revoke"),
        path("sign-offs/<id:sequence>/receipt.pdf", record.receipt_pdf, name="research_receipt_pdf"),
        path("sign-offs/<id:sequence>/receipt.json", record.receipt_json, name="research_receipt_json"),
        path("reports/signatures/", record.RecordView.as_view(), name="research_record"),
        path(
            "reports/signatures/results/",
            record.RecordView.as_view(results_only=True),
            name="research_record_results",
        ),
    ]


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
    dashboard.arrange(signed_in(request.user), panels)


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


@hooks.register("register_admin_urls")
def register_desk_urls() -> list[URLPattern]:
    """Addresses that the editor asks in the background."""
    return [
        path("desk/words.js", JavaScriptCatalog.as_view(packages=["research"]), name="research_words_of_scripts"),
        path("desk/pulse/", background.pulse, name="research_desk_pulse"),
        path("desk/pages/<id:page_id>/strip/", background.strip, name="research_desk_strip"),
        path("desk/ratings/", background.live_rating, name="research_live_ratings"),
        path("articles/<id:page_id>/comments/", comments.article_comments, name="research_comments"),
        path("handbooks/<slug:name>/", handbooks.handbook, name="research_handbook"),
        path("articles/new/", starting.new_article, name="research_new_article"),
    ]


@hooks.register("register_admin_urls")
def register_finding_urls() -> list[URLPattern]:
    """Addresses of what is said about the findings of the checks."""
    return [
        path("articles/<id:page_id>/findings/<str:key>/", findings.dismiss_finding, name="research_dismiss_finding"),
        path(
            "articles/<id:page_id>/findings/<str:key>/reopen/", findings.reopen_finding, name="research_reopen_finding"
        ),
    ]


@hooks.register("register_admin_urls")
def register_claim_urls() -> list[URLPattern]:
    """Addresses of the writer's ledger of claims."""
    return [
        path("articles/<id:page_id>/claims/", claim_desk.claim_desk, name="research_claim_desk"),
        path("articles/<id:page_id>/claims/say/", claim_desk.say_claim, name="research_say_claim"),
    ]


@hooks.register("register_admin_urls")
def register_preview_link_urls() -> list[URLPattern]:
    """Addresses of the screen that shares a draft."""
    return [
        path("articles/<id:page_id>/previews/", preview_links.preview_links, name="research_preview_links"),
        path(
            "articles/<id:page_id>/previews/<id:pk>/revoke/",
            preview_links.revoke_preview_link,
            name="research_revoke_preview_link",
        ),
    ]


@hooks.register("register_admin_urls")
def register_guest_urls() -> list[URLPattern]:
    """Addresses of the screen with the guests of an article."""
    return [
        path("articles/<id:page_id>/guests/", guests.article_guests, name="research_guests"),
        path("articles/<id:page_id>/guests/<id:pk>/revoke/", guests.revoke_guest, name="research_revoke_guest"),
    ]


hooks.register("register_page_header_buttons", guests.header_buttons)
hooks.register("register_page_header_buttons", preview_links.header_buttons)
hooks.register("register_page_header_buttons", versions.header_buttons)


@hooks.register("register_admin_urls")
def register_version_urls() -> list[URLPattern]:
    """Addresses of the screen with the versions of an article that were public."""
    return [path("articles/<id:page_id>/versions/", versions.versions, name="research_versions")]


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


@hooks.register("register_admin_urls")
def register_board_urls() -> list[URLPattern]:
    """Addresses of the planning board."""
    return [
        path("board/", board_views.board, name="research_board"),
        path("board/<id:page_id>/move/", board_views.move, name="research_board_move"),
        path("board/<id:page_id>/reschedule/", board_views.reschedule, name="research_board_reschedule"),
        path("board/next/", next_views.what_next, name="research_next"),
        path("board/next/<id:pk>/start/", next_views.start, name="research_next_start"),
        path("board/next/<id:pk>/dismiss/", next_views.dismiss, name="research_next_dismiss"),
        path("board/next/<id:pk>/again/", next_views.offer_again, name="research_next_again"),
        path("board/next/searches/<id:pk>/ask/", next_views.ask_now, name="research_next_ask"),
        path("board/calendar/", feed_views.calendar_address, name="research_board_calendar"),
        path("board/calendar/renew/", feed_views.renew_calendar_address, name="research_board_calendar_renew"),
        path("board/calendar/revoke/", feed_views.revoke_calendar_address, name="research_board_calendar_revoke"),
    ]


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


@hooks.register("register_admin_urls")
def register_source_urls() -> list[URLPattern]:
    """Addresses of the screens around studies: their record, what sources propose, what editors decide."""
    return [
        path("studies/<id:pk>/", studies.study_record, name="research_study_record"),
        path("studies/<id:pk>/start/", studies.start_article, name="research_start_article"),
        path("studies/<id:pk>/text/", full_text.full_text, name="research_full_text"),
        path("studies/<id:pk>/join/", joining.join_study, name="research_join_study"),
        path("topics/<id:pk>/merge/", topic_merging.merge_topic, name="research_merge_topic"),
        path("studies/<id:pk>/check/", studies.check_study, name="research_check_study"),
        path("sources/imports/", imports.imports, name="research_imports"),
        path("sources/imports/<id:pk>/", imports.import_job, name="research_import"),
        path("sources/imports/<id:pk>/start/", imports.start, name="research_start_import"),
        path("sources/changes/", proposals.proposals, name="research_proposals"),
        path("sources/changes/<id:pk>/", proposals.decide_proposal, name="research_decide_proposal"),
        path("sources/notices/", source_tasks.source_tasks, name="research_source_tasks"),
        path("sources/notices/<id:pk>/", source_tasks.source_task, name="research_source_task"),
        path("reports/studies/", studies_report.StudiesReportView.as_view(), name="research_studies_report"),
        path(
            "reports/studies/results/",
            studies_report.StudiesReportView.as_view(results_only=True),
            name="research_studies_report_results",
        ),
    ]


@hooks.register("register_admin_menu_item")
def register_sources_menu_item() -> MenuItem:
    """What comes from outside, in the main menu."""
    entries = (
        (_("Import studies"), "research_imports", "download", can_import_studies),
        (_("Changes proposed"), "research_proposals", "edit", can_decide_on_sources),
        (_("After a notice"), "research_source_tasks", "warning", can_take_down),
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


@hooks.register("register_admin_urls")
def register_erasure_urls() -> list[URLPattern]:
    """Addresses of the screen on which people are erased and words removed."""
    return [
        path("erasure/", erasure.erasure, name="research_erasure"),
        path("erasure/<id:pk>/decide/", erasure.decide_removal, name="research_decide_removal"),
    ]


@hooks.register("register_settings_menu_item")
def register_erasure_menu_item() -> MenuItem:
    """Erasure among the settings: rare, and not in the way of daily work."""
    return PermittedMenuItem(_("Erasure"), reverse("research_erasure"), icon_name="bin", order=900, rule=is_editor)


hooks.register("register_account_settings_panel", credentials.CredentialsPanel)
hooks.register("register_account_settings_panel", absences.AbsencePanel)
