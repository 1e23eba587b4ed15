"""A reviewer's record: what they signed, what became of it, when it is due again, and a receipt of each signature."""

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView

from common import letterhead
from common.models import AnyUser, User, signed_in
from common.rights import PermittedMixin, permitted
from research.admin.sign_off_views import may_see_reviews
from research.models.published import PublishedArticle
from research.models.signoffs import SealedContent, SignOff
from research.models.texts import PublishedText
from research.newsroom.permissions import is_editor
from research.reading.receipts.facts import facts_of, title_of
from research.record.re_reviews import SOON

PUBLIC, SIGNED, REPLACED, REVOKED = 1, 2, 3, 4
STATES = (
    (PUBLIC, _("Public")),
    (SIGNED, _("Signed, not public")),
    (REPLACED, _("Replaced by a newer signature")),
    (REVOKED, _("Revoked")),
)
STATE_WORDS = dict(STATES)
OVERDUE, DUE_SOON, LATER = "overdue", "soon", "later"
DUE = ((OVERDUE, _("Overdue")), (DUE_SOON, _("Due soon")), (LATER, _("In time")))


def signatures_of(user: AnyUser) -> QuerySet[SignOff]:
    """Return the signatures that somebody may look up, the newest first: their own; editors see all.

    Each has ``state``, one of ``STATES``, and ``due_at``, when the article that is public by it is read again.
    """
    lines = SignOff.objects.filter(kind=SignOff.Kind.SIGNED)
    if not is_editor(user):
        lines = lines.filter(reviewer_id=user.pk)
    same = SignOff.objects.filter(subject_uuid=OuterRef("subject_uuid"), sequence__gt=OuterRef("sequence")).order_by()
    ended = same.filter(kind=SignOff.Kind.REVOKED, digest=OuterRef("digest"))
    article = PublishedArticle.objects.not_withdrawn().filter(sign_off=OuterRef("pk"))
    text = PublishedText.objects.filter(sign_off_sequence=OuterRef("pk"))
    return lines.annotate(
        due_at=Subquery(article.values("review_due_at")[:1]),
        state=Case(
            When(Exists(ended), then=Value(REVOKED)),
            When(Q(Exists(article)) | Q(Exists(text)), then=Value(PUBLIC)),
            When(Exists(same.filter(kind=SignOff.Kind.SIGNED)), then=Value(REPLACED)),
            default=Value(SIGNED),
            output_field=IntegerField(),
        ),
    ).order_by("-sequence")


class RecordFilterSet(WagtailFilterSet):
    """What the record is narrowed down by; editors choose whose it is."""

    state = django_filters.ChoiceFilter(choices=STATES, label=_("State"))
    due = django_filters.ChoiceFilter(choices=DUE, label=_("Due again"), method="by_due")
    subject_type = django_filters.ChoiceFilter(choices=SignOff.Subject.choices, label=_("Kind"))
    signed_at = django_filters.DateFromToRangeFilter(label=_("Signed on"), widget=DateRangePickerWidget)
    reviewer_id = django_filters.ChoiceFilter(label=_("Reviewer"), choices=lambda: _reviewers())

    class Meta:
        model = SignOff
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.request is None or not is_editor(self.request.user):
            del self.filters["reviewer_id"]

    def by_due(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Narrow to what is due already, soon, or neither; what is not public by a signature is never due by it."""
        now = timezone.now()
        if value == OVERDUE:
            return queryset.filter(due_at__lte=now)
        if value == DUE_SOON:
            return queryset.filter(due_at__gt=now, due_at__lte=now + SOON)
        return queryset.filter(due_at__gt=now + SOON)


def _reviewers() -> list[tuple[str, str]]:
    """Return who ever signed; somebody whose name was removed is not among them."""
    ids = SignOff.objects.order_by().values_list("reviewer_id", flat=True).distinct()
    known = User.objects.filter(pk__in=list(ids), is_active=True).order_by("last_name", "username")
    return [(str(user.pk), user.get_full_name() or user.get_username()) for user in known]


class ReceiptColumn(Column):
    """The ways to the receipt of a signature: as PDF, and its record alone."""

    def get_value(self, instance: SignOff) -> Any:
        """Return both links; a screen reader hears of which line they are."""
        pdf, record = (reverse(f"research_receipt_{kind}", args=[instance.pk]) for kind in ("pdf", "json"))
        return format_html(
            '<a href="{}" download>PDF<span class="w-sr-only"> {}</span></a> '
            '<a class="cs-receipt-record" href="{}" download>JSON<span class="w-sr-only"> {}</span></a>',
            *(pdf, _("receipt of line %d") % instance.pk, record, _("record of line %d") % instance.pk),
        )


class TitleLink(Column):
    """What was signed, leading to where readers find it while it is public."""

    def get_value(self, instance: SignOff) -> Any:
        """Return the title."""
        address = instance.address  # type: ignore[attr-defined]
        title = instance.title  # type: ignore[attr-defined]
        return format_html('<a href="{}">{}</a>', address, title) if address else title


class RecordView(PermittedMixin, ReportView):
    """Signatures with their state and when they are due again; exported as CSV and XLSX."""

    rule = staticmethod(may_see_reviews)
    page_title = _("Signatures")
    header_icon = "check"
    model = SignOff
    index_url_name = "research_record"
    index_results_url_name = "research_record_results"
    filterset_class = RecordFilterSet
    default_ordering = "-sequence"
    is_searchable = False
    list_export = [
        *("sequence", "title", "kind_words", "reviewer_words", "signed_at", "state_words", "due_at", "address"),
        *("digest", "line_hash"),
    ]
    export_headings = {
        "sequence": _("Line"),
        "title": _("Signed"),
        "kind_words": _("Kind"),
        "reviewer_words": _("By"),
        "signed_at": _("Signed on"),
        "state_words": _("State"),
        "due_at": _("Due again"),
        "address": _("Address"),
        "digest": _("Fingerprint of the words (SHA-256)"),
        "line_hash": _("Fingerprint of the line"),
    }

    @property
    def columns(self) -> list[Column]:
        """The columns on the screen; whose signature it is only where there may be several people's."""
        reviewer = [Column("reviewer_words", label=_("By"))] if is_editor(self.request.user) else []
        return [
            Column("sequence", label=_("Line"), sort_key="sequence"),
            TitleLink("title", label=_("Signed"), classname="title cs-report-title"),
            Column("kind_words", label=_("Kind")),
            *reviewer,
            Column("signed_words", label=_("Signed on"), sort_key="signed_at"),
            Column("state_words", label=_("State")),
            Column("due_words", label=_("Due again"), sort_key="due_at"),
            ReceiptColumn("receipt", label=_("Receipt")),
        ]

    def get_queryset(self) -> QuerySet:
        """Return the signatures that the person may look up."""
        self.queryset = signatures_of(self.request.user)
        return self.order_queryset(self.queryset)

    def order_queryset(self, queryset: QuerySet) -> QuerySet:
        """Order by what is due so that what is never due comes last."""
        ordering = self.get_ordering()
        if ordering in ("due_at", "-due_at"):
            due = F("due_at")
            first = due.desc(nulls_last=True) if ordering.startswith("-") else due.asc(nulls_last=True)
            return queryset.order_by(first, "-sequence")
        return super().order_queryset(queryset)

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        """Add the words that are worked out from a line, in two statements for all."""
        lines = list(object_list)
        words = SealedContent.objects.in_bulk({line.digest for line in lines})
        public = PublishedArticle.objects.public_now(timezone.now()).filter(sign_off=OuterRef("pk"))
        shown = SignOff.objects.filter(pk__in=[line.pk for line in lines]).order_by()
        addresses = dict(shown.values_list("pk", Subquery(public.values("address")[:1])))
        for line in lines:
            sealed = words.get(line.digest)
            line.kind_words = line.get_subject_type_display()
            line.title = title_of(sealed.canonical if sealed else "") or _("Words that were removed from the record")
            line.address = addresses.get(line.pk) or ""
            line.reviewer_words = line.reviewer_name
            line.signed_words = _day(line.signed_at)
            line.state_words = STATE_WORDS[line.state]
            line.due_words = _day(line.due_at) if line.due_at else ""
            if line.due_at and line.due_at <= timezone.now():
                line.due_words = format_html("<b>{}</b>, {}", _("Overdue"), line.due_words)
        return lines

    def get_filename(self) -> str:
        """Name the export by its day."""
        return f"signatures-{timezone.localdate():%Y-%m-%d}"


def _day(moment: datetime) -> str:
    """Return a day that no line breaks."""
    return date_format(timezone.localtime(moment), "j M Y").replace(" ", "\u00a0")


@permitted(may_see_reviews, _("Only those who sign and those who hand out reviews get receipts."))
def receipt_pdf(request: HttpRequest, sequence: int) -> HttpResponse:
    """Serve the receipt of a signature as PDF, with the record that the verifier reads attached."""
    # What draws a PDF takes 20 MB of memory, which no process needs that nobody asks for a receipt.
    from research.reading.receipts.pdf import pdf_of  # noqa: PLC0415

    facts = facts_of(_line(request, sequence), site=letterhead.current().address.rstrip("/"), now=timezone.now())
    pdf = pdf_of(facts, publication=letterhead.current().name)
    return _download(pdf, "application/pdf", f"{facts.file_name}.pdf")


@permitted(may_see_reviews, _("Only those who sign and those who hand out reviews get receipts."))
def receipt_json(request: HttpRequest, sequence: int) -> HttpResponse:
    """Serve the record of a signature that the verifier reads; 410 where its words were removed."""
    facts = facts_of(_line(request, sequence), site=letterhead.current().address.rstrip("/"), now=timezone.now())
    if not facts.record:
        return HttpResponse(_("These words were removed from the record."), status=410, content_type="text/plain")
    return _download(facts.record.encode(), "application/json", f"{facts.file_name}.json")


def _line(request: HttpRequest, sequence: int) -> SignOff:
    """Return a signature whose receipt the person may have: their own; editors get all.

    Raises:
        Http404: there is none, or it is somebody else's.
    """
    lines = signatures_of(signed_in(request.user)).select_related("personal", "proof__checkpoint")
    return get_object_or_404(lines, pk=sequence)


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
