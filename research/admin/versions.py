"""The screen with every version of an article that was public: why it came, and which of them readers may look up."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from wagtail.admin.widgets.button import Button

from common.models import AnyUser, signed_in
from common.rights import permitted
from research.admin.frame import crumbs
from research.models.pages import ArticlePage
from research.models.published import PublishedArticle, PublishedVersion
from research.newsroom.permissions import is_editor
from research.newsroom.times import zoned
from research.publishing.versions import LIGHTER, say_why, withhold_for_safety
from research.reading.made.history import public_since

NOT_SAID = ("", _("No reason given"))


class ReasonForm(forms.Form):
    """Why one version came; ``number`` is the version's."""

    number = forms.IntegerField(min_value=1, max_value=100_000, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Why this version came"), choices=[NOT_SAID, *PublishedVersion.Reason.choices], required=False
    )
    withhold = forms.BooleanField(required=False, widget=forms.HiddenInput)


@never_cache
@permitted(is_editor)
def versions(request: HttpRequest, page_id: int) -> HttpResponse:
    """List the versions; say why one came, or take its words from readers."""
    row = get_object_or_404(PublishedArticle, page_id=page_id)
    if request.method == "POST":
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return render(request, "research/admin/versions.html", _context(row), status=400)
        _decide(request, row, form)
        return redirect("research_versions", page_id)
    return render(request, "research/admin/versions.html", _context(row))


def _decide(request: HttpRequest, row: PublishedArticle, form: ReasonForm) -> None:
    version = get_object_or_404(PublishedVersion, article=row, number=form.cleaned_data["number"])
    user = signed_in(request.user)
    if not form.cleaned_data["withhold"]:
        say_why(version, form.cleaned_data["reason"], user)
        messages.success(request, gettext("Readers are told why version %(number)s came.") % {"number": version.number})
    elif withhold_for_safety(version, user):
        when = gettext("any more") if version.replaced_at else gettext("once others replace them")
        messages.success(
            request,
            gettext("Readers do not get the words of version %(number)s %(when)s.")
            % {"number": version.number, "when": when},
        )
    else:
        messages.info(
            request, gettext("Readers had lost the words of version %(number)s before.") % {"number": version.number}
        )


def header_buttons(page: "ArticlePage", user: AnyUser, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Offer the screen in the menu of an article's header, once anything was public."""
    if isinstance(page, ArticlePage) and page.pk and is_editor(user) and page.first_published_at:
        yield Button(
            gettext("Versions"), url=reverse("research_versions", args=[page.pk]), icon_name="list-ul", priority=65
        )


def _context(row: PublishedArticle) -> dict[str, Any]:
    found = row.versions.select_related("sign_off__personal").newest_first()
    return {
        "row": row,
        "rows": [_row(row, version) for version in found],
        "header_title": gettext("Versions: %(title)s") % {"title": row.title},
        "header_icon": "list-ul",
        "breadcrumbs_items": crumbs(
            (reverse("wagtailadmin_pages:edit", args=[row.page_id]), row.title), ("", gettext("Versions"))
        ),
    }


def _row(row: PublishedArticle, version: PublishedVersion) -> dict[str, Any]:
    """Return a version as the list prints it."""
    return {
        "version": version,
        "from": zoned(public_since(row, version)),
        "to": zoned(version.replaced_at) if version.replaced_at else None,
        "form": ReasonForm(initial={"number": version.number, "reason": version.reason}),
        "may_be_withheld": version.withheld in LIGHTER[PublishedVersion.Withheld.SAFETY],
    }
