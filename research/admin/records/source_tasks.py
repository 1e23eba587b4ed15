"""After a notice: the articles that rest on the study, and what an editor decides about each."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from common.models import signed_in
from common.rights import permitted
from research.admin.frame import crumbs
from research.models.published import is_withheld
from research.models.watch import SourceTask, UnconfirmedNotice
from research.newsroom.permissions import can_add_notices, can_see_after_notice, can_take_down
from research.reading.notice_views import notice_view
from research.record.decisions import AlreadyDecided, decide_task, dismiss_unconfirmed, is_settled
from research.sources.standing import standing

MOST_DECIDED = 30
MOST_UNCONFIRMED = 200
MEANINGS = {
    SourceTask.Decision.WITHDRAW: _("It is taken down at once. Its address says that it was withdrawn."),
    SourceTask.Decision.REWRITE: _("It stays public with its banner until a new version is signed."),
    SourceTask.Decision.KEEP: _(
        "It stays public with its banner, and a reviewer signs it again knowing of the notice."
    ),
}


@permitted(can_see_after_notice)
def source_tasks(request: HttpRequest) -> HttpResponse:
    """List what editors have to decide, and what they decided; and what files say that no source confirmed."""
    every = SourceTask.objects.select_related("notice", "article", "decided_by")
    every = every if can_take_down(request.user) else every.none()
    may_add = can_add_notices(request.user)
    return render(
        request,
        "research/admin/sources/tasks.html",
        {
            "header_title": gettext("After a notice"),
            "header_icon": "warning",
            "breadcrumbs_items": _crumbs(),
            "may_decide": can_take_down(request.user),
            "unconfirmed": list(_unconfirmed()) if may_add else [],
            "to_decide": every.filter(decision=""),
            "decided": every.exclude(decision="").order_by("-decided_at")[:MOST_DECIDED],
        },
    )


def _unconfirmed() -> QuerySet[UnconfirmedNotice]:
    """Return what files say, of studies that articles rest on before all others; of each the newest first."""
    every = UnconfirmedNotice.objects.open().select_related("study", "brought_by")
    pressing = Exists(UnconfirmedNotice.objects.pressing().filter(pk=OuterRef("pk")))
    return every.annotate(is_pressing=pressing).order_by("-is_pressing", "-created_at", "-pk")[:MOST_UNCONFIRMED]


@require_POST
@permitted(can_add_notices)
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that nothing follows from what a file says of a study."""
    unconfirmed = get_object_or_404(UnconfirmedNotice, pk=pk)
    try:
        dismiss_unconfirmed(unconfirmed, signed_in(request.user), request.POST.get("reason", ""), timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except AlreadyDecided as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, gettext("The decision is recorded."))
    return redirect("research_source_tasks")


@permitted(can_take_down)
def source_task(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one task; record the decision."""
    task = get_object_or_404(SourceTask.objects.select_related("notice__study", "article", "decided_by"), pk=pk)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        errors = _decide(request, task)
        if not errors:
            return redirect("research_source_task", pk)
    study = task.notice.study
    return render(
        request,
        "research/admin/sources/task.html",
        {
            "header_title": gettext("After a notice"),
            "header_icon": "warning",
            "breadcrumbs_items": [
                *_crumbs(),
                {"url": request.path, "label": Truncator(task.article.draft_title).chars(60)},
            ],
            "task": task,
            "notices": [notice_view(notice) for notice in standing(list(study.notices.order_by("date", "pk")))],
            "is_withheld": is_withheld(study),
            "is_settled": is_settled(task),
            "may_decide": True,
            "decisions": [(value, label, MEANINGS[value]) for value, label in _choices()],
            "errors": errors,
            "chosen": request.POST.get("decision", ""),
            "reason": request.POST.get("reason", ""),
        },
    )


def _choices() -> list[tuple[Any, str]]:
    return [(decision, str(decision.label)) for decision in SourceTask.Decision]


def _decide(request: HttpRequest, task: SourceTask) -> dict[str, list[str]]:
    """Record what was posted; return what is wrong with it, by field."""
    decision, reason = request.POST.get("decision", ""), request.POST.get("reason", "")
    try:
        decide_task(task, signed_in(request.user), decision, reason, timezone.now())
    except ValidationError as error:
        return error.message_dict
    except AlreadyDecided as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, gettext("The decision is recorded."))
    return {}


def _crumbs() -> list[dict[str, str]]:
    return crumbs((reverse("research_source_tasks"), gettext("After a notice")))
