"""The screen on which an editor joins two studies that turned out to be one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import signed_in
from common.rights import permitted
from research.admin.frame import crumbs
from research.admin.records.lists.studies import StudyAdmin
from research.models.references import Study
from research.newsroom.permissions import can_join_studies
from research.record.decisions import drafts_citing
from research.record.joining import MayNotJoin, in_order, join, reasons_not_to_join, twins_of
from research.record.printed import public_about

MOST_FOUND = 20
COMPARED = ("title", "journal", "kind", "doi", "pmid", "date_words", "authors", "funding", "interests")


class SearchForm(forms.Form):
    """Finds the other record."""

    q = forms.CharField(
        label=_("The other record: words of its title, a DOI or a PMID"), required=False, max_length=200
    )


@permitted(can_join_studies, _("Editors join studies."))
def join_study(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the other record, look at the two side by side, and join them."""
    study = get_object_or_404(Study.objects.select_related("journal"), pk=pk)
    with_pk = request.GET.get("with", "")
    if not with_pk:
        return _choose(request, study)
    if not (with_pk.isascii() and with_pk.isdecimal() and len(with_pk) < 19):
        return redirect("research_join_study", pk)
    other = get_object_or_404(Study.objects.select_related("journal"), pk=int(with_pk))
    return _compare(request, study, other)


def _choose(request: HttpRequest, study: Study) -> HttpResponse:
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    every = Study.objects.select_related("journal").exclude(pk=study.pk)
    found = list(every.matching(words).order_by("title", "pk")[: MOST_FOUND + 1]) if words else []
    return _page(
        request,
        study,
        {
            "form": form,
            "words": words,
            "found": found[:MOST_FOUND],
            "is_cut": len(found) > MOST_FOUND,
            "twins": twins_of(study)[:MOST_FOUND],
        },
    )


def _compare(request: HttpRequest, study: Study, other: Study) -> HttpResponse:
    survivor, joined = in_order(study, other)
    errors: dict[str, list[str]] = {}
    reasons = reasons_not_to_join(survivor, joined)
    if request.method == "POST":
        try:
            join(survivor, joined, signed_in(request.user), request.POST.get("reason", ""), timezone.now())
        except ValidationError as error:
            errors = error.message_dict
        except MayNotJoin as error:
            reasons = error.reasons
        else:
            messages.success(request, gettext("The two are one record now."))
            return redirect("research_study_record", survivor.pk)
    return _page(
        request,
        study,
        {
            "survivor": survivor,
            "joined": joined,
            "other": other,
            "rows": [_row(name, survivor, joined) for name in COMPARED],
            "articles": drafts_citing(joined),
            "public": public_about(survivor),
            "reasons": reasons,
            "errors": errors,
            "reason": request.POST.get("reason", ""),
        },
    )


def _row(name: str, survivor: Study, joined: Study) -> dict[str, Any]:
    """Return a field of both, and what comes of it."""
    ours, theirs = _words(survivor, name), _words(joined, name)
    fate = "" if ours == theirs or not theirs else gettext("filled in") if not ours else gettext("ours stays")
    label = gettext("Published") if name == "date_words" else capfirst(str(label_for_field(name, Study)))
    return {"label": label, "ours": ours, "theirs": theirs, "fate": fate}


def _words(study: Study, name: str) -> str:
    value = study.get_kind_display() if name == "kind" else getattr(study, name)
    return "; ".join(str(value).splitlines()) if value else ""


def _page(request: HttpRequest, study: Study, context: dict[str, Any]) -> HttpResponse:
    way = crumbs(
        (StudyAdmin().url_helper.index_url, gettext("Studies")),
        (reverse("research_study_record", args=[study.pk]), Truncator(study.title).chars(60)),
        (reverse("research_join_study", args=[study.pk]), gettext("Join")),
    )
    frame = {
        "header_title": gettext("Join two records"),
        "header_icon": "link",
        "breadcrumbs_items": way,
        "study": study,
    }
    return render(request, "research/admin/sources/join.html", frame | context)
