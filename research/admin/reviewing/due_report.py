"""The re-review report: which public articles are due for a full review, when, why, and who looks after each."""

from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.reports import ReportView

from common.models import AnyUser, User, signed_in
from common.rights import PermittedMixin, permitted
from research.admin.frame import crumbs
from research.admin.sign_off_views import may_see_reviews
from research.models.published import PublishedArticle
from research.models.reports import ReviewClock
from research.models.sections import TopicIndexPage
from research.models.topics import Topic
from research.newsroom.permissions import WRITERS, has_role, is_editor
from research.record.re_reviews import SOON, may_look_after, on_the_clock, set_owner

OVERDUE, DUE_SOON, IN_TIME = "overdue", "soon", "in-time"
STATES = (
    (OVERDUE, _("Overdue")),
    (DUE_SOON, format_lazy(_("Due within {days} days"), days=SOON.days)),
    (IN_TIME, _("In time")),
)
NOBODY = "nobody"


def may_see_due(user: AnyUser) -> bool:
    """Whoever works in the newsroom sees what is due."""
    return may_see_reviews(user) or has_role(user, WRITERS)


class DueFilterSet(WagtailFilterSet):
    """What the report is narrowed down by."""

    state = django_filters.ChoiceFilter(choices=STATES, label=_("State"), method="by_state")
    section = django_filters.ModelChoiceFilter(queryset=TopicIndexPage.objects.all(), label=_("Section"))
    topics = django_filters.ModelChoiceFilter(queryset=Topic.objects.all(), label=_("Topic"))
    owner = django_filters.ChoiceFilter(label=_("With"), method="by_owner", choices=lambda: _owners())

    class Meta:
        model = PublishedArticle
        fields: list[str] = []

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Narrow to what is due already, soon, or neither."""
        now = timezone.now()
        if value == OVERDUE:
            return queryset.filter(review_due_at__lte=now)
        if value == DUE_SOON:
            return queryset.filter(review_due_at__gt=now, review_due_at__lte=now + SOON)
        return queryset.filter(review_due_at__gt=now + SOON)

    def by_owner(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Narrow to what somebody looks after, or nobody."""
        if value == NOBODY:
            return queryset.filter(page__review_clock__owner__isnull=True)
        return queryset.filter(page__review_clock__owner=value)


def _owners() -> list[tuple[str, str]]:
    owners = User.objects.filter(pk__in=ReviewClock.objects.values("owner")).order_by("last_name", "username")
    return [
        (NOBODY, gettext("Nobody")),
        *((str(owner.pk), owner.get_full_name() or owner.get_username()) for owner in owners),
    ]


class ArticleColumn(TitleColumn):
    """The title, leading to the article in the editor."""

    def get_link_url(self, instance: PublishedArticle, parent_context: Any) -> str:
        """Return the editor's address."""
        return reverse("wagtailadmin_pages:edit", args=[instance.page_id])


class OwnerColumn(Column):
    """Who looks after it, and for editors the way to give it to somebody."""

    def get_value(self, instance: PublishedArticle) -> Any:
        """Return the name with its link; the screen behind it is for editors."""
        address = reverse("research_review_owner", args=[instance.page_id])
        words = instance.owner_words or gettext("Nobody")  # type: ignore[attr-defined]
        return format_html(gettext('<a href="{}" aria-label="{}: give to somebody">{}</a>'), address, words, words)


class DueReportView(PermittedMixin, ReportView):
    """Public articles by the day of their next full review; exported as CSV and XLSX."""

    rule = staticmethod(may_see_due)
    page_title = _("Re-review")
    header_icon = "history"
    model = PublishedArticle
    index_url_name = "research_due_report"
    index_results_url_name = "research_due_report_results"
    filterset_class = DueFilterSet
    default_ordering = "review_due_at"
    is_searchable = False
    list_export = [
        "title",
        "section_words",
        "reviewed_at",
        "reviewer",
        "review_due_at",
        "state",
        "reason",
        "owner_words",
    ]
    export_headings = {
        "section_words": "Section",
        "reviewed_at": "Last full review",
        "reviewer": "By",
        "review_due_at": "Next due",
        "state": "State",
        "reason": "Called for because",
        "owner_words": "With",
    }

    @property
    def columns(self) -> list[Column]:
        """The columns on the screen."""
        return [
            ArticleColumn("title", label=gettext("Title"), sort_key="title", classname="title cs-report-title"),
            Column("reviewed_words", label=gettext("Last full review"), sort_key="reviewed_at"),
            Column("due_words", label=gettext("Next due"), sort_key="review_due_at"),
            Column("state", label=gettext("State")),
            (OwnerColumn if is_editor(self.request.user) else Column)("owner_words", label=gettext("With")),
        ]

    def get_queryset(self) -> QuerySet:
        """Return the public articles with what the report prints, in one statement."""
        self.queryset = on_the_clock()
        return self.order_queryset(self.queryset)

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        """Add the words that are worked out from a row."""
        now = timezone.now()
        for row in object_list:
            clock = getattr(row.page, "review_clock", None)
            called = clock is not None and clock.called_at and clock.called_at > row.reviewed_at
            row.section_words = row.section.title
            row.reviewer = row.sign_off.reviewer_name
            row.reviewed_words = f"{timezone.localdate(row.reviewed_at):%-d %b %Y}, {row.reviewer}"
            row.due_words = f"{timezone.localdate(row.review_due_at):%-d %b %Y}"
            row.reason = clock.reason if clock is not None and called else ""
            row.state = _state(row, now) + (f". {row.reason}" if row.reason else "")
            row.owner_words = (
                (clock.owner.get_full_name() or clock.owner.get_username()) if clock and clock.owner else ""
            )
        return object_list

    def get_filename(self) -> str:
        """Name the export by its day."""
        return f"re-review-{timezone.localdate():%Y-%m-%d}"


def _state(row: PublishedArticle, now: Any) -> str:
    days = (timezone.localdate(row.review_due_at) - timezone.localdate(now)).days
    if row.review_due_at <= now:
        if not days:
            return gettext("Due today")
        return ngettext("Overdue by %(days)s day", "Overdue by %(days)s days", -days) % {"days": -days}
    if days > SOON.days:
        return gettext("In time")
    return ngettext("Due in %(days)s day", "Due in %(days)s days", days) % {"days": days}


class OwnerForm(forms.Form):
    """Who looks after the next full review."""

    owner = forms.ModelChoiceField(
        label=_("Who looks after its next full review?"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = may_look_after()  # type: ignore[attr-defined]


@permitted(is_editor, _("Only editors say who looks after a review."))
def owner(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show who looks after an article's next full review, and give it to somebody else.

    Raises:
        PermissionDenied: no editor.
    """
    user = signed_in(request.user)
    row = get_object_or_404(on_the_clock(), page=page_id)
    clock = getattr(row.page, "review_clock", None)
    form = OwnerForm(request.POST if request.method == "POST" else None, initial={"owner": clock and clock.owner})
    if form.is_valid():
        set_owner(page_id, form.cleaned_data["owner"], user)
        messages.success(
            request,
            gettext("“%(title)s” is with %(name)s.")
            % {"title": row.title, "name": form.cleaned_data["owner"] or gettext("nobody")},
        )
        return redirect("research_due_report")
    context = {
        "form": form,
        "row": row,
        "header_title": gettext("Re-review: %(title)s") % {"title": row.title},
        "header_icon": "history",
        "breadcrumbs_items": crumbs((reverse("research_due_report"), gettext("Re-review")), ("", row.title)),
    }
    return render(request, "research/admin/review_owner.html", context, status=400 if form.errors else 200)
