"""What sources say otherwise than our record: ours beside theirs, and a person's decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from common.models import signed_in
from common.rights import permitted
from common.way_back import way_back
from research.admin.frame import crumbs
from research.models.references import Study
from research.models.watch import StudyProposal
from research.newsroom.permissions import can_decide_on_sources
from research.record.decisions import (
    AlreadyDecided,
    ProposalChanged,
    accept_proposal,
    decline_proposal,
    digest_of_proposal,
)
from research.sources.records import Source

MOST_ROWS = 50
SOURCE_NAMES = {
    Source.PUBMED: _("PubMed"),
    Source.CROSSREF: _("Crossref"),
    Source.EUROPE_PMC: _("Europe PMC"),
    Source.BIORXIV: "bioRxiv",
    Source.PUBMED_XML: _("a PubMed file"),
    Source.NBIB: _("a PubMed file"),
    Source.RIS: _("a RIS file"),
    Source.BIBTEX: _("a BibTeX file"),
}


@dataclass(frozen=True)
class ProposalRow:
    """One proposal in words: the field, what we have now, what the source has."""

    proposal: StudyProposal
    label: str
    ours: str
    theirs: str
    source: str
    #: What a decision brings along, so that nothing else is decided than what is shown.
    shown: str

    @property
    def is_open(self) -> bool:
        """True while nobody has decided."""
        return self.proposal.state == StudyProposal.State.OPEN


def rows_of(proposals: Iterable[StudyProposal]) -> list[ProposalRow]:
    """Return proposals as rows; of open ones, "ours" is what the record says now."""
    return [_row(proposal) for proposal in proposals]


def _row(proposal: StudyProposal) -> ProposalRow:
    is_open = proposal.state == StudyProposal.State.OPEN
    return ProposalRow(
        proposal,
        label=capfirst(str(label_for_field(proposal.field, Study))),
        ours=_words(getattr(proposal.study, proposal.field) if is_open else proposal.ours),
        theirs=_words(proposal.theirs),
        source=str(SOURCE_NAMES.get(Source(proposal.source), proposal.source))
        if proposal.source in set(Source)
        else proposal.source,
        shown=digest_of_proposal(proposal),
    )


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return _date_words(value)
    return "; ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _date_words(date: dict[str, Any]) -> str:
    """Return a date as readers would read it, and the source's own words where they are others."""
    study = Study()
    study.date = date
    words, as_given = study.date_words, study.date_as_given
    return (
        words
        if as_given in ("", words)
        else gettext("%(words)s, given as “%(as_given)s”") % {"words": words, "as_given": as_given}
    )


def _as_it_stands(pk: int) -> str:
    row = _row(StudyProposal.objects.select_related("study").get(pk=pk))
    return gettext("%(field)s is now “%(ours)s” here and “%(theirs)s” there. Decide on that.") % {
        "field": row.label,
        "ours": row.ours or gettext("(nothing)"),
        "theirs": row.theirs,
    }


@permitted(can_decide_on_sources)
def proposals(request: HttpRequest) -> HttpResponse:
    """List the open proposals, newest first, and those decided lately."""
    every = StudyProposal.objects.select_related("study", "decided_by")
    waiting = list(every.filter(state=StudyProposal.State.OPEN)[: MOST_ROWS + 1])
    decided = every.exclude(state=StudyProposal.State.OPEN).order_by("-decided_at")[:10]
    return render(
        request,
        "research/admin/sources/proposals.html",
        {
            "header_title": gettext("Changes proposed by sources"),
            "header_icon": "edit",
            "breadcrumbs_items": crumbs((reverse("research_proposals"), gettext("Changes proposed by sources"))),
            "proposals": rows_of(waiting[:MOST_ROWS]),
            "is_cut": len(waiting) > MOST_ROWS,
            "decided": rows_of(decided),
            "may_decide": True,
        },
    )


@require_POST
def decide_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or decline one proposal."""
    proposal = get_object_or_404(StudyProposal.objects.select_related("study"), pk=pk)
    accept = request.POST.get("decision") == "accept"
    decide = accept_proposal if accept else decline_proposal
    try:
        decide(proposal, signed_in(request.user), timezone.now(), shown=request.POST.get("shown", ""))
    except ProposalChanged as error:
        messages.error(request, f"{error} {_as_it_stands(pk)}")
    except AlreadyDecided as error:
        messages.warning(request, str(error))
    except ValidationError as error:
        messages.error(request, gettext("It was not accepted: %(messages)s") % {"messages": " ".join(error.messages)})
    else:
        messages.success(
            request, gettext("The record was changed.") if accept else gettext("The record stays as it is.")
        )
    return redirect(way_back(request, reverse("research_proposals")))
