"""The publication ledger in the admin: what was done, what waits, and what editors decide; and bundles."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, InlinePanel, ObjectList, PageChooserPanel
from wagtail_modeladmin.helpers import ButtonHelper, PermissionHelper
from wagtail_modeladmin.options import ModelAdmin
from wagtail_modeladmin.views import CreateView, EditView, IndexView, InspectView

from common.models import AnyUser, User
from common.odd_input import SafeModelAdminGroup
from common.rights import permitted
from common.words import Words
from research.admin.titles import WITHHELD_TITLE, withheld_from
from research.editor.clock import ClockFormMixin
from research.models.pages import ArticlePage
from research.models.releases import Release, ReleaseBundle
from research.newsroom.permissions import can_decide_on_releases
from research.newsroom.times import brief, zoned
from research.publishing import ledger
from research.publishing.bundles import bundle_blockers, follow_bundle, words_against


@dataclass(frozen=True)
class Decision:
    """Something an editor may do with a release that waits."""

    name: str
    label: Words
    question: Words
    done: Words
    fits: Callable[[Release], bool]
    do: Callable[..., None]


DECISIONS = {
    decision.name: decision
    for decision in (
        Decision(
            "try-again",
            _("Try again"),
            _(
                "It goes back on the ledger, with its bundle if it has one. When its time has come it is published "
                "within seconds, if the rules allow it by then."
            ),
            _("Back on the ledger."),
            Release.can_be_tried_again,
            ledger.try_again,
        ),
        Decision(
            "cancel",
            _("Cancel"),
            _("It will not be published by this release. The article and its signature stay as they are."),
            _("Cancelled."),
            Release.can_be_cancelled,
            ledger.cancel,
        ),
    )
}


@permitted(can_decide_on_releases, _("Only editors decide on releases."))
def decide(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Ask before trying a release again or cancelling it, then do it.

    Raises:
        PermissionDenied: not an editor.
    """
    release = get_object_or_404(Release.objects.select_related("article"), pk=pk)
    decision = DECISIONS[name]
    back = reverse("research_release_modeladmin_inspect", args=[release.pk])
    if request.method == "POST":
        try:
            decision.do(release, user=request.user)
        except ledger.NotInThisState as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, decision.done)
        return redirect(back)
    return render(
        request,
        "research/admin/ledger/decide.html",
        {
            "header_title": decision.label,
            "header_icon": "calendar",
            "release": release,
            "due": zoned(release.due_at),
            "decision": decision,
            "back": back,
        },
    )


decision_urls = [
    path(f"ledger/<id:pk>/{name}/", decide, {"name": name}, name=f"research_release_{name.replace('-', '_')}")
    for name in DECISIONS
]


class ReadOnly(PermissionHelper):
    """Lines of the ledger are made and changed by what happens, never by a form."""

    def user_can_create(self, user: AnyUser) -> bool:
        """Nobody."""
        return False

    def user_can_edit_obj(self, user: AnyUser, obj: Any) -> bool:
        """Nobody."""
        return False

    def user_can_delete_obj(self, user: AnyUser, obj: Any) -> bool:
        """Nobody."""
        return False


class ReleaseButtonHelper(ButtonHelper):
    """Adds what an editor may decide; the screens behind it hold the rule."""

    def get_buttons_for_obj(self, obj: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """Return the usual buttons and the decisions that fit."""
        buttons = super().get_buttons_for_obj(obj, **kwargs)
        if not can_decide_on_releases(self.request.user):
            return buttons
        return buttons + [self._decision_button(obj, decision) for decision in DECISIONS.values() if decision.fits(obj)]

    def _decision_button(self, release: Release, decision: Decision) -> dict[str, Any]:
        return {
            "url": reverse(f"research_release_{decision.name.replace('-', '_')}", args=[release.pk]),
            "label": decision.label,
            "classname": self.finalise_classname(["button-small", "button-secondary"], []),
            "title": f"{decision.label}: {release}",
        }


class ReleaseInspectView(InspectView):
    """One line of the ledger with every change of it."""

    def get_field_display_value(self, field_name: str, field: Any = None) -> Any:
        """Return times in the words of the newsroom."""
        value = super().get_field_display_value(field_name, field)
        return zoned(value) if isinstance(value, datetime) else value

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the changes with their times in words."""
        changes = [(change, zoned(change.at)) for change in self.instance.changes.all()]
        return super().get_context_data(changes=changes, release=self.instance, **kwargs)


class ReleaseAdmin(ModelAdmin):
    """The ledger, the latest first."""

    model = Release
    menu_label = _("Releases")
    menu_icon = "calendar"
    permission_helper_class = ReadOnly
    button_helper_class = ReleaseButtonHelper
    list_display = ("what", "state", "due", "reason", "done")
    list_filter = ("state", "kind", "due_at")
    list_select_related = ("article",)
    list_export = ("article", "kind", "state", "due_at", "done_at", "attempts", "reason", "digest")
    search_fields = ("article__draft_title", "article__title", "reason")
    ordering = ("-due_at", "-pk")
    list_per_page = 50
    inspect_view_enabled = True
    inspect_view_class = ReleaseInspectView
    inspect_view_fields = ("what", "state", "due_at", "bundle", "attempts", "reason", "done_at", "digest")
    inspect_template_name = "research/admin/ledger/release.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Release]:
        """Return the releases of articles whose titles the person may know; the board has the times of the others."""
        return super().get_queryset(request).exclude(article__in=withheld_from(request.user))

    def what(self, release: Release) -> str:
        """Return what is to happen, and to which article."""
        return release.what

    def due(self, release: Release) -> str:
        """Return the time it is, or was, due."""
        return brief(release.due_at)

    def done(self, release: Release) -> str:
        """Return the time it was done."""
        return brief(release.done_at) if release.done_at else ""


class BundleForm(ClockFormMixin, WagtailAdminModelForm):
    """Refuses, with the article's title, what could not go out with the bundle when its time comes."""

    clock_fields = ("due_at",)

    def clean(self) -> dict[str, Any]:
        """Ask about each article: is it in another bundle, or twice in this one, and may it go out then?"""
        super().clean()
        cleaned, articles = self.cleaned_data, self._articles()
        problems = [*_repeated(articles), *self._elsewhere(articles)]
        if cleaned.get("due_at"):
            bundle = ReleaseBundle(name=cleaned.get("name", ""), due_at=cleaned["due_at"])
            for article in dict.fromkeys(articles):
                problems += [f"“{_title(article)}”: {words}" for words in words_against(article, bundle)]
        if problems:
            raise ValidationError(problems)
        return cleaned

    def _articles(self) -> list[ArticlePage]:
        """Return the articles of the rows that are kept; a row with an error speaks for itself."""
        rows = [row.cleaned_data for row in self.formsets["entries"].forms if row.is_valid()]
        return [values["article"] for values in rows if values.get("article") and not values.get("DELETE")]

    def _elsewhere(self, articles: list[ArticlePage]) -> list[str]:
        others = ReleaseBundle.objects.waiting().exclude(pk=self.instance.pk)
        found = others.filter(entries__article__in=articles).values_list("entries__article", "name").distinct()
        titles = {article.pk: _title(article) for article in articles}
        return [
            gettext("“%(titles)s” is in the bundle “%(name)s” already.") % {"titles": titles[pk], "name": name}
            for pk, name in found
            if pk in titles
        ]


def _repeated(articles: list[ArticlePage]) -> list[str]:
    return [
        gettext("“%(title)s” is here twice.") % {"title": _title(article)}
        for article, count in Counter(articles).items()
        if count > 1
    ]


def _title(article: ArticlePage) -> str:
    return article.draft_title or article.title


class BundlePermissionHelper(PermissionHelper):
    """A bundle that went out stays as it was."""

    def user_can_edit_obj(self, user: AnyUser, obj: Any) -> bool:
        """True for those who may, until it went out."""
        return super().user_can_edit_obj(user, obj) and not obj.is_done()

    def user_can_delete_obj(self, user: AnyUser, obj: Any) -> bool:
        """True for those who may, until it went out."""
        return super().user_can_delete_obj(user, obj) and not obj.is_done()


class FollowedMixin:
    """Brings the releases in step with a bundle once it is saved."""

    @transaction.atomic
    def form_valid(self, form: Any) -> Any:
        """Save and move the releases: both, or neither."""
        response = super().form_valid(form)  # type: ignore[misc]
        follow_bundle(form.instance, user=self.request.user)  # type: ignore[attr-defined]
        return response


class BundleCreateView(FollowedMixin, CreateView):
    """Creates a bundle."""


class BundleEditView(FollowedMixin, EditView):
    """Changes a bundle."""


class BundleInspectView(InspectView):
    """A bundle with what blocks it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what blocks it."""
        blockers = blockers_for(self.request.user, self.instance)
        return super().get_context_data(blockers=blockers, due=zoned(self.instance.due_at), **kwargs)


def blockers_for(user: User, bundle: ReleaseBundle) -> list[tuple[str, int | None, str]]:
    """Return what keeps a bundle from going out: title, page and reasons, as far as a person may know them."""
    withheld = withheld_from(user)
    return [
        (WITHHELD_TITLE, None, "") if article.pk in withheld else (article.title, article.pk, words)
        for article, words in bundle_blockers(bundle)
    ]


class BundleIndexView(IndexView):
    """The list of bundles, as far as a person may know what is in them."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Note on each bundle what blocks it, in words for this person."""
        context = super().get_context_data(**kwargs)
        for bundle in context["object_list"]:
            bundle.blocked_titles = [title for title, _, _ in blockers_for(self.request.user, bundle)]
        return context


class BundleAdmin(ModelAdmin):
    """Bundles: several articles, one moment."""

    model = ReleaseBundle
    menu_label = _("Bundles")
    menu_icon = "folder-inverse"
    index_view_class = BundleIndexView
    permission_helper_class = BundlePermissionHelper
    create_view_class = BundleCreateView
    edit_view_class = BundleEditView
    inspect_view_enabled = True
    inspect_view_class = BundleInspectView
    inspect_template_name = "research/admin/ledger/bundle.html"
    list_display = ("name", "due", "articles", "blocked_by")
    search_fields = ("name",)
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("due_at"),
            InlinePanel(
                "entries",
                heading=_("Articles"),
                label=_("Article"),
                min_num=1,
                panels=[PageChooserPanel("article", "research.ArticlePage")],
                help_text=_("They go live at the same moment: all of them, or none."),
            ),
        ],
        base_form_class=BundleForm,
    )

    def due(self, bundle: ReleaseBundle) -> str:
        """Return the time it goes live."""
        return brief(bundle.due_at)

    def articles(self, bundle: ReleaseBundle) -> int:
        """Return how many articles it has."""
        return bundle.entries.count()

    def blocked_by(self, bundle: ReleaseBundle) -> str:
        """Return the titles of what keeps it from going out."""
        if bundle.is_done():
            return gettext("Published")
        return ", ".join(bundle.blocked_titles) or gettext("Nothing")


class LedgerGroup(SafeModelAdminGroup):
    """The ledger in the menu."""

    menu_label = _("Ledger")
    menu_icon = "clipboard-list"
    menu_order = 160
    items = (ReleaseAdmin, BundleAdmin)
