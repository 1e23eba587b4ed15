"""The screens around a study's record: its state, an article started from it, a check asked for."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from common.models import signed_in
from common.rights import demand, permitted, with_right
from research.admin.desk.starting import create_draft, sections_for
from research.admin.frame import crumbs
from research.admin.records.lists.studies import StudyAdmin
from research.admin.records.proposals import rows_of
from research.admin.titles import leave_out_withheld
from research.content.article import citation_of
from research.editor.study_record import record_of
from research.models.references import Study
from research.models.watch import FullText, StudyProposal
from research.newsroom.permissions import can_decide_on_sources, can_join_studies
from research.reading.build import study_view
from research.reading.check_state import check_of
from research.reading.notice_views import notice_view
from research.record import sentinel
from research.record.checkers import configured_checkers
from research.record.decisions import drafts_citing
from research.review.claims.texts import claims_that_lost_their_text
from research.sources.standing import standing

SOURCES_ARE_OFF = _(
    "No source is asked: this installation names no contact. Whoever runs it sets SOURCES_CONTACT to an "
    "address that PubMed and Crossref may write to."
)


def study_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one study: how its last check went, what it says, what rests on it."""
    study = _study(request, pk)
    proposals = study.proposals.filter(state=StudyProposal.State.OPEN)
    return render(
        request,
        "research/admin/sources/study_record.html",
        {
            "header_title": gettext("Study"),
            "header_icon": "doc-full-inverse",
            "breadcrumbs_items": _crumbs(study),
            "study": study,
            "source": study_view(citation_of(study)),
            "record": record_of(study),
            "articles": leave_out_withheld(drafts_citing(study), request),
            "proposals": rows_of(proposals),
            "may_decide": can_decide_on_sources(request.user),
            "may_join": can_join_studies(request.user),
            "joined": study.merged.all(),
            "may_start": bool(sections_for(request.user)),
            "chosen_topics": (),
            "full_text": FullText.objects.filter(study=study).defer("parts").first(),
            "lost_claims": claims_that_lost_their_text(study),
            "may_change": request.user.has_perm("research.change_study"),
        },
    )


def start_article(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the section, and create a draft with the study attached."""
    study = _study(request, pk)
    sections = sections_for(request.user)
    if request.method == "POST":
        section = next((found for found in sections if str(found.pk) == request.POST.get("section")), None)
        if section is None:
            raise PermissionDenied(gettext("You may not write in this section."))
        article = create_draft(study, section, signed_in(request.user))
        messages.success(request, gettext("The draft is there. Give it a title of its own before you submit it."))
        return redirect("wagtailadmin_pages:edit", article.pk)
    return render(
        request,
        "research/admin/sources/start_article.html",
        {
            "header_title": gettext("Start an article"),
            "header_icon": "doc-empty",
            "breadcrumbs_items": [
                *_crumbs(study),
                {"url": reverse("research_start_article", args=[pk]), "label": gettext("Start an article")},
            ],
            "study": study,
            "sections": sections,
            "articles": leave_out_withheld(drafts_citing(study), request),
            "notices": [notice_view(notice) for notice in standing(list(study.notices.order_by("date", "pk")))],
        },
    )


@require_POST
@permitted(can_decide_on_sources)
def check_study(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the sources about one study now, and say how it went."""
    study = _study(request, pk)
    with configured_checkers() as checkers:
        _check(request, study, checkers)
    return redirect("research_study_record", pk)


def _check(request: HttpRequest, study: Study, checkers: Any) -> None:
    if study.is_example:
        messages.warning(request, gettext("This study is an invented example: no source is asked about it."))
    elif not checkers:
        messages.warning(request, SOURCES_ARE_OFF)
    elif not (study.doi or study.pmid):
        messages.warning(
            request, gettext("The record has neither a DOI nor a PMID, so no source can be asked about it.")
        )
    else:
        found = sentinel.check_now(study, checkers, timezone.now())
        say = messages.error if found.failed else messages.warning if found.notices else messages.success
        news = " ".join(
            gettext("New: %(kind)s.") % {"kind": notice.get_kind_display().lower()} for notice in found.notices
        )
        say(request, f"{check_of(study).words}. {news}".strip())


def _study(request: HttpRequest, pk: int) -> Study:
    demand(with_right("research.view_study"), request.user)
    return get_object_or_404(Study.objects.select_related("journal"), pk=pk)


def _crumbs(study: Study) -> list[dict[str, str]]:
    return crumbs(
        (StudyAdmin().url_helper.index_url, gettext("Studies")),
        (reverse("research_study_record", args=[study.pk]), Truncator(study.title).chars(60)),
    )
